/** authenticatorBioEnrollment for people: which fingerprints are enrolled, rename, delete (CTAP 2.3 §6.7). */

import {
  type BioEnrollmentParams,
  type BioEnrollmentRequest,
  type BioEnrollmentResponse,
  bioEnrollment,
  bioEnrollmentAuthMessage,
  bioEnrollmentParams,
  bioEnrollmentPreview,
  FINGERPRINT_KIND,
  MODALITY,
  BIO_ENROLLMENT_SUBCOMMAND as SUB,
  type TemplateInfo,
} from '../../ctap2/commands/bio-enrollment.ts';
import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import type { AuthenticatorInfo } from '../../ctap2/commands/get-info.ts';
import { CTAP_STATUS as S } from '../../ctap2/status.ts';
import { equalBytes, toHex, utf8 } from '../../encoding/bytes.ts';
import { CtapStatusError, FidoError } from '../../errors.ts';
import { type Authorization, type Authorizer, authorize } from '../authorization/authorization.ts';
import { type CallOptions, hasStatus, type Session } from '../session.ts';

/** An enrolled fingerprint. */
export interface Fingerprint {
  templateId: Uint8Array;
  /** As somebody called it; not escaped. Absent if it has none. */
  name?: string | undefined;
}

/** What the sensor says of itself; what it leaves out is absent. */
export interface FingerprintSensor {
  kind?: 'touch' | 'swipe' | undefined;
  /** Good samples that an enrolment takes at most. */
  maxSamples?: number | undefined;
  /** Bytes of UTF-8 that a name may have. FIDO_2_1_PRE keys do not tell. */
  maxNameLength?: number | undefined;
}

/**
 * Whether the key has a sensor whose fingerprints can be managed, enrolled or not: the options bioEnroll or
 * userVerificationMgmtPreview (CTAP 2.3 §6.4).
 */
export function supportsFingerprints({ options = {} }: AuthenticatorInfo): boolean {
  return options.bioEnroll !== undefined || options.userVerificationMgmtPreview !== undefined;
}

/** @throws {FidoError} `unsupported` if the key has no fingerprints to manage */
export function requireFingerprints(info: AuthenticatorInfo): void {
  if (supportsFingerprints(info)) return;
  throw new FidoError('unsupported', 'this key has no fingerprints to manage: it lacks the option bioEnroll', {
    hint: 'Only keys with a fingerprint sensor have it.',
  });
}

/** What the sensor says of itself. One exchange besides getInfo, no token. @throws {FidoError} `unsupported` */
export async function fingerprintSensor(session: Session): Promise<FingerprintSensor> {
  const answer = await sendBioEnrollment(session, {
    modality: MODALITY.fingerprint,
    subCommand: SUB.getFingerprintSensorInfo,
  });
  const { touch, swipe } = FINGERPRINT_KIND;
  const kind = answer.fingerprintKind;
  return {
    ...(kind === touch ? { kind: 'touch' } : kind === swipe ? { kind: 'swipe' } : {}),
    maxSamples: answer.maxCaptureSamplesRequiredForEnroll,
    maxNameLength: answer.maxTemplateFriendlyName,
  };
}

/** Refuses a name that the key would not keep, before a PIN is asked for. @throws {FidoError} `too-large` */
export function checkFingerprintName(name: string, { maxNameLength }: FingerprintSensor): void {
  const { length } = utf8(name);
  if (maxNameLength === undefined || length <= maxNameLength) return;
  throw new FidoError('too-large', `this name has ${length} bytes; the key keeps ${maxNameLength}`, {
    hint: 'Choose a shorter one. Letters beyond a to z take two bytes or more.',
  });
}

/**
 * All enrolled fingerprints; none is an empty list. One exchange besides the token. Permission be.
 * @throws {FidoError} `unsupported`, `malformed-response`; as acquireToken
 */
export async function listFingerprints(session: Session, authorizer: Authorizer): Promise<Fingerprint[]> {
  return authorizeFingerprints(session, authorizer, (authorization) => enumerateFingerprints(session, authorization));
}

/** Does `work` with permission be. @throws {FidoError} `unsupported`; as acquireToken */
export async function authorizeFingerprints<T>(
  session: Session,
  authorizer: Authorizer,
  work: (authorization: Authorization) => Promise<T>,
): Promise<T> {
  requireFingerprints(await session.info());
  return authorize(session, { permissions: PERMISSION.be }, authorizer, work);
}

async function enumerateFingerprints(session: Session, authorization: Authorization): Promise<Fingerprint[]> {
  try {
    const { templateInfos = [] } = await manageFingerprints(session, authorization, SUB.enumerateEnrollments);
    return templateInfos.map(fingerprintOf);
  } catch (error) {
    // That is how most keys say that there is none.
    if (hasStatus(error, S.CTAP2_ERR_INVALID_OPTION)) return [];
    throw error;
  }
}

function fingerprintOf({ templateId, templateFriendlyName: name }: TemplateInfo): Fingerprint {
  return { templateId, ...(name ? { name } : {}) };
}

/**
 * The one fingerprint whose templateId is or begins with `text`, hex of either case.
 * @throws {FidoError} `not-found`, `ambiguous`, naming candidates
 */
