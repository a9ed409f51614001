/** The person at the terminal, as the library's {@link Interaction}: what is said when; the words are in `messages/`. */
import type {
  DiscoveredKey,
  EnrollSampleNotice,
  Interaction,
  PinRequest,
  reset,
  TouchPrompt,
  UserVerificationPrompt,
  WrongKeyReason,
} from '../../index.ts';
import { failure } from '../failure.ts';
import { enrollSampleWords } from '../messages/enroll-sample.ts';
import * as words from '../messages/waiting.ts';
import type { Output } from './output.ts';
import type { PinInput } from './pin-input.ts';
import { askYesNo } from './prompts.ts';
import { quietInput } from './quiet-input.ts';

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
  /** --replugged */
  replugged?: boolean;
}

/** How long keys wait for a touch; the specification leaves it to them, all known ones take about this. */
const TOUCH_MS = 30_000;

export class Person implements Interaction {
  readonly #options: PersonOptions;
  /** While a finger is enrolled, what to do is said by `enrollSample`; which key is touched is asked by the command. */
  #isSaidElsewhere = false;
  #noFingerCame = false;

  constructor(options: PersonOptions) {
    this.#options = options;
  }

  get prefersPin(): boolean {
    return this.#options.hasPinFile;
  }

  get fingerTimeoutMs(): number {
    return this.#options.timeoutMs;
  }

  touch(prompt: TouchPrompt): void {
    const { reason } = prompt;
    this.#isSaidElsewhere = reason === 'enroll-sample' || reason === 'identify';
    if (this.#isSaidElsewhere) return;
    // verifyUser has said it, with the tries left.
    if (reason === 'verify-user') return;
    const started = Date.now();
    this.#options.out.wait(() =>
      // The seconds of the reset's window end with the command that has arrived: a touch after them erases as well.
      reason === 'reset' ? words.touchToReset(prompt) : words.touch(prompt, secondsUntil(started + TOUCH_MS)),
    );
  }

  processing(): void {
    if (this.#isSaidElsewhere) return;
    this.#options.out.progress(() => words.PROCESSING);
  }

  requestPin(request: PinRequest): Promise<Uint8Array> {
    const { out, pins, canAsk, hasPinFile } = this.#options;
    out.waitingOver();
    if (this.#noFingerCame && !canAsk && !hasPinFile) throw failure('touch-timeout', words.NO_FINGER_UNASKED);
    return pins.requestPin(request);
  }

  verifyUser({ retries, canUsePin, timeoutMs = TOUCH_MS, over }: UserVerificationPrompt): Promise<void> | undefined {
    const { out, canAsk } = this.#options;
    const deadline = Date.now() + timeoutMs;
    const usePin = canUsePin && canAsk ? enterPressed(over) : undefined;
    out.wait(() => words.finger(retries, usePin !== undefined, secondsUntil(deadline)));
    return usePin;
  }

  userNotRecognised({ retries }: UserVerificationPrompt): void {
    this.#options.out.waitingOver();
    this.#options.out.insist(words.notRecognised(retries));
  }

  userVerificationBlocked(): void {
    this.#options.out.waitingOver();
    this.#options.out.insist(words.SENSOR_BLOCKED);
  }

  userVerificationTimeout(): void {
    this.#noFingerCame = true;
    this.#options.out.waitingOver();
    if (this.#options.canAsk) this.#options.out.insist(words.NO_FINGER_CAME);
  }

  enrollSample(notice: EnrollSampleNotice): void {
    const todo = enrollSampleWords(notice);
    this.#options.out.wait(() => todo);
  }

  async confirmLastTry(): Promise<boolean> {
    const { out, canAsk, yes } = this.#options;
    out.insist(words.LAST_TRY);
    if (yes) return true;
    if (!canAsk) throw failure('input-required', words.LAST_TRY_UNASKED);
    return askYesNo(words.SURE_OF_PIN, false);
  }

  async confirmReplugged(): Promise<boolean> {
    const { out, canAsk, replugged = false } = this.#options;
    if (replugged || !canAsk) return replugged;
    out.insist(words.WANTS_REPLUG);
    return askYesNo(words.WAS_REPLUGGED, false);
  }

  removeKey(key: DiscoveredKey, gesture: reset.RemovalGesture): void {
    const started = Date.now();
    this.#options.out.wait(() => words.removal(key, gesture, this.#left(started)));
  }

  insertKey(_key: DiscoveredKey, gesture: reset.InsertionGesture): void {
    const started = Date.now();
    this.#options.out.wait(() => words.insertion(gesture, this.#left(started)));
  }

  wrongKey(found: DiscoveredKey, reason: WrongKeyReason, wanted: DiscoveredKey): void {
    this.#options.out.insist(words.wrongKey(found, reason, wanted));
  }

  resetWindow(): void {
    this.#options.out.progress(() => words.KEY_IS_BACK);
  }

  answerLost(finding: 'looking' | 'was-reset'): void {
    const { out } = this.#options;
    out.waitingOver();
    if (finding === 'looking') {
      out.wait(() => words.LOOKING_WHETHER_RESET);
    } else {
      out.insist(words.WAS_RESET);
    }
  }

  async confirmRepeat(windowMs: number): Promise<boolean> {
    this.#options.out.waitingOver();
    if (!this.#options.canAsk) return false;
    this.#options.out.insist(words.tooLateForReset(windowMs));
    return askYesNo(words.TRY_AGAIN, true);
  }

  #left(started: number): number {
    return secondsUntil(started + this.#options.timeoutMs);
  }
}

/** Resolved by Enter; undefined where it cannot be heard. */
function enterPressed(over: AbortSignal | undefined): Promise<void> | undefined {
  quietInput.begin();
  let pressed = () => {};
  const promise = new Promise<void>((resolve) => {
    pressed = resolve;
  });
  const stop = quietInput.onEnter(pressed);
  over?.addEventListener('abort', () => stop?.());
  return stop && promise;
}

/** @param deadline epoch ms */
export function secondsUntil(deadline: number): number {
  return Math.max(0, Math.ceil((deadline - Date.now()) / 1000));
}
