import type { COMMANDS } from '../ctap2/commands/index.ts';
import type { RequestOf, ResponseOf } from '../ctap2/schema.ts';
import type { AuthenticatorTransport, Environment } from './environment.ts';
import type { Model } from './models/model.ts';
import type { VolatileState } from './state/volatile-state.ts';
import type { AuthenticatorState } from './state.ts';

/** Ends a command with a CTAP status other than CTAP2_OK (0x00). */
export class StatusError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`CTAP status 0x${status.toString(16).padStart(2, '0')}`);
    this.name = 'StatusError';
    this.status = status;
  }
}

/** Ends the command with `status`, one of CTAP_STATUS. */
export function refuse(status: number): never {
  throw new StatusError(status);
}

/** What a handler works with while it carries out one command. */
export interface CommandContext {
  readonly model: Model;
  readonly state: AuthenticatorState;
  readonly volatile: VolatileState;
  readonly environment: Environment;
  readonly transport: AuthenticatorTransport;
  /** Aborted when the client cancels, and at power-off. */
  readonly signal: AbortSignal;
  /** Whether this key has the command with that code. */
  supports(commandCode: number): boolean;
  /** Tells the client what the key is doing, a KEEPALIVE_STATUS. */
  keepalive(status: number): void;
  /** Saves the state now. It is saved before each answer anyway; this is for what has to be on the disk before that. */
  persist(): Promise<void>;
}

export type Handler<C> = (request: RequestOf<C>, context: CommandContext) => ResponseOf<C> | Promise<ResponseOf<C>>;

/** One handler for each entry of the command table; a missing one does not compile. */
export type Handlers = { readonly [Name in keyof typeof COMMANDS]: Handler<(typeof COMMANDS)[Name]> };
