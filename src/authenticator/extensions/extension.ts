import type { MakeCredentialRequest } from '../../ctap2/commands/make-credential.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import type { CborValue } from '../../encoding/cbor.ts';
import { type CommandContext, refuse } from '../command-handler.ts';
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

/**
 * One extension. Inputs are anything a client may send; what is of the wrong type is refused with 11. An output that is
 * undefined is not written.
 */
export interface Extension {
  /** As getInfo lists it. */
  readonly name: string;
  /** makeCredential, before there is a credential. */
  prepare?(input: CborValue, draft: CredentialDraft, registration: Registration): void;
  /** makeCredential, once there is one. */
  registrationOutput?(
    input: CborValue,
    credential: CredentialSource & CredentialDraft,
    registration: Registration,
  ): CborValue | Promise<CborValue>;
  /** getAssertion and getNextAssertion. */
  assertionOutput?(
    input: CborValue,
    credential: CredentialSource,
    ceremony: AssertionCeremony,
  ): CborValue | Promise<CborValue>;
}

/** @throws {StatusError} 11 */
export function flagOf(input: CborValue): boolean {
  return typeof input === 'boolean' ? input : refuse(CTAP_STATUS.CTAP2_ERR_CBOR_UNEXPECTED_TYPE);
}
