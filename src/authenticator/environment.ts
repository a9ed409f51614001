/**
 * Everything that reaches the software key from outside, in one interface: time, randomness, the user, the disk.
 * Nothing else in `authenticator/` reads a clock, draws random bytes or waits for the user.
 */
import type { EnrollSampleStatusName } from '../ctap2/commands/bio-enrollment.ts';
import type { AuthenticatorStateJson } from './state/stored-state.ts';

/** The transport that a request came by, in the words of getInfo member `transports`. */
export type AuthenticatorTransport = 'usb' | 'nfc' | 'smart-card';

export interface UserPresenceRequest {
  /** How long the key waits, in milliseconds. The environment measures the time and answers `timeout`. */
  timeoutMs: number;
  /** A touch of about five seconds is wanted, not a tap (longTouchForReset). */
  long: boolean;
  /** Aborted when the client cancels; the answer is then `cancelled` and may come late. */
  signal: AbortSignal;
}

export type UserPresenceAnswer = 'touched' | 'denied' | 'timeout' | 'cancelled';

export interface UserVerificationRequest {
  timeoutMs: number;
  signal: AbortSignal;
}

/** The name of the simulated finger that was laid on the sensor; the key compares it with those that are enrolled. */
export type UserVerificationAnswer = { finger: string } | Exclude<UserPresenceAnswer, 'touched'>;

export interface EnrollSampleRequest {
  timeoutMs: number;
  /** Good samples taken so far; 0 at the beginning of each enrolment. */
  goodSamples: number;
  /** Good samples that an enrolment takes. */
  samples: number;
  signal: AbortSignal;
}

/**
 * The name of the simulated finger that was laid on the sensor, and the quality of the sample, `FP_GOOD` if absent. The
 * key itself notices a finger that is enrolled already, or another one than before.
 */
export type EnrollSampleAnswer =
  | { finger: string; quality?: EnrollSampleStatusName }
  | Exclude<UserPresenceAnswer, 'touched'>;

export interface Environment {
  /** Milliseconds since the epoch, so that times are comparable between processes. */
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
   * Stores the state durably. The key waits for it before it answers and before it compares a PIN, so that cutting the
   * power never gives a PIN try back. If it fails, the command fails.
   */
  save(state: AuthenticatorStateJson): Promise<void> | void;
  /** CTAPHID_WINK arrived. */
  wink?: () => void;
  /** Called with exceptions that are bugs; the client sees CTAP1_ERR_OTHER (0x7F) only. */
  onBug?: (error: unknown) => void;
}
