/** Fingerprints that a key with a sensor knows: enrolling, listing, renaming and deleting them (CTAP 2.3 §6.7). */
export { type EnrolledFingerprint, type EnrollOptions, enrollFingerprint as enroll } from './enrollment.ts';
export {
  checkFingerprintName as checkName,
  deleteFingerprint as delete,
  type Fingerprint,
  type FingerprintSensor,
  findFingerprint as find,
  fingerprintSensor as sensor,
  listFingerprints as list,
  renameFingerprint as rename,
  requireFingerprints as requireSupport,
  supportsFingerprints as supports,
} from './fingerprints.ts';
