import {
  arrayOf,
  bool,
  bytes,
  type Codec,
  defineCommand,
  int,
  nothing,
  optional,
  recordOf,
  required,
  SchemaError,
  struct,
  type TypeOf,
  text,
  tolerantStruct,
  uint,
  uint64,
} from '../schema.ts';

/** pinComplexityPolicyURL (0x1C) is a byte string that holds UTF-8; a text string is tolerated. */
const utf8InBytes: Codec<string> = {
  encode: (value) => new TextEncoder().encode(value),
  decode: (value, path) => {
    if (value instanceof Uint8Array) return new TextDecoder().decode(value);
    if (typeof value === 'string') return value;
    throw new SchemaError('type', path, 'a byte string');
  },
};

/**
 * authenticatorGetInfo (0x04), CTAP 2.3 §6.4. The request has no members. Members of the answer that are unknown, or of
 * an unexpected type, are in `unknownMembers`.
 */
export const getInfo = defineCommand({
  name: 'getInfo',
  code: 0x04,
  request: nothing,
  response: tolerantStruct({
    versions: required(0x01, arrayOf(text)),
    extensions: optional(0x02, arrayOf(text)),
    aaguid: required(0x03, bytes),
    options: optional(0x04, recordOf(bool)),
    maxMsgSize: optional(0x05, uint),
    pinUvAuthProtocols: optional(0x06, arrayOf(uint)),
    maxCredentialCountInList: optional(0x07, uint),
    maxCredentialIdLength: optional(0x08, uint),
    transports: optional(0x09, arrayOf(text)),
    algorithms: optional(0x0a, arrayOf(struct({ alg: required('alg', int), type: required('type', text) }))),
    maxSerializedLargeBlobArray: optional(0x0b, uint),
    forcePINChange: optional(0x0c, bool),
    minPINLength: optional(0x0d, uint),
    firmwareVersion: optional(0x0e, uint),
    maxCredBlobLength: optional(0x0f, uint),
    maxRPIDsForSetMinPINLength: optional(0x10, uint),
    preferredPlatformUvAttempts: optional(0x11, uint),
    uvModality: optional(0x12, uint),
    certifications: optional(0x13, recordOf(uint)),
    remainingDiscoverableCredentials: optional(0x14, uint),
    vendorPrototypeConfigCommands: optional(0x15, arrayOf(uint64)),
    attestationFormats: optional(0x16, arrayOf(text)),
    uvCountSinceLastPinEntry: optional(0x17, uint),
    longTouchForReset: optional(0x18, bool),
    encIdentifier: optional(0x19, bytes),
    transportsForReset: optional(0x1a, arrayOf(text)),
    pinComplexityPolicy: optional(0x1b, bool),
    pinComplexityPolicyURL: optional(0x1c, utf8InBytes),
    maxPINLength: optional(0x1d, uint),
    encCredStoreState: optional(0x1e, bytes),
    authenticatorConfigCommands: optional(0x1f, arrayOf(uint)),
  }),
});

export type AuthenticatorInfo = TypeOf<(typeof getInfo)['response']>;
