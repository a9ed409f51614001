/** The entities that requests and responses share (WebAuthn §5.4, §5.8.3; CTAP 2.3 §6.1), with text keys. */
import { arrayOf, bytes, int, optional, required, struct, type TypeOf, text } from './schema.ts';

/** Names one credential. `id` is the credential ID; `type` is `public-key`. */
export const publicKeyCredentialDescriptor = struct({
  id: required('id', bytes),
  type: required('type', text),
  transports: optional('transports', arrayOf(text)),
});

/** What {@link publicKeyCredentialDescriptor} carries. */
export type PublicKeyCredentialDescriptor = TypeOf<typeof publicKeyCredentialDescriptor>;

/** A relying party. Keys may drop `name`; `icon` is a leftover of CTAP 2.0. */
export const publicKeyCredentialRpEntity = struct({
  id: required('id', text),
  name: optional('name', text),
  icon: optional('icon', text),
});

/** What {@link publicKeyCredentialRpEntity} carries. */
export type PublicKeyCredentialRpEntity = TypeOf<typeof publicKeyCredentialRpEntity>;

/** An account. `id` is 1 to 64 bytes; keys show the names only after user verification; `icon` is of CTAP 2.0. */
export const publicKeyCredentialUserEntity = struct({
  id: required('id', bytes),
  name: optional('name', text),
  displayName: optional('displayName', text),
  icon: optional('icon', text),
});

/** An account, as {@link publicKeyCredentialUserEntity} carries it: `id` is 1 to 64 bytes. */
export type PublicKeyCredentialUserEntity = TypeOf<typeof publicKeyCredentialUserEntity>;

/** A kind of key the relying party accepts: `alg` is a COSE algorithm. */
export const publicKeyCredentialParameters = struct({ alg: required('alg', int), type: required('type', text) });

/** What {@link publicKeyCredentialParameters} carries. */
export type PublicKeyCredentialParameters = TypeOf<typeof publicKeyCredentialParameters>;

/** The `type` of every credential. */
export const PUBLIC_KEY = 'public-key';