export function findFingerprint(fingerprints: readonly Fingerprint[], text: string): Fingerprint {
  const wanted = text.toLowerCase();
  const whole = fingerprints.filter(({ templateId }) => toHex(templateId) === wanted);
  const found = whole.length > 0 ? whole : fingerprints.filter((one) => toHex(one.templateId).startsWith(wanted));
  const [only, second] = wanted === '' ? [] : found;
  if (only && !second) return only;
  const named = (only ? found : fingerprints).map(
    ({ templateId, name }) => `${toHex(templateId)}${name ? ` (${name})` : ''}`,
  );
  if (only)
    throw new FidoError('ambiguous', `"${text}" fits ${found.length} fingerprints: ${named.join(', ')}`, {
      hint: 'Give its whole id, as the list shows it: seckey fingerprints list',
    });
  throw new FidoError(
    'not-found',
    fingerprints.length === 0
      ? `there is no fingerprint "${text}": none is enrolled`
      : `no fingerprint's ID begins with "${text}"; there are: ${named.join(', ')}`,
    { hint: 'See what is enrolled: seckey fingerprints list' },
  );
}

/**
 * Gives a fingerprint another name. Two exchanges besides the token: setFriendlyName, and enumerateEnrollments to see it.
 * Permission be.
 * @returns it as the key lists it now
 * @throws {FidoError} `not-found`, `too-large`, `refused` if the key says done and shows otherwise; as acquireToken
 */
export async function renameFingerprint(
  session: Session,
  templateId: Uint8Array,
  name: string,
  authorizer: Authorizer,
): Promise<Fingerprint> {
  const renamed = await authorizeFingerprints(session, authorizer, async (authorization) => {
    await setFriendlyName(session, authorization, templateId, name);
    return listedFingerprint(session, authorization, templateId);
  });
  if (renamed && (renamed.name ?? '') === name) return renamed;
  throw new FidoError('refused', 'the key said that the fingerprint is renamed, but it does not show the new name', {
    hint: 'Look what it shows: seckey fingerprints list',
  });
}

/** setFriendlyName alone. @throws {FidoError} `not-found`, `too-large` */
export async function setFriendlyName(
  session: Session,
  authorization: Authorization,
  templateId: Uint8Array,
  templateFriendlyName: string,
): Promise<void> {
  try {
    await manageFingerprints(session, authorization, SUB.setFriendlyName, { templateId, templateFriendlyName });
  } catch (error) {
    if (hasStatus(error, S.CTAP1_ERR_INVALID_LENGTH)) {
      throw new CtapStatusError('too-large', 'this name is too long for the key', error, {
        hint: 'Choose a shorter one. Letters beyond a to z take two bytes or more.',
        cause: error,
      });
    }
    throw error;
  }
}

/**
 * Deletes a fingerprint for good. Two exchanges besides the token: removeEnrollment, and enumerateEnrollments to see it.
 * Permission be.
 * @returns those that the key lists now
 * @throws {FidoError} `not-found`, `refused` if the key says done and still lists it; as acquireToken
 */
export async function deleteFingerprint(
  session: Session,
  templateId: Uint8Array,
  authorizer: Authorizer,
): Promise<Fingerprint[]> {
  try {
    const left = await authorizeFingerprints(session, authorizer, async (authorization) => {
      await manageFingerprints(session, authorization, SUB.removeEnrollment, { templateId });
      return enumerateFingerprints(session, authorization);
    });
    if (!left.some((fingerprint) => equalBytes(fingerprint.templateId, templateId))) return left;
  } finally {
    // uv and bioEnroll turn off with the last one.
    session.forgetInfo();
  }
  throw new FidoError('refused', 'the key said that the fingerprint is deleted, but it still lists it', {
    hint: 'Remove the key, insert it again, and look with seckey fingerprints list.',
  });
}

/** The fingerprint as the key lists it; undefined if it does not. */
export async function listedFingerprint(
  session: Session,
  authorization: Authorization,
  templateId: Uint8Array,
): Promise<Fingerprint | undefined> {
  const fingerprints = await enumerateFingerprints(session, authorization);
  return fingerprints.find((fingerprint) => equalBytes(fingerprint.templateId, templateId));
}

export interface ManageOptions extends CallOptions {
  /** false for what must not be done twice, or not after the interruption that getting another token is. */
  replay?: boolean;
}

/** One subcommand with a token. @throws {CtapStatusError} `not-found` for a template the key does not know */
export async function manageFingerprints(
  session: Session,
  authorization: Authorization,
  subCommand: number,
  params?: BioEnrollmentParams,
  { replay = true, ...options }: ManageOptions = {},
): Promise<BioEnrollmentResponse> {
  const subCommandParams = params && bioEnrollmentParams.encode(params);
  const request = { modality: MODALITY.fingerprint, subCommand, ...(subCommandParams ? { subCommandParams } : {}) };
  const message = bioEnrollmentAuthMessage(request);
  try {
    return await authorization.run(
      (authenticate) => sendBioEnrollment(session, { ...request, ...authenticate(message) }, options),
      { replay },
    );
  } catch (error) {
    if (!hasStatus(error, S.CTAP2_ERR_INVALID_OPTION)) throw error;
    throw new CtapStatusError('not-found', 'the key has no such fingerprint', error, {
      hint: 'See what is enrolled: seckey fingerprints list',
      cause: error,
    });
  }
}

/** By the command that the key knows: authenticatorBioEnrollment (0x09), or its preview (0x40). @throws {FidoError} `unsupported` */
export async function sendBioEnrollment(
  session: Session,
  request: BioEnrollmentRequest,
  options?: CallOptions,
): Promise<BioEnrollmentResponse> {
  const info = await session.info();
  requireFingerprints(info);
  const command = info.options?.bioEnroll === undefined ? bioEnrollmentPreview : bioEnrollment;
  return session.call(command, request, options);
}
