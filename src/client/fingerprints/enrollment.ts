/** Enrols a finger, sample by sample, so that what is on the key afterwards is known (CTAP 2.3 §6.7.4 to §6.7.6). */

import {
  type BioEnrollmentResponse,
  ENROLL_SAMPLE_STATUS,
  type EnrollSampleStatusName,
  enrollSampleStatusName,
  MODALITY,
  BIO_ENROLLMENT_SUBCOMMAND as SUB,
} from '../../ctap2/commands/bio-enrollment.ts';
import { CTAP_STATUS as S } from '../../ctap2/status.ts';
import { toHex } from '../../encoding/bytes.ts';
import { CtapStatusError, FidoError, isTransportFailure } from '../../errors.ts';
import type { Authorization, Authorizer } from '../authorization/authorization.ts';
import type { Interaction } from '../interaction.ts';
import { hasStatus, type Session } from '../session.ts';
import {
  authorizeFingerprints,
  checkFingerprintName,
  type Fingerprint,
  type FingerprintSensor,
  listedFingerprint,
  manageFingerprints,
  sendBioEnrollment,
  setFriendlyName,
} from './fingerprints.ts';

/** What is enrolled, and whom it tells. */
export interface EnrollOptions {
  /** What {@link fingerprintSensor} said: asked before the PIN, so that a name that does not fit costs nobody a typing. */
  sensor: FingerprintSensor;
  name?: string | undefined;
  /** How long nobody may touch the sensor before it is given up. */
  timeoutMs: number;
  /** The sensor waits for a sample. Called before the first, then after each: {@link Interaction.enrollSample}. */
  onSample: Interaction['enrollSample'];
}

/** A fingerprint that was just enrolled. */
export interface EnrolledFingerprint extends Fingerprint {
  /** Good samples it took. */
  samples: number;
}

/** How long the key is told to wait for one sample before it says that nobody came. */
const SAMPLE_TIMEOUT_MS = 10_000;

/** Far more than any finger needs, bad ones included: beyond, the key only pretends to enrol. */
const MAX_SAMPLES = 250;

/**
 * Enrols a finger and names it. One exchange per sample, one for the name, one to see it listed, besides the token.
 * Permission be. Whatever goes wrong before the last sample, the key is told to forget the others (cancelCurrentEnrollment).
 * @returns the fingerprint as the key lists it
 * @throws {FidoError} `unsupported`; as acquireToken; `too-large` (no room for another finger, name too long), `touch-timeout` (nobody came),
 *   `state-lost` (another program used the key), `interrupted`, `malformed-response`, `refused`; of the transport, and
 *   then the message says whether anything was stored
 */
export async function enrollFingerprint(
  session: Session,
  authorizer: Authorizer,
  options: EnrollOptions,
): Promise<EnrolledFingerprint> {
  const { name, sensor } = options;
  if (name !== undefined) checkFingerprintName(name, sensor);
  try {
    return await authorizeFingerprints(session, authorizer, async (authorization) => {
      const enrollment = new Enrollment(session, authorization, options);
      const templateId = await enrollment.run();
      return completed(session, authorization, templateId, options, enrollment.total);
    });
  } finally {
    // uv and bioEnroll turn on with the first one.
    session.forgetInfo();
  }
}

class Enrollment {
  /** Good samples the finger takes, as far as the key has told. */
  total: number;
  readonly #session: Session;
  readonly #authorization: Authorization;
  readonly #onSample: Interaction['enrollSample'];
  readonly #timeoutMs: number;
  #remaining: number;
  /** When the sensor was last touched. */
  #touchedAt = Date.now();

  constructor(session: Session, authorization: Authorization, { sensor, timeoutMs, onSample }: EnrollOptions) {
    this.#session = session;
    this.#authorization = authorization;
    this.#onSample = onSample;
    this.#timeoutMs = timeoutMs;
    this.total = this.#remaining = sensor.maxSamples ?? 1;
  }

