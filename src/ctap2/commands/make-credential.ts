import {
  publicKeyCredentialDescriptor,
  publicKeyCredentialParameters,
  publicKeyCredentialRpEntity,
  publicKeyCredentialUserEntity,
} from '../entities.ts';
import {
  arrayOf,
  bool,
  bytes,
  defineCommand,
  map,
  optional,
  type RequestOf,
  type ResponseOf,
  required,
  struct,
  text,
  uint,
} from '../schema.ts';

/** Values of enterpriseAttestation, CTAP 2.3 §6.1.2. */
export const ENTERPRISE_ATTESTATION = { vendorFacilitated: 1, platformManaged: 2 } as const;

/**
 * authenticatorMakeCredential (0x01), CTAP 2.3 §6.1. Permission mc. `clientDataHash` is 32 bytes. An empty
 * pinUvAuthParam asks for a touch only (§6.1.2 step 1). Clients leave out options that are false or default: CTAP 2.0
 * keys may refuse them.
 */
export const makeCredential = defineCommand({
  name: 'makeCredential',
  code: 0x01,
  request: struct({
    clientDataHash: required(0x01, bytes),
    rp: required(0x02, publicKeyCredentialRpEntity),
    user: required(0x03, publicKeyCredentialUserEntity),
    pubKeyCredParams: required(0x04, arrayOf(publicKeyCredentialParameters)),
    excludeList: optional(0x05, arrayOf(publicKeyCredentialDescriptor)),
    extensions: optional(0x06, map),
    options: optional(0x07, struct({ rk: optional('rk', bool), up: optional('up', bool), uv: optional('uv', bool) })),
    pinUvAuthParam: optional(0x08, bytes),
    pinUvAuthProtocol: optional(0x09, uint),
    enterpriseAttestation: optional(0x0a, uint),
    attestationFormatsPreference: optional(0x0b, arrayOf(text)),
  }),
  // attStmt is optional because CTAP 2.2 lets keys omit the empty one of format `none`.
  response: struct({
    fmt: required(0x01, text),
    authData: required(0x02, bytes),
    attStmt: optional(0x03, map),
    epAtt: optional(0x04, bool),
    largeBlobKey: optional(0x05, bytes),
    unsignedExtensionOutputs: optional(0x06, map),
  }),
});

export type MakeCredentialRequest = RequestOf<typeof makeCredential>;
export type MakeCredentialResponse = ResponseOf<typeof makeCredential>;

/** What pinUvAuthParam covers: clientDataHash alone (CTAP 2.3 §6.1.1). */
export function makeCredentialAuthMessage({
  clientDataHash,
}: Pick<MakeCredentialRequest, 'clientDataHash'>): Uint8Array {
  return clientDataHash;
}
