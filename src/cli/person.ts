/** The person at the terminal, as the library's {@link Interaction}. All words about waiting, touching and replugging. */
import {
  type DiscoveredKey,
  type EnrollSampleNotice,
  FidoError,
  type InsertionGesture,
  type Interaction,
  type PinRequest,
  type RemovalGesture,
  type TouchPrompt,
  type UserVerificationPrompt,
  type WrongKeyReason,
} from '../index.ts';
import { enrollSampleWords } from './enroll-sample-words.ts';
import { escaped } from './escape.ts';
import type { Output } from './output.ts';
import type { PinInput } from './pin-input.ts';
import { askYesNo } from './prompts.ts';
import { INSERTION_WORDS, REMOVAL_WORDS, touchWords } from './reset-words.ts';

export interface PersonOptions {
  out: Output;
  pins: PinInput;
  /** Whether a person can be asked. */
  canAsk: boolean;
  /** --yes */
  yes: boolean;
  /** How long a person may take, in ms. */
  timeoutMs: number;
  /** --pin-file was given */
  hasPinFile: boolean;
}

/** How long keys wait for a touch; the specification leaves it to them, all known ones take about this. */
const TOUCH_MS = 30_000;

export class Person implements Interaction {
  readonly #options: PersonOptions;
  #resetDeadline: number | undefined;
  /** While a finger is enrolled, what to do is said by `enrollSample`. */
  #enrolling = false;

  constructor(options: PersonOptions) {
    this.#options = options;
  }

  get prefersPin(): boolean {
    return this.#options.hasPinFile;
  }

  touch(prompt: TouchPrompt): void {
    const { reason } = prompt;
    this.#enrolling = reason === 'enroll-sample';
    if (this.#enrolling) return;
    // verifyUser has said it, with the tries left.
    if (reason === 'verify-user') return;
    const started = Date.now();
    const what = touchWords(prompt);
    const why = reason === 'reset' ? ' to confirm the reset' : '';
    const deadline = reason === 'reset' ? this.#resetDeadline : undefined;
    this.#options.out.wait(() => {
      if (deadline !== undefined && Date.now() < deadline) return `${what}${why}: ${secondsUntil(deadline)} s`;
      return `${what}${why}. It waits about ${secondsUntil(started + TOUCH_MS)} s more.`;
    });
  }

  processing(): void {
    if (this.#enrolling) return;
    this.#options.out.wait(() => 'The key is working. Leave it where it is.');
  }

  requestPin(request: PinRequest): Promise<Uint8Array> {
    this.#options.out.waitingOver();
    return this.#options.pins.requestPin(request);
  }

  verifyUser({ retries }: UserVerificationPrompt): void {
    const started = Date.now();
    const what = `Put an enrolled finger on the key's sensor now${triesLeft(retries)}`;
    this.#options.out.wait(() => `${what}. It waits about ${secondsUntil(started + TOUCH_MS)} s more.`);
  }

  userNotRecognised({ retries }: UserVerificationPrompt): void {
    this.#options.out.waitingOver();
    this.#options.out.insist(`The key did not recognise you${triesLeft(retries)}.`);
  }

  userVerificationBlocked(): void {
    this.#options.out.waitingOver();
    this.#options.out.insist('The fingerprint sensor is blocked after too many tries; the right PIN unblocks it.');
  }

  enrollSample(notice: EnrollSampleNotice): void {
    const words = enrollSampleWords(notice);
    this.#options.out.wait(() => words);
  }

  async confirmLastTry(): Promise<boolean> {
    const { out, canAsk, yes } = this.#options;
    out.insist(
      'Only one PIN try is left. A wrong PIN now blocks the key: then only a reset helps, and a reset erases everything on it.',
    );
    if (yes) return true;
    if (!canAsk) {
      throw new FidoError('input-required', 'one PIN try is left, and nobody can be asked whether to spend it', {
        hint: 'No try was spent. If you are sure of the PIN, run the command again with --yes.',
      });
    }
    return askYesNo('Are you sure of the PIN?', false);
  }

  removeKey(key: DiscoveredKey, gesture: RemovalGesture): void {
    const started = Date.now();
    this.#resetDeadline = undefined;
    this.#options.out.wait(() => `${REMOVAL_WORDS[gesture]} (${escaped(key.name)}): ${this.#left(started)} s`);
  }

  insertKey(_key: DiscoveredKey, gesture: InsertionGesture): void {
    const started = Date.now();
    this.#options.out.wait(() => `${INSERTION_WORDS[gesture]}: ${this.#left(started)} s`);
  }

  wrongKey(found: DiscoveredKey, reason: WrongKeyReason): void {
    if (reason === 'other-transport') {
      const where = found.transport === 'usb' ? 'in a USB port' : 'on a reader';
      const wanted = found.transport === 'usb' ? 'put the key back on its reader' : 'insert the key into a USB port';
      this.#options.out.insist(`There is a key ${where} now (${escaped(found.name)}). That does not count: ${wanted}.`);
      return;
    }
    const wanted =
      found.transport === 'usb' ? 'insert the one that was removed' : 'put back the one that was taken away';
    this.#options.out.insist(`That is another key (${escaped(found.name)}). It is left alone; ${wanted}.`);
  }

  resetWindow(deadlineMs: number): void {
    this.#resetDeadline = deadlineMs;
    this.#options.out.wait(() => 'The key is back; sending the reset.');
  }

  answerLost(finding: 'looking' | 'was-reset'): void {
    const { out } = this.#options;
    out.waitingOver();
    if (finding === 'looking') {
      out.wait(
        () =>
          'The connection was lost before the key answered. Looking whether it was reset; put it back if it is out.',
      );
    } else {
      out.insist('The answer was lost, but the key WAS reset: it had a PIN, and has none now.');
    }
  }

  async confirmRepeat(windowMs: number): Promise<boolean> {
    this.#options.out.waitingOver();
    if (!this.#options.canAsk) return false;
    this.#options.out.insist(
      `Too late: the key takes a reset only within ${windowMs / 1000} seconds after it is inserted. Nothing was erased.`,
    );
    return askYesNo('Try again?', true);
  }

  #left(started: number): number {
    return secondsUntil(started + this.#options.timeoutMs);
  }
}

function triesLeft(retries: number | undefined): string {
  return retries === undefined ? '' : ` (${retries} ${retries === 1 ? 'try' : 'tries'} left)`;
}

function secondsUntil(deadline: number): number {
  return Math.max(0, Math.ceil((deadline - Date.now()) / 1000));
}
