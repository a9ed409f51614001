/**
 * Collects the samples of one finger (CTAP 2.3 §6.7.4). The template is stored with the last good sample, not before.
 */
import { ENROLL_SAMPLE_STATUS, type EnrollSampleStatusName } from '../../ctap2/commands/bio-enrollment.ts';
import { COMMANDS } from '../../ctap2/commands/index.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { type CommandContext, refuse } from '../command-handler.ts';
import { isEnrolled, templateById } from '../state/fingerprints.ts';
import { SequenceKind } from '../stateful-sequence.ts';
import { KEEPALIVE_STATUS, orCancelled } from '../user-presence.ts';

/** An enrolment under way. */
export interface Enrollment {
  readonly templateId: Uint8Array;
  readonly samples: number;
  /** The simulated finger of the first good sample. */
  finger?: string;
  goodSamples: number;
}

export const ENROLLMENT: SequenceKind<Enrollment> = new SequenceKind<Enrollment>(
  COMMANDS.bioEnrollment.code,
  COMMANDS.bioEnrollmentPreview.code,
);

export interface EnrollmentProgress {
  lastEnrollSampleStatus: number;
  remainingSamples: number;
}

const TEMPLATE_ID_LENGTH = 4;

export function beginEnrollment({ model, state, environment }: CommandContext): Enrollment {
  let templateId = environment.randomBytes(TEMPLATE_ID_LENGTH);
  while (templateById(state.fingerprints, templateId)) templateId = environment.randomBytes(TEMPLATE_ID_LENGTH);
  return { templateId, samples: model.uv?.enrollSamples ?? 1, goodSamples: 0 };
}

/**
 * Waits for one sample; with the last good one the finger is enrolled. No finger is not an error, but the sample status
 * NO_USER_ACTIVITY.
 * @param timeoutMs of the client; the key never waits longer than it does for a touch
 * @throws {StatusError} CTAP2_ERR_KEEPALIVE_CANCEL (0x2D), CTAP2_ERR_OPERATION_DENIED (0x27); the enrolment can go on
 *   after either
 */
export async function captureNextSample(
  enrollment: Enrollment,
  timeoutMs: number | undefined,
  context: CommandContext,
): Promise<EnrollmentProgress> {
  const lastEnrollSampleStatus = ENROLL_SAMPLE_STATUS[await takeSample(enrollment, timeoutMs, context)];
  const remainingSamples = enrollment.samples - enrollment.goodSamples;
  if (remainingSamples === 0 && enrollment.finger !== undefined) {
    const { templateId, finger } = enrollment;
    context.state.fingerprints.templates.push({ templateId, finger });
    context.volatile.sequence.end();
  }
  return { lastEnrollSampleStatus, remainingSamples };
}

async function takeSample(
  enrollment: Enrollment,
  timeoutMs: number | undefined,
  context: CommandContext,
): Promise<EnrollSampleStatusName> {
  const { model, environment, signal, state } = context;
  if (signal.aborted) refuse(CTAP_STATUS.CTAP2_ERR_KEEPALIVE_CANCEL);
  context.keepalive(KEEPALIVE_STATUS.upneeded);
  const { goodSamples, samples } = enrollment;
  const request = { timeoutMs: Math.min(timeoutMs ?? Number.POSITIVE_INFINITY, model.touchTimeoutMs), signal };
  const answer = await orCancelled(environment.enrollSample({ ...request, goodSamples, samples }), signal);
  context.keepalive(KEEPALIVE_STATUS.processing);
  if (answer === 'cancelled') refuse(CTAP_STATUS.CTAP2_ERR_KEEPALIVE_CANCEL);
  if (answer === 'denied') refuse(CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED);
  if (answer === 'timeout') return 'NO_USER_ACTIVITY';
  const { finger, quality = 'FP_GOOD' } = answer;
  if (quality !== 'FP_GOOD') return quality;
  if (isEnrolled(state.fingerprints, finger)) return 'FP_EXISTS';
  if ((enrollment.finger ?? finger) !== finger) return 'FP_MERGE_FAILURE';
  enrollment.finger = finger;
  enrollment.goodSamples++;
  return 'FP_GOOD';
}
