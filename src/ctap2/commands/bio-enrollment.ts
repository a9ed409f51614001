import { concat } from '../../encoding/bytes.ts';
import { encodeCbor } from '../../encoding/cbor.ts';
import {
  arrayOf,
  bool,
  bytes,
  defineCommand,
  optional,
  parameters,
  type RequestOf,
  type ResponseOf,
  required,
  struct,
  type TypeOf,
  text,
  uint,
} from '../schema.ts';

/** Subcommands of authenticatorBioEnrollment, CTAP 2.3 §6.7: parameters → members of the response. */
export const BIO_ENROLLMENT_SUBCOMMAND = {
  /** timeoutMilliseconds? → templateId, lastEnrollSampleStatus, remainingSamples. */
  enrollBegin: 0x01,
  /** templateId, timeoutMilliseconds? → lastEnrollSampleStatus, remainingSamples. */
  enrollCaptureNextSample: 0x02,
  /** Needs no pinUvAuthParam. */
  cancelCurrentEnrollment: 0x03,
  /** → templateInfos, or CTAP2_ERR_INVALID_OPTION (0x2C) if no finger is enrolled. */
  enumerateEnrollments: 0x04,
  /** templateId, templateFriendlyName. */
  setFriendlyName: 0x05,
  /** templateId. */
  removeEnrollment: 0x06,
  /** Needs no pinUvAuthParam. → fingerprintKind, maxCaptureSamplesRequiredForEnroll, maxTemplateFriendlyName. */
  getFingerprintSensorInfo: 0x07,
} as const;

/** The only modality there is, CTAP 2.3 §6.7.1. */
export const MODALITY = { fingerprint: 0x01 } as const;

export const FINGERPRINT_KIND = { touch: 0x01, swipe: 0x02 } as const;

/** lastEnrollSampleStatus, CTAP 2.3 §6.7 (the specification prefixes CTAP2_ENROLL_FEEDBACK_). */
export const ENROLL_SAMPLE_STATUS = {
  FP_GOOD: 0x00,
  FP_TOO_HIGH: 0x01,
  FP_TOO_LOW: 0x02,
  FP_TOO_LEFT: 0x03,
  FP_TOO_RIGHT: 0x04,
  FP_TOO_FAST: 0x05,
  FP_TOO_SLOW: 0x06,
  FP_POOR_QUALITY: 0x07,
  FP_TOO_SKEWED: 0x08,
  FP_TOO_SHORT: 0x09,
  /** The sample could not be merged with the ones before. */
  FP_MERGE_FAILURE: 0x0a,
  /** The finger is enrolled already. */
  FP_EXISTS: 0x0b,
  /** In FIDO_2_1_PRE only; later keys answer CTAP2_ERR_FP_DATABASE_FULL (0x17). */
  FP_DATABASE_FULL: 0x0c,
  NO_USER_ACTIVITY: 0x0d,
  /** The finger was not lifted between samples. */
  NO_USER_PRESENCE_TRANSITION: 0x0e,
} as const;
export type EnrollSampleStatusName = keyof typeof ENROLL_SAMPLE_STATUS;

/** Name of a lastEnrollSampleStatus, or undefined for one no specification knows. */
export function enrollSampleStatusName(status: number): EnrollSampleStatusName | undefined {
  return (Object.keys(ENROLL_SAMPLE_STATUS) as EnrollSampleStatusName[]).find(
    (name) => ENROLL_SAMPLE_STATUS[name] === status,
  );
}

/** Members of subCommandParams, CTAP 2.3 §6.7. */
export const bioEnrollmentParams = struct({
  templateId: optional(0x01, bytes),
  templateFriendlyName: optional(0x02, text),
  timeoutMilliseconds: optional(0x03, uint),
});
export type BioEnrollmentParams = TypeOf<typeof bioEnrollmentParams>;

/** An enrolled fingerprint. Keys leave out the name of one that has none. */
export const templateInfo = struct({
  templateId: required(0x01, bytes),
  templateFriendlyName: optional(0x02, text),
});
export type TemplateInfo = TypeOf<typeof templateInfo>;

/**
 * authenticatorBioEnrollment (0x09), CTAP 2.3 §6.7. Permission be. A request has `getModality: true` alone, or
 * `modality` and `subCommand`. `maxTemplateFriendlyName` is in bytes; FIDO_2_1_PRE keys lack it.
 */
export const bioEnrollment = defineCommand({
  name: 'bioEnrollment',
  code: 0x09,
  request: struct({
    modality: optional(0x01, uint),
    subCommand: optional(0x02, uint),
    subCommandParams: optional(0x03, parameters),
    pinUvAuthProtocol: optional(0x04, uint),
    pinUvAuthParam: optional(0x05, bytes),
    getModality: optional(0x06, bool),
  }),
  response: struct({
    modality: optional(0x01, uint),
    fingerprintKind: optional(0x02, uint),
    maxCaptureSamplesRequiredForEnroll: optional(0x03, uint),
    templateId: optional(0x04, bytes),
    lastEnrollSampleStatus: optional(0x05, uint),
    remainingSamples: optional(0x06, uint),
    templateInfos: optional(0x07, arrayOf(templateInfo)),
    maxTemplateFriendlyName: optional(0x08, uint),
  }),
});

/** The same command (0x40) of FIDO_2_1_PRE keys, CTAP 2.3 §6.12. */
export const bioEnrollmentPreview = defineCommand({ ...bioEnrollment, name: 'bioEnrollmentPreview', code: 0x40 });

export type BioEnrollmentRequest = RequestOf<typeof bioEnrollment>;
export type BioEnrollmentResponse = ResponseOf<typeof bioEnrollment>;

/**
 * What pinUvAuthParam covers: `01 ‖ subCommand ‖ CBOR(subCommandParams)`, the last only if sent, be it empty
 * (CTAP 2.3 §6.7.4 and after).
 */
export function bioEnrollmentAuthMessage({
  modality = MODALITY.fingerprint,
  subCommand = 0,
  subCommandParams,
}: Pick<BioEnrollmentRequest, 'modality' | 'subCommand' | 'subCommandParams'>): Uint8Array {
  const head = Uint8Array.of(modality, subCommand);
  return subCommandParams ? concat(head, encodeCbor(subCommandParams)) : head;
}
