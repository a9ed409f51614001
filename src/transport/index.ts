/**
 * How bytes reach a key (`seckey/transport`), for programs that bring a transport of their own: a {@link Backend} lists its
 * keys, {@link openHidDevice} or {@link openNfcDevice} makes a key of whatever carries packets or APDUs, and
 * {@link Discovery} takes the backend in under a name. All that is above works with such keys as with any.
 */
export type { Backend, ReaderLimit } from './backend.ts';
export {
  CANCEL_MS,
  type CtapDevice,
  type DiscoveredKey,
  KEEPALIVE,
  type TransactOptions,
  type Transport,
} from './device.ts';
export { Discovery, type DiscoveryOptions, type DiscoveryResult } from './discover.ts';
export type { HidConnection } from './hid/connection.ts';
export { type HidDevice, type HidDeviceOptions, openHidDevice } from './hid/device.ts';
export { PACKET_SIZE } from './hid/framing.ts';
export { type CardConnection, CardResetError } from './nfc/connection.ts';
export { type NfcDevice, type NfcOptions, openNfcDevice } from './nfc/device.ts';
export { namedPcscLibrary } from './nfc/load-pcsc-library.ts';
export { type TransportTraits, traitsOf } from './traits.ts';
export type { VendorFacet } from './vendor-facet.ts';
