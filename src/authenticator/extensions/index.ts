/** The extensions that some model has, and running those that this one lists; others are ignored (CTAP 2.3 §12). */
import type { CborMap, CborValue } from '../../encoding/cbor.ts';
import type { CredentialSource } from '../key-handle.ts';
import type { Model } from '../models/model.ts';
import { credBlob, largeBlobKey } from './blobs.ts';
import { credProtect } from './cred-protect.ts';
import { minPinLength, pinComplexityPolicy, thirdPartyPayment } from './disclosures.ts';
import type { AssertionCeremony, CredentialDraft, Extension, Registration } from './extension.ts';
import { hmacSecret, hmacSecretMc } from './hmac-secret.ts';

const EXTENSIONS: readonly Extension[] = [
  credProtect,
  hmacSecret,
  hmacSecretMc,
  credBlob,
  largeBlobKey,
  minPinLength,
  pinComplexityPolicy,
  thirdPartyPayment,
];

/** The inputs that this model has extensions for. */
function requested(inputs: CborMap | undefined, model: Model): { extension: Extension; input: CborValue }[] {
  return EXTENSIONS.filter(({ name }) => model.info.extensions.includes(name) && inputs?.has(name)).map(
    (extension) => ({ extension, input: inputs?.get(extension.name) }),
  );
}

/** What the extensions decide about the credential to be made. @throws {StatusError | SchemaError} */
export function draftCredential(registration: Registration): CredentialDraft {
  const draft: CredentialDraft = {
    credProtect: 1,
    thirdPartyPayment: false,
    credBlob: undefined,
    largeBlobKey: undefined,
  };
  for (const { extension, input } of requested(registration.request.extensions, registration.context.model)) {
    extension.prepare?.(input, draft, registration);
  }
  return draft;
}

/** Extension outputs of a new credential, or undefined if there are none. @throws {StatusError | SchemaError} */
export function registrationOutputs(
  credential: CredentialSource & CredentialDraft,
  registration: Registration,
): Promise<CborMap | undefined> {
  const { request, context } = registration;
  return collect(request.extensions, context.model, ({ registrationOutput }, input) =>
    registrationOutput?.(input, credential, registration),
  );
}

/** Extension outputs of an assertion, or undefined if there are none. @throws {StatusError | SchemaError} */
export function assertionOutputs(
  inputs: CborMap | undefined,
  credential: CredentialSource,
  ceremony: AssertionCeremony,
): Promise<CborMap | undefined> {
  return collect(inputs, ceremony.context.model, ({ assertionOutput }, input) =>
    assertionOutput?.(input, credential, ceremony),
  );
}

async function collect(
  inputs: CborMap | undefined,
  model: Model,
  outputOf: (extension: Extension, input: CborValue) => CborValue | Promise<CborValue>,
): Promise<CborMap | undefined> {
  const outputs = new Map<CborValue, CborValue>();
  for (const { extension, input } of requested(inputs, model)) {
    const output = await outputOf(extension, input);
    if (output !== undefined) outputs.set(extension.name, output);
  }
  return outputs.size > 0 ? outputs : undefined;
}
