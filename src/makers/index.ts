/** What is known of the makers of keys. */
export type {
  ConfigurationReaders,
  DiagnosisFacts,
  ExchangeApdu,
  MakerConfiguration,
  MakerEntry,
  ResetFacts,
  SendVendorCommand,
  UsbProducts,
} from './maker.ts';
export { findMaker as find, MAKERS as ALL, type Maker, makerOf as idOf, type UsbIds } from './makers.ts';
