/** Carries out the extensions that the model lists. Inputs of other extensions are ignored (CTAP 2.3 §12). */
import { CRED_PROTECT } from '../../ctap2/extensions/cred-protect.ts';
import type { ExtensionCommand } from '../../ctap2/extensions/extension.ts';
import { EXTENSIONS, type ExtensionName } from '../../ctap2/extensions/index.ts';
import type { CborMap, CborValue } from '../../encoding/cbor.ts';
import type { CredentialSource } from '../key-handle.ts';
import type { Model } from '../models/model.ts';
import type { AssertionCeremony, CredentialDraft, ExtensionEntry, Registration } from './extension-handler.ts';
import { EXTENSION_HANDLERS } from './handlers.ts';

const ENTRIES: readonly ExtensionEntry[] = (Object.keys(EXTENSIONS) as ExtensionName[]).map((name) => ({
  declaration: EXTENSIONS[name],
  handler: EXTENSION_HANDLERS[name],
}));

/** The extensions that this model has and that `inputs` ask for. */
function requested(inputs: CborMap | undefined, { info }: Model): ExtensionEntry[] {
  return ENTRIES.filter(({ declaration: { identifier } }) => {
    return info.extensions.some((listed) => listed === identifier) && inputs?.has(identifier);
  });
}

/** @throws {SchemaError} */
function inputOf({ declaration }: ExtensionEntry, command: ExtensionCommand, inputs: CborMap | undefined): unknown {
  const { identifier } = declaration;
  return declaration[command]?.input.decode(inputs?.get(identifier), identifier);
}

/** What the extensions decide about the credential to be made. @throws {StatusError | SchemaError} */
export function draftCredential(registration: Registration): CredentialDraft {
  const { request, context } = registration;
  const draft: CredentialDraft = {
    credProtect: CRED_PROTECT.userVerificationOptional,
    thirdPartyPayment: false,
    credBlob: undefined,
    largeBlobKey: undefined,
  };
  for (const entry of requested(request.extensions, context.model)) {
    const handler = entry.handler.makeCredential;
    handler?.precondition?.(registration);
    if (handler?.prepare) handler.prepare(inputOf(entry, 'makeCredential', request.extensions), draft, registration);
  }
  return draft;
}

/** Extension outputs of a new credential, or undefined if there are none. @throws {StatusError | SchemaError} */
export async function registrationOutputs(
  credential: CredentialSource & CredentialDraft,
  registration: Registration,
): Promise<CborMap | undefined> {
  const { request, context } = registration;
  const outputs = new Map<CborValue, CborValue>();
  for (const entry of requested(request.extensions, context.model)) {
    const handler = entry.handler.makeCredential;
    if (!handler?.output) continue;
    const input = inputOf(entry, 'makeCredential', request.extensions);
    write(outputs, entry, 'makeCredential', await handler.output(input, credential, registration));
  }
  return outputs.size > 0 ? outputs : undefined;
}

/** Extension outputs of an assertion, or undefined if there are none. @throws {StatusError | SchemaError} */
export async function assertionOutputs(
  inputs: CborMap | undefined,
  credential: CredentialSource,
  ceremony: AssertionCeremony,
): Promise<CborMap | undefined> {
  const outputs = new Map<CborValue, CborValue>();
  for (const entry of requested(inputs, ceremony.context.model)) {
    const handler = entry.handler.getAssertion;
    if (!handler) continue;
    handler.precondition?.(ceremony);
    const input = inputOf(entry, 'getAssertion', inputs);
    handler.check?.(input);
    write(outputs, entry, 'getAssertion', await handler.output?.(input, credential, ceremony));
  }
  return outputs.size > 0 ? outputs : undefined;
}

function write(
  outputs: Map<CborValue, CborValue>,
  { declaration }: ExtensionEntry,
  command: ExtensionCommand,
  output: unknown,
): void {
  if (output !== undefined) outputs.set(declaration.identifier, declaration[command]?.output?.encode(output));
}
