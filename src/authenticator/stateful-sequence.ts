import { COMMANDS } from '../ctap2/commands/index.ts';

/**
 * One kind of sequence, e.g. enumerateRPsBegin and the enumerateRPsGetNextRP after it, with the state that it keeps.
 */
export class SequenceKind<State> {
  /** The codes of the commands that it consists of; other stateful commands end it. */
  readonly commandCodes: ReadonlySet<number>;
  /** For the type only; there is never a value. */
  declare readonly state: State;

  constructor(...commandCodes: readonly number[]) {
    this.commandCodes = new Set(commandCodes);
  }
}

/**
 * Commands that begin or continue sequences, and makeCredential, because it changes what credentialManagement is
 * enumerating.
 */
const ENDING_OTHERS: ReadonlySet<number> = new Set([
  COMMANDS.makeCredential.code,
  COMMANDS.getAssertion.code,
  COMMANDS.getNextAssertion.code,
  COMMANDS.bioEnrollment.code,
  COMMANDS.bioEnrollmentPreview.code,
  COMMANDS.credentialManagement.code,
  COMMANDS.credentialManagementPreview.code,
  COMMANDS.largeBlobs.code,
]);

/** A CTAPHID channel; undefined over ISO 7816, where a card has one client. */
export type Channel = number | undefined;

/**
 * What a command remembers for those that continue it. A key has room for one such sequence at a time, and it belongs
 * to the channel that began it: another stateful command, one from another channel, a new pinUvAuthToken or power-off
 * ends it (CTAP 2.3 §6, stateful commands).
 */
export class StatefulSequence {
  #current: { kind: SequenceKind<unknown>; state: unknown; channel: Channel } | undefined;
  /** The channel of the command that is being carried out. */
  #channel: Channel;

  /** Begins a sequence; the one under way, if any, ends. */
  begin<State>(kind: SequenceKind<State>, state: State): void {
    this.#current = { kind, state, channel: this.#channel };
  }

  /** The state of the sequence under way if it is of this kind. */
  stateOf<State>(kind: SequenceKind<State>): State | undefined {
    return this.#current?.kind === kind ? (this.#current.state as State) : undefined;
  }

  end(): void {
    this.#current = undefined;
  }

  /** To be called for each command. Which subcommands end a sequence of the same command is decided by its handler. */
  commandArrived(commandCode: number, channel: Channel): void {
    this.#channel = channel;
    if (!this.#current || !ENDING_OTHERS.has(commandCode)) return;
    if (!this.#current.kind.commandCodes.has(commandCode) || this.#current.channel !== channel) this.end();
  }

  /** To be called when a client initialises its channel anew: the sequence that it began there ends. */
  channelInitialised(channel: Channel): void {
    if (this.#current?.channel === channel) this.end();
  }
}
