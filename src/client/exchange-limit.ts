/** How long one command may take: a key that works, blinks or says nothing for ever must not keep anybody waiting. */

import { BIO_ENROLLMENT_SUBCOMMAND, bioEnrollment } from '../ctap2/commands/bio-enrollment.ts';
import { CLIENT_PIN_SUBCOMMAND, clientPIN } from '../ctap2/commands/client-pin.ts';
import { getAssertion } from '../ctap2/commands/get-assertion.ts';
import { getInfo } from '../ctap2/commands/get-info.ts';
import { makeCredential } from '../ctap2/commands/make-credential.ts';
import { reset } from '../ctap2/commands/reset.ts';
import { selection } from '../ctap2/commands/selection.ts';
import { FidoError } from '../errors.ts';
import { KEEPALIVE } from '../transport/device.ts';

/** All in ms. */
export interface ExchangeLimits {
  /** What the key may spend altogether on anything but waiting for a person. */
  workMs: number;
  /** What a person may take. */
  personMs: number;
  /** How long a card may leave one APDU unanswered; one that cannot be polled says nothing until it is touched. */
  silenceMs: number;
}

/** Making an RSA key or erasing everything takes a small card tens of seconds; CTAP knows no limit of its own. */
const WORK_MS = 60_000;
/** Answered from memory, even by a card that computes a shared secret without help. */
const PROMPT_WORK_MS = 10_000;
const PROMPT_SILENCE_MS = 5_000;
const SILENCE_MS = 15_000;
/** The key itself says when nobody has come for this long, so it is given a little more. */
const SAMPLE_MS = 15_000;

/** A key gives a person about 30 s by itself (CTAP 2.3 §6.1.2, "user presence"); whoever waits may say otherwise. */
export const DEFAULT_PERSON_MS = 60_000;

const ASKS_NOBODY: ReadonlySet<unknown> = new Set([
  CLIENT_PIN_SUBCOMMAND.getPINRetries,
  CLIENT_PIN_SUBCOMMAND.getKeyAgreement,
  CLIENT_PIN_SUBCOMMAND.getUVRetries,
]);
const CAPTURES: ReadonlySet<unknown> = new Set([
  BIO_ENROLLMENT_SUBCOMMAND.enrollBegin,
  BIO_ENROLLMENT_SUBCOMMAND.enrollCaptureNextSample,
]);
const ASKS_FOR_TOUCH: ReadonlySet<string> = new Set([
  makeCredential.name,
  getAssertion.name,
  reset.name,
  selection.name,
]);

/** The limits of a command, by what the specification lets it do. @param personMs how long a person may take */
export function limitsOf(command: { name: string }, request: object, personMs: number): ExchangeLimits {
  const { subCommand } = request as { subCommand?: unknown };
  if (command.name === getInfo.name || (command.name === clientPIN.name && ASKS_NOBODY.has(subCommand))) {
    return { workMs: PROMPT_WORK_MS, personMs: 0, silenceMs: PROMPT_SILENCE_MS };
  }
  // The request tells the key for how long to wait for a sample, and an enrolment goes on after that.
  const captures = command.name === bioEnrollment.name && CAPTURES.has(subCommand);
  const mayTake = captures ? Math.max(personMs, SAMPLE_MS) : personMs;
  const waitsForPerson =
    captures ||
    ASKS_FOR_TOUCH.has(command.name) ||
    (command.name === clientPIN.name && subCommand === CLIENT_PIN_SUBCOMMAND.getPinUvAuthTokenUsingUvWithPermissions);
  return {
    workMs: WORK_MS,
    personMs: mayTake,
    silenceMs: waitsForPerson ? mayTake + SILENCE_MS : SILENCE_MS,
  };
}

/** Watches over one exchange: its `signal` aborts when the caller's does, or when one of the limits is reached. */
export class ExchangeLimit {
  readonly silenceMs: number;
  readonly #limits: ExchangeLimits;
  readonly #over = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #stop = () => this.#over.abort();
  #reached: 'work' | 'person' | undefined;
  #workLeftMs: number;
  #personLeftMs: number;
  #timer: NodeJS.Timeout | undefined;
  #state: 'work' | 'person' = 'work';
  #since = performance.now();

  constructor(limits: ExchangeLimits, caller: AbortSignal | undefined) {
    this.#limits = limits;
    this.silenceMs = limits.silenceMs;
    this.#workLeftMs = limits.workMs;
    this.#personLeftMs = limits.personMs;
    this.#caller = caller;
    caller?.addEventListener('abort', this.#stop, { once: true });
    if (caller?.aborted) this.#stop();
    this.#arm();
  }

  /** The command only reads what the key knows at once, and nothing is lost with its answer. */
  get isPrompt(): boolean {
    return this.#limits.personMs === 0;
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** What the key says that it is busy with. Each kind of time adds up, so that going to and fro gains nothing. */
  keepalive(status: number): void {
    const state = status === KEEPALIVE.upneeded && this.#limits.personMs > 0 ? 'person' : 'work';
    if (state === this.#state) return;
    this.#settle();
    this.#state = state;
    this.#arm();
  }

  /** To be called when the exchange has ended. */
  end(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener('abort', this.#stop);
  }

  /**
   * Why the key was told to stop, if a limit was the reason.
   * @param answered the key said by CTAP2_ERR_KEEPALIVE_CANCEL that it has stopped
   */
  failure(command: string, answered: boolean, cause?: unknown): FidoError | undefined {
    if (this.#caller?.aborted || this.#reached === undefined) return undefined;
    if (this.#reached === 'person') {
      const seconds = Math.round(this.#limits.personMs / 1000);
      return new FidoError('touch-timeout', `nobody touched the key within ${seconds} s`, {
        hint: 'Run the command again.',
        situation: { id: 'time-ran-out' },
        cause,
        answerLost: !answered && !this.isPrompt,
      });
    }
    const seconds = Math.round(this.#limits.workMs / 1000);
    return new FidoError('no-answer', `the key has not finished ${command} within ${seconds} s`, {
      hint: this.isPrompt
        ? 'Take the key out, insert it again, and try again.'
        : 'Take the key out, insert it again, and look whether anything has changed before you go on.',
      cause,
      answerLost: !answered && !this.isPrompt,
    });
  }

  #settle(): void {
    const now = performance.now();
    if (this.#state === 'work') this.#workLeftMs -= now - this.#since;
    else this.#personLeftMs -= now - this.#since;
    this.#since = now;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const state = this.#state;
    this.#timer = setTimeout(
      () => {
        this.#reached = state;
        this.#stop();
      },
      Math.max(0, state === 'work' ? this.#workLeftMs : this.#personLeftMs),
    );
  }
}
