/**
 * Everything a user interface must handle while a key works, as one interface. The command line, a fleet run, a test and
 * somebody's GUI each implement it. Notices return at once; questions are promises.
 */

import type { EnrollSampleStatusName } from '../ctap2/commands/bio-enrollment.ts';
import type { DiscoveredKey } from '../transport/device.ts';
import type { InsertionGesture, RemovalGesture, TouchGesture } from './reset/gestures.ts';

/**
 * What a touch is for. `verify-user`: a finger on the key's sensor rather than any touch; `verifyUser` was called before. `enroll-sample`: a
 * sample of the finger that is being enrolled; `enrollSample` was called before.
 */
export type TouchReason = 'identify' | 'reset' | 'verify-user' | 'enroll-sample' | 'other';

/** The key waits for a touch. */
export interface TouchPrompt {
  reason: TouchReason;
  /** The key wants to be held for about 5 seconds (longTouchForReset). */
  hold: boolean;
  /** How this key wants to be touched, where that is known. */
  gesture?: TouchGesture | undefined;
  /** Which request of this command it is: from 2 on the key asks again. */
  count?: number | undefined;
}

/** Why what was inserted is not the key that is waited for. `another-key`: not the one that was removed. `other-transport`: a key came elsewhere, and was not looked at. */
export type WrongKeyReason = 'another-key' | 'other-transport';

/** Which PIN is asked for, and what is known of it. */
export interface PinRequest {
  /** `current`: the PIN the key has. `new`: the one it shall get. */
  which: 'current' | 'new';
  /** Tries left before the key blocks for good, as it just said; only with `current`. */
  retries?: number | undefined;
  /** Code points; only with `new`. */
  minLength?: number | undefined;
  maxLength?: number | undefined;
  /** The key enforces rules beyond length, described at this address if it names one; only with `new`. */
  complexityPolicy?: { url?: string | undefined } | undefined;
}

/** Built-in user verification is about to start. */
export interface UserVerificationPrompt {
  /** Tries left before the key wants its PIN, as it just said; absent where it does not tell. */
  retries?: number | undefined;
  /** The PIN would do as well; only in `verifyUser`. */
  canUsePin?: boolean | undefined;
  /** After this the wait ends by itself, in ms; as long as the key waits if left out. Only in `verifyUser`. */
  timeoutMs?: number | undefined;
  /** Aborted when the wait is over, however it ended; only in `verifyUser`. */
  over?: AbortSignal | undefined;
}

/** How far the enrolment of a finger is. */
export interface EnrollSampleNotice {
  /**
   * How the sample just given was (lastEnrollSampleStatus, CTAP 2.3 §6.7), `unknown` if no specification knows it. Absent
   * before the first.
   */
  status?: EnrollSampleStatusName | 'unknown' | undefined;
  /** Good samples that are still missing. With 0 the enrolment is complete. */
  remaining: number;
  /** Good samples that the finger takes; before the first one as many as the sensor takes at most. */
  total: number;
}

/** What a person is told and asked. Notices return at once; questions are promises. Somebody who uses only a part of the library implements only that part. */
export interface Interaction {
  /** The PIN is at hand, e.g. in a file: it is used where a finger would do as well, since nobody may be there. */
  readonly prefersPin?: boolean | undefined;
  /** How long the person may take to put a finger on the sensor, in ms; as long as the key waits if left out. */
  readonly fingerTimeoutMs?: number | undefined;
  /** The key waits for a touch. Called again if it asks again. */
  touch(prompt: TouchPrompt): void;
  /** The touch was taken; the key works. */
  processing(): void;
  /** A PIN as UTF-8. The library wipes it after use. Throw to cancel. */
  requestPin(request: PinRequest): Promise<Uint8Array>;
  /** One try is left: a wrong PIN now blocks the key until it is reset. True to go on. */
  confirmLastTry(): Promise<boolean>;
  /**
   * The key says that after three wrong PINs in a row it takes none until it is removed and inserted again. True if it was
   * since then, so that the PIN is sent all the same: some keys go on saying it. Absent, or false: no PIN is sent.
   */
  confirmReplugged?(prompt: { retries: number }): Promise<boolean>;
  /**
   * The key now verifies its user by itself, e.g. by a finger on its sensor. Called again for each try. A promise that is
   * answered is resolved when the person rather gives the PIN; the key is then told to stop.
   */
  verifyUser(prompt: UserVerificationPrompt): Promise<void> | undefined | void;
  /** Somebody else's finger, or a bad sample. What follows is another `verifyUser`, `requestPin`, or the end. */
  userNotRecognised(prompt: UserVerificationPrompt): void;
  /** The sensor is blocked, before this command or by it; the PIN is asked instead, where there is one. */
  userVerificationBlocked(): void;
  /** No finger came in time; the PIN is asked instead, where there is one. */
  userVerificationTimeout?(): void;
  /** The sensor waits for a sample of the finger that is being enrolled. Called before the first, then after each. */
  enrollSample(notice: EnrollSampleNotice): void;
  /** Take this key out of its port, or off the reader. */
  removeKey(key: DiscoveredKey, gesture: RemovalGesture): void;
  /** Put it back. */
  insertKey(key: DiscoveredKey, gesture: InsertionGesture): void;
  /** Another key was inserted instead of `wanted`, or a key elsewhere; the flow goes on waiting. */
  wrongKey(found: DiscoveredKey, reason: WrongKeyReason, wanted: DiscoveredKey): void;
  /** The key is back, and takes the command if it arrives until `deadlineMs` (epoch). A touch may come later. */
  resetWindow(deadlineMs: number): void;
  /** The key said the reset came too late; it accepts one for `windowMs` after it is inserted. True to start over. */
  confirmRepeat(windowMs: number): Promise<boolean>;
  /**
   * The connection was lost before the key answered to its reset. `looking`: it is looked for, and putting it back helps.
   * `was-reset`: its own state shows that it was reset.
   */
  answerLost?(finding: 'looking' | 'was-reset'): void;
}
