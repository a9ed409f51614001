/** Why a key is not seen, and what helps. */
export { accessRules } from './access-rules.ts';
export { diagnose } from './diagnose.ts';
export type {
  Distribution,
  DoctorTransport,
  Facts,
  HidrawNode,
  KeyTrial,
  LinuxUsbFacts,
  NfcFacts,
  Program,
  ReaderFacts,
  SurroundingFacts,
  UsbDevice,
  UsbFacts,
  UserFacts,
} from './facts.ts';
export type { Finding, FindingId, Severity } from './finding.ts';
export { gatherFacts } from './gather-facts.ts';
export { type FileStatus, type System, thisSystem } from './system.ts';
