import { publicKeyCredentialDescriptor, publicKeyCredentialUserEntity } from '../entities.ts';
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

/**
 * The assertion that getAssertion and getNextAssertion return. `credential` may be missing when allowList had one entry
 * (CTAP 2.0); `numberOfCredentials` is there only in the first of several; `user` has names only after
 * verification, and where several accounts answer.
 */
export const assertionResponse = struct({
  credential: optional(0x01, publicKeyCredentialDescriptor),
  authData: required(0x02, bytes),
  signature: required(0x03, bytes),
  user: optional(0x04, publicKeyCredentialUserEntity),
  numberOfCredentials: optional(0x05, uint),
  userSelected: optional(0x06, bool),
  largeBlobKey: optional(0x07, bytes),
  unsignedExtensionOutputs: optional(0x08, map),
});

/**
 * authenticatorGetAssertion (0x02), CTAP 2.3 §6.2. Permission ga. `clientDataHash` is 32 bytes. `options.rk` is no
 * option of this command, and declared because a key must answer CTAP2_ERR_UNSUPPORTED_OPTION (0x2B) to it (§6.2.2 step
 * 4).
 */
export const getAssertion = defineCommand({
  name: 'getAssertion',
  code: 0x02,
  request: struct({
    rpId: required(0x01, text),
    clientDataHash: required(0x02, bytes),
    allowList: optional(0x03, arrayOf(publicKeyCredentialDescriptor)),
    extensions: optional(0x04, map),
    options: optional(0x05, struct({ rk: optional('rk', bool), up: optional('up', bool), uv: optional('uv', bool) })),
    pinUvAuthParam: optional(0x06, bytes),
    pinUvAuthProtocol: optional(0x07, uint),
  }),
  response: assertionResponse,
});

export type GetAssertionRequest = RequestOf<typeof getAssertion>;
export type GetAssertionResponse = ResponseOf<typeof getAssertion>;

/** What pinUvAuthParam covers: clientDataHash alone (CTAP 2.3 §6.2.1). */
export function getAssertionAuthMessage({ clientDataHash }: Pick<GetAssertionRequest, 'clientDataHash'>): Uint8Array {
  return clientDataHash;
}
