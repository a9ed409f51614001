/** The table of extensions. The software key must have a handler for each entry; a missing one does not compile. */
import { type Codec, type Member, optional, struct, tolerantStruct } from '../schema.ts';
import { credBlob } from './cred-blob.ts';
import { credProtect } from './cred-protect.ts';
import type { Extension, ExtensionCommand } from './extension.ts';
import { hmacSecret } from './hmac-secret.ts';
import { hmacSecretMc } from './hmac-secret-mc.ts';
import { largeBlobKey } from './large-blob-key.ts';
import { minPinLength } from './min-pin-length.ts';
import { pinComplexityPolicy } from './pin-complexity-policy.ts';
import { thirdPartyPayment } from './third-party-payment.ts';

/** The extensions that are known, with what they take and give (CTAP 2.3 §12). */
export const EXTENSIONS = {
  credProtect,
  hmacSecret,
  hmacSecretMc,
  credBlob,
  largeBlobKey,
  minPinLength,
  pinComplexityPolicy,
  thirdPartyPayment,
} as const;

/** Their names here; {@link ExtensionIdentifier} has those on the wire. */
export type ExtensionName = keyof typeof EXTENSIONS;
/** As getInfo lists them. */
export type ExtensionIdentifier = (typeof EXTENSIONS)[ExtensionName]['identifier'];

type Side = 'input' | 'output';
type MembersOf<Command extends ExtensionCommand, S extends Side> = {
  [Name in ExtensionName as (typeof EXTENSIONS)[Name] extends Record<Command, Record<S, unknown>>
    ? Name
    : never]: (typeof EXTENSIONS)[Name] extends Record<Command, Record<S, Codec<infer T>>> ? Member<T, true> : never;
};

function membersOf<Command extends ExtensionCommand, S extends Side>(command: Command, side: S): MembersOf<Command, S> {
  const members = Object.entries<Extension>(EXTENSIONS).flatMap(([name, extension]) => {
    const codec = extension[command]?.[side];
    return codec ? [[name, optional(extension.identifier, codec)]] : [];
  });
  return Object.fromEntries(members);
}

/** The member `extensions` of a request, e.g. `EXTENSION_INPUTS.makeCredential.encode({ credProtect: 2 })`. */
export const EXTENSION_INPUTS = {
  makeCredential: struct(membersOf('makeCredential', 'input')),
  getAssertion: struct(membersOf('getAssertion', 'input')),
};

/** The extensions in authenticator data. What is unknown or of an odd type comes back in `unknownMembers`. */
export const EXTENSION_OUTPUTS = {
  makeCredential: tolerantStruct(membersOf('makeCredential', 'output')),
  getAssertion: tolerantStruct(membersOf('getAssertion', 'output')),
};
