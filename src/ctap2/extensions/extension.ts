/** How an extension is declared: once, for both ends, like a command (CTAP 2.3 §12). */
import type { Codec } from '../schema.ts';

/**
 * What one command takes for an extension and what it answers, in the `extensions` member and in authenticator data.
 */
export interface ExtensionUse<Input, Output> {
  readonly input: Codec<Input>;
  /** Absent if nothing comes back in authenticator data. */
  readonly output?: Codec<Output>;
}

/** An extension with the commands that know it; the others ignore its input. */
export interface Extension {
  /** As getInfo lists it and as it stands in a request, e.g. `hmac-secret`. */
  readonly identifier: string;
  // biome-ignore lint/suspicious/noExplicitAny: each extension has types of its own
  readonly makeCredential?: ExtensionUse<any, any>;
  // biome-ignore lint/suspicious/noExplicitAny: each extension has types of its own
  readonly getAssertion?: ExtensionUse<any, any>;
}

/** The commands that carry extensions. */
export type ExtensionCommand = 'makeCredential' | 'getAssertion';

export type InputOf<Use> = Use extends { readonly input: Codec<infer Input> } ? Input : never;
/** `undefined` if the declaration has no output. */
export type OutputOf<Use> = Use extends { readonly output: Codec<infer Output> } ? Output : undefined;

export function defineExtension<const E extends Extension>(extension: E): E {
  return extension;
}
