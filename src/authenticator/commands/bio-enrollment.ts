/** authenticatorBioEnrollment and its preview, CTAP 2.3 §6.7 and §6.12. */
import {
  BIO_ENROLLMENT_SUBCOMMAND,
  type BioEnrollmentParams,
  type bioEnrollment,
  bioEnrollmentAuthMessage,
  bioEnrollmentParams,
  FINGERPRINT_KIND,
  MODALITY,
} from '../../ctap2/commands/bio-enrollment.ts';
import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import type { RequestOf, ResponseOf } from '../../ctap2/schema.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { equalBytes, utf8 } from '../../encoding/bytes.ts';
import { type CommandContext, type Handler, refuse } from '../command-handler.ts';
import { requireToken } from '../pin-uv-auth/require-token.ts';
import { type FingerprintTemplate, templateById } from '../state/fingerprints.ts';
import { beginEnrollment, captureNextSample, ENROLLMENT, type EnrollmentProgress } from './fingerprint-enrollment.ts';

type Request = RequestOf<typeof bioEnrollment>;
type Response = ResponseOf<typeof bioEnrollment>;

export const handleBioEnrollment: Handler<typeof bioEnrollment> = (request, context) =>
  handle(request, context, { tellsNameLength: true });

/** The preview of FIDO_2_1_PRE differs in one member of the response. */
export const handleBioEnrollmentPreview: Handler<typeof bioEnrollment> = (request, context) =>
  handle(request, context, { tellsNameLength: false });

interface Generation {
  tellsNameLength: boolean;
}

function handle(request: Request, context: CommandContext, generation: Generation): Response | Promise<Response> {
  if (request.getModality) return { modality: MODALITY.fingerprint };
  if (request.modality === undefined || request.subCommand === undefined) {
    return refuse(CTAP_STATUS.CTAP2_ERR_MISSING_PARAMETER);
  }
  if (request.modality !== MODALITY.fingerprint) return refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
  const { sequence } = context.volatile;
  switch (request.subCommand) {
    case BIO_ENROLLMENT_SUBCOMMAND.enrollBegin:
      return enrollBegin(authorised(request, context), context);
    case BIO_ENROLLMENT_SUBCOMMAND.enrollCaptureNextSample:
      return enrollCaptureNextSample(authorised(request, context), context);
    case BIO_ENROLLMENT_SUBCOMMAND.cancelCurrentEnrollment:
      sequence.end();
      return {};
    case BIO_ENROLLMENT_SUBCOMMAND.getFingerprintSensorInfo:
      return sensorInfo(context, generation);
    case BIO_ENROLLMENT_SUBCOMMAND.enumerateEnrollments:
      authorised(request, context);
      sequence.end();
      return enumerateEnrollments(context);
    case BIO_ENROLLMENT_SUBCOMMAND.setFriendlyName: {
      const params = authorised(request, context);
      sequence.end();
      return setFriendlyName(params, context);
    }
    case BIO_ENROLLMENT_SUBCOMMAND.removeEnrollment: {
      const params = authorised(request, context);
      sequence.end();
      return removeEnrollment(params, context);
    }
  }
  return refuse(context.model.quirks.unknownSubCommandStatus);
}

/** The parameters of a request with a valid token. @throws {StatusError} as {@link requireToken} */
function authorised(request: Request, context: CommandContext): BioEnrollmentParams {
  requireToken(request, bioEnrollmentAuthMessage(request), PERMISSION.be, context);
  return request.subCommandParams ? bioEnrollmentParams.decode(request.subCommandParams, 'bioEnrollment') : {};
}

async function enrollBegin({ timeoutMilliseconds }: BioEnrollmentParams, context: CommandContext): Promise<Response> {
  const { model, state, volatile } = context;
  volatile.sequence.end();
  if (state.fingerprints.templates.length >= (model.storage.fingerprints ?? 0)) {
    refuse(CTAP_STATUS.CTAP2_ERR_FP_DATABASE_FULL);
  }
  const enrollment = beginEnrollment(context);
  const progress = await captureNextSample(enrollment, timeoutMilliseconds, context);
  // Only now, because a client whose first sample was cancelled never learns the templateId and could not continue.
  if (progress.remainingSamples > 0) volatile.sequence.begin(ENROLLMENT, enrollment);
  return { templateId: enrollment.templateId, ...progress };
}

function enrollCaptureNextSample(
  { templateId, timeoutMilliseconds }: BioEnrollmentParams,
  context: CommandContext,
): Promise<EnrollmentProgress> {
  const enrollment = context.volatile.sequence.stateOf(ENROLLMENT);
  if (!templateId) refuse(CTAP_STATUS.CTAP2_ERR_MISSING_PARAMETER);
  if (!enrollment) refuse(CTAP_STATUS.CTAP2_ERR_NOT_ALLOWED);
  if (!equalBytes(templateId, enrollment.templateId)) refuse(CTAP_STATUS.CTAP2_ERR_INVALID_OPTION);
  return captureNextSample(enrollment, timeoutMilliseconds, context);
}

function enumerateEnrollments({ model, state }: CommandContext): Response {
  const { templates } = state.fingerprints;
  if (templates.length === 0) refuse(CTAP_STATUS.CTAP2_ERR_INVALID_OPTION);
  return {
    templateInfos: templates.map(({ templateId, friendlyName }) => ({
      templateId,
      templateFriendlyName: friendlyName ?? (model.quirks.emptyFriendlyName ? '' : undefined),
    })),
  };
}

function setFriendlyName({ templateId, templateFriendlyName }: BioEnrollmentParams, context: CommandContext): Response {
  if (templateFriendlyName === undefined) refuse(CTAP_STATUS.CTAP2_ERR_MISSING_PARAMETER);
  const template = requireTemplate(templateId, context);
  const room = context.model.uv?.maxFriendlyNameLength ?? 0;
  if (utf8(templateFriendlyName).length > room) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_LENGTH);
  template.friendlyName = templateFriendlyName;
  return {};
}

function removeEnrollment({ templateId }: BioEnrollmentParams, context: CommandContext): Response {
  const { templates } = context.state.fingerprints;
  templates.splice(templates.indexOf(requireTemplate(templateId, context)), 1);
  return {};
}

/**
 * @throws {StatusError} CTAP2_ERR_MISSING_PARAMETER (0x14) without ID, CTAP2_ERR_INVALID_OPTION (0x2C) for an unknown
 *   one
 */
function requireTemplate(templateId: Uint8Array | undefined, { state }: CommandContext): FingerprintTemplate {
  if (!templateId) refuse(CTAP_STATUS.CTAP2_ERR_MISSING_PARAMETER);
  return templateById(state.fingerprints, templateId) ?? refuse(CTAP_STATUS.CTAP2_ERR_INVALID_OPTION);
}

function sensorInfo({ model: { uv } }: CommandContext, { tellsNameLength }: Generation): Response {
  return {
    fingerprintKind: FINGERPRINT_KIND.touch,
    maxCaptureSamplesRequiredForEnroll: uv?.enrollSamples,
    maxTemplateFriendlyName: tellsNameLength ? uv?.maxFriendlyNameLength : undefined,
  };
}