  /** @returns the templateId, once the key has stored the template */
  async run(): Promise<Uint8Array> {
    this.#onSample({ remaining: this.#remaining, total: this.total });
    let templateId: Uint8Array | undefined;
    try {
      for (let samples = 0; samples < MAX_SAMPLES; samples++) {
        const answer = await this.#capture(templateId);
        const missing = this.#sampled(answer, templateId === undefined);
        templateId ??= answer?.templateId;
        if (answer && !templateId) throw malformed('the key began an enrolment without saying which');
        if (templateId && missing === 0) return templateId;
      }
      throw malformed(`after ${MAX_SAMPLES} samples the key still wants more`);
    } catch (error) {
      if (hasBegun(error, templateId)) await this.#cancel();
      throw explained(error, this.#remaining);
    }
  }

  /** Begins, or goes on with `templateId`. Undefined when nobody came and the key says so by a status. */
  async #capture(templateId: Uint8Array | undefined): Promise<BioEnrollmentResponse | undefined> {
    const timeoutMilliseconds = Math.max(1, Math.min(SAMPLE_TIMEOUT_MS, this.#timeoutMs));
    const subCommand = templateId ? SUB.enrollCaptureNextSample : SUB.enrollBegin;
    // A key that refuses the token has begun nothing; later, getting another token would end the enrolment.
    const options = { replay: !templateId, touch: { reason: 'enroll-sample', hold: false } } as const;
    const params = { ...(templateId ? { templateId } : {}), timeoutMilliseconds };
    try {
      return await manageFingerprints(this.#session, this.#authorization, subCommand, params, options);
    } catch (error) {
      if (hasStatus(error, S.CTAP2_ERR_USER_ACTION_TIMEOUT, S.CTAP2_ERR_ACTION_TIMEOUT)) return undefined;
      throw error;
    }
  }

  /** Takes note of a sample and tells of it. @returns the samples that are still missing */
  #sampled(answer: BioEnrollmentResponse | undefined, isFirst: boolean): number {
    const code = answer ? answer.lastEnrollSampleStatus : ENROLL_SAMPLE_STATUS.NO_USER_ACTIVITY;
    const remaining = answer ? answer.remainingSamples : this.#remaining;
    const status = code === undefined ? undefined : (enrollSampleStatusName(code) ?? 'unknown');
    if (status === 'FP_DATABASE_FULL') throw databaseFull();
    if (status === undefined || remaining === undefined) throw malformed('the key does not say how the sample was');
    this.#checkIdle(status);
    this.total = isFirst ? remaining + (status === 'FP_GOOD' ? 1 : 0) : Math.max(this.total, remaining);
    this.#remaining = remaining;
    this.#onSample({ status, remaining, total: this.total });
    return remaining;
  }

  #checkIdle(status: EnrollSampleStatusName | 'unknown'): void {
    if (status !== 'NO_USER_ACTIVITY') this.#touchedAt = Date.now();
    else if (Date.now() - this.#touchedAt >= this.#timeoutMs) throw nobodyCame();
  }

  /** Unauthenticated. By a signal of its own: the session's may be what ended the enrolment. */
  async #cancel(): Promise<void> {
    const request = { modality: MODALITY.fingerprint, subCommand: SUB.cancelCurrentEnrollment };
    const { signal } = new AbortController();
    // A key that knows of no enrolment may refuse; what is wrong is told by the failure that led here.
    await sendBioEnrollment(this.#session, request, { signal }).catch(() => undefined);
  }
}

/** Whether the key may hold an enrolment that has to be cancelled, and can still be reached. */
function hasBegun(error: unknown, templateId: Uint8Array | undefined): boolean {
  if (isTransportFailure(error) && error.code !== 'malformed-response') return false;
  return templateId !== undefined || !(error instanceof CtapStatusError);
}

/** Names the new fingerprint and sees that the key lists it. */
async function completed(
  session: Session,
  authorization: Authorization,
  templateId: Uint8Array,
  { name }: EnrollOptions,
  samples: number,
): Promise<EnrolledFingerprint> {
  const id = toHex(templateId);
  let listed: Fingerprint | undefined;
  try {
    if (name !== undefined) await setFriendlyName(session, authorization, templateId, name);
    listed = await listedFingerprint(session, authorization, templateId);
  } catch (error) {
    if (!(error instanceof FidoError)) throw error;
    const reason = error.code === 'interrupted' ? '' : `${error.message}; `;
    const without = name === undefined ? '' : ', perhaps without its name';
    throw new FidoError(
      error.code,
      `${reason}the finger was enrolled by then and stays on the key as ${id}${without}`,
      {
        hint: 'Look with seckey fingerprints list; name it with seckey fingerprints rename.',
        cause: error,
      },
    );
  }
  if (listed) return { ...listed, samples };
  throw new FidoError('refused', 'the key said that the finger is enrolled, but it does not list it', {
    hint: 'Remove the key, insert it again, and look with seckey fingerprints list.',
  });
}

/** @param remaining samples that were missing before the exchange that failed */
function explained(error: unknown, remaining: number): unknown {
  if (hasStatus(error, S.CTAP2_ERR_FP_DATABASE_FULL)) return databaseFull(error);
  // The template is stored with the last sample, and the key may count wrongly.
  const isKnown = remaining > 1;
  const outcome = isKnown ? 'nothing was stored' : 'whether the finger was enrolled is not known';
  if (hasStatus(error, S.CTAP2_ERR_NOT_ALLOWED, S.CTAP2_ERR_INVALID_OPTION)) {
    return new CtapStatusError('state-lost', `the key gave up the enrolment; ${outcome}`, error, {
      hint: `Another program may be using the key. Close it, then ${isKnown ? 'start again.' : 'look: seckey fingerprints list'}`,
      cause: error,
    });
  }
  if (error instanceof FidoError && error.code === 'interrupted' && !error.answerLost) {
    return new FidoError('interrupted', 'the enrolment is cancelled; nothing was stored', { cause: error });
  }
  if (!isTransportFailure(error)) return error;
  return new FidoError(error.code, `${error.message}; ${outcome}`, {
    hint: `Insert the key again and ${isKnown ? 'start over.' : 'look: seckey fingerprints list'}`,
    cause: error,
  });
}

function nobodyCame(): FidoError {
  return new FidoError('touch-timeout', 'nobody touched the sensor in time; nothing was stored', {
    hint: 'Run the command again. --timeout SECONDS gives you longer.',
  });
}

function databaseFull(cause?: unknown): FidoError {
  return new FidoError('too-large', 'the key has no room for another fingerprint', {
    hint: 'Delete one first: seckey fingerprints list shows them.',
    cause,
  });
}

function malformed(message: string): FidoError {
  return new FidoError('malformed-response', message, {
    hint: 'Replug the key and try again. If it stays, the key is damaged or not what it claims to be.',
  });
}
