/**
 * Everything that reaches the software key from outside, in one interface: time, chance, the person, the disk. Nothing
 * else in `authenticator/` reads a clock, draws random bytes or waits for anybody.
 */
import type { EnrollSampleStatusName } from '../ctap2/commands/bio-enrollment.ts';
import type { AuthenticatorStateJson } from './state/stored-state.ts';

/** Where a request came in, in the words of getInfo member `transports`. */
export type AuthenticatorTransport = 'usb' | 'nfc' | 'smart-card';

/** The key waits for a touch. */
export interface UserPresenceRequest {
  /** How long the key waits, in milliseconds; keeping the time is the environment's part. */
  timeoutMs: number;
  /** A touch of about five seconds is wanted, not a tap (longTouchForReset). */
  long: boolean;
  /** Aborted when the client cancels; the answer is then `cancelled` and may come late. */
  signal: AbortSignal;
}

/** What came of waiting for a touch. */
export type UserPresenceAnswer = 'touched' | 'denied' | 'timeout' | 'cancelled';

/** The sensor waits for a finger. */
export interface UserVerificationRequest {
  timeoutMs: number;
  signal: AbortSignal;
}

/** Which simulated finger was laid on the sensor, by a name that enrolment remembers; the key decides whether it matches. */
export type UserVerificationAnswer = { finger: string } | Exclude<UserPresenceAnswer, 'touched'>;

/** The sensor waits for a sample of the finger that is being enrolled. */
export interface EnrollSampleRequest {
  timeoutMs: number;
  /** Good samples taken so far; 0 at the beginning of each enrolment. */
  goodSamples: number;
  /** How many good ones it takes. */
  samples: number;
  signal: AbortSignal;
}

/**
 * Which simulated finger was laid on the sensor, and how well: `FP_GOOD` unless told otherwise. That it is enrolled
 * already or another than before is for the key to notice.
 */
export type EnrollSampleAnswer =
  | { finger: string; quality?: EnrollSampleStatusName }
  | Exclude<UserPresenceAnswer, 'touched'>;

/** Everything outside of the authenticator: clock, chance, its user, and where it is stored. */
export interface Environment {
  /** Milliseconds since the epoch: power-up has to be comparable between two processes. */
  now(): number;
  /** Fresh unpredictable bytes, owned by the caller. */
  randomBytes(length: number): Uint8Array;
  /** Waits for somebody to touch the key. */
  userPresence(request: UserPresenceRequest): Promise<UserPresenceAnswer>;
  /** Waits for a finger. Only models with a sensor ask. */
  userVerification(request: UserVerificationRequest): Promise<UserVerificationAnswer>;
  /** Waits for one sample of a finger to be enrolled. Only models with a sensor ask. */
  enrollSample(request: EnrollSampleRequest): Promise<EnrollSampleAnswer>;
  /**
   * Keeps the state for good. The key awaits it before it answers, and before it compares a PIN, so that pulling the
   * plug never gives a try back. If it fails, the command fails.
   */
  save(state: AuthenticatorStateJson): Promise<void> | void;
  /** CTAPHID_WINK arrived. */
  wink?: () => void;
  /** Told about exceptions that are bugs; the client just sees status 7F. */
  onBug?: (error: unknown) => void;
}
