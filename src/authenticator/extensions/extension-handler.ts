import type { MakeCredentialRequest } from '../../ctap2/commands/make-credential.ts';
import type { Extension, InputOf, OutputOf } from '../../ctap2/extensions/extension.ts';
import type { EXTENSIONS } from '../../ctap2/extensions/index.ts';
import type { CommandContext } from '../command-handler.ts';
import type { CredentialSource } from '../key-handle.ts';
import type { DiscoverableCredential } from '../state/credentials.ts';

/** What extensions decide about a credential before it is made. */
export type CredentialDraft = {
  -readonly [Name in 'credProtect' | 'credBlob' | 'largeBlobKey' | 'thirdPartyPayment']: DiscoverableCredential[Name];
};

/** A makeCredential under way. */
export interface Registration {
  readonly request: MakeCredentialRequest;
  readonly context: CommandContext;
  /** Option rk. */
  readonly discoverable: boolean;
  readonly userVerified: boolean;
}

/** An assertion under way. */
export interface AssertionCeremony {
  readonly context: CommandContext;
  readonly userPresent: boolean;
  readonly userVerified: boolean;
}

/** Needed if the declaration has an output, impossible if it has none. An output that is undefined is not written. */
type Answer<Use, Credential, Ceremony> = Use extends { readonly output: unknown }
  ? {
      output(
        input: InputOf<Use>,
        credential: Credential,
        ceremony: Ceremony,
      ): OutputOf<Use> | undefined | Promise<OutputOf<Use> | undefined>;
    }
  : { output?: never };

/** What an extension does in makeCredential. `output` is called once there is a credential. */
export type MakeCredentialHandler<Use> = {
  /** Checks what does not depend on the input, before the input is read. @throws {StatusError} */
  precondition?(registration: Registration): void;
  /** Called before there is a credential: checks the input, and sets its part of the draft. @throws {StatusError} */
  prepare?(input: InputOf<Use>, draft: CredentialDraft, registration: Registration): void;
} & Answer<Use, CredentialSource & CredentialDraft, Registration>;

/** What an extension does in getAssertion and getNextAssertion, for each credential that answers. */
export type GetAssertionHandler<Use> = {
  /** Checks what does not depend on the input, before the input is read. @throws {StatusError} */
  precondition?(ceremony: AssertionCeremony): void;
  /** Checks an input of the declared type. @throws {StatusError} */
  check?(input: InputOf<Use>): void;
} & Answer<Use, CredentialSource, AssertionCeremony>;

/** A handler for each command that the extension is declared for. Inputs arrive in the declared types. */
export type ExtensionHandler<E> = (E extends { readonly makeCredential: infer Use }
  ? { readonly makeCredential: MakeCredentialHandler<Use> }
  : { readonly makeCredential?: never }) &
  (E extends { readonly getAssertion: infer Use }
    ? { readonly getAssertion: GetAssertionHandler<Use> }
    : { readonly getAssertion?: never });

/** One handler for each entry of the table of extensions; a missing one does not compile. */
export type ExtensionHandlers = {
  readonly [Name in keyof typeof EXTENSIONS]: ExtensionHandler<(typeof EXTENSIONS)[Name]>;
};

/** An extension with its handler. That their types agree is checked where the table of handlers is declared. */
export interface ExtensionEntry {
  readonly declaration: Extension;
  readonly handler: {
    // biome-ignore lint/suspicious/noExplicitAny: see above
    readonly makeCredential?: MakeCredentialHandler<any>;
    // biome-ignore lint/suspicious/noExplicitAny: see above
    readonly getAssertion?: GetAssertionHandler<any>;
  };
}
