import { AUTHENTICATOR_DATA_FLAG, buildAuthenticatorData } from '../../ctap2/authenticator-data.ts';
import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import type { GetAssertionRequest, GetAssertionResponse, getAssertion } from '../../ctap2/commands/get-assertion.ts';
import type { getNextAssertion } from '../../ctap2/commands/get-next-assertion.ts';
import { COMMANDS } from '../../ctap2/commands/index.ts';
import { PUBLIC_KEY } from '../../ctap2/entities.ts';
import { CRED_PROTECT } from '../../ctap2/extensions/cred-protect.ts';
import { largeBlobKey } from '../../ctap2/extensions/large-blob-key.ts';
import { rpIDHash as hashOf } from '../../ctap2/rp-id.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { concat } from '../../encoding/bytes.ts';
import {
  builtInUvUnderAlwaysUv,
  checkPinUvAuthParam,
  type Evidence,
  evidenceOfBuiltInUv,
  evidenceOfToken,
  NO_EVIDENCE,
  requireEvidenceOfPresence,
  uvFailedWithPinAsWayOut,
  wantsBuiltInUv,
} from '../ceremony.ts';
import { type CommandContext, type Handler, refuse } from '../command-handler.ts';
import { asDiscoverable, listedCredentials, nextSignCount, wipeOpened } from '../credential-lookup.ts';
import { signatureAlgorithm } from '../elliptic-curve.ts';
import { assertionOutputs } from '../extensions/index.ts';
import type { CredentialSource } from '../key-handle.ts';
import { isBefore21 } from '../models/model.ts';
import { credentialById, credentialsOfRp, type StoredUser } from '../state/credentials.ts';
import { SequenceKind } from '../stateful-sequence.ts';

const CLIENT_DATA_HASH_LENGTH = 32;
/** Longest time from one assertion to the next (CTAP 2.3 §6.3). */
const NEXT_ASSERTION_MS = 30_000;

/** What the assertions that one getAssertion gives have in common. */
interface Ceremony {
  request: Pick<GetAssertionRequest, 'clientDataHash' | 'extensions'>;
  userPresent: boolean;
  userVerified: boolean;
  /** Several credentials answer, and the user has to choose between them by name. */
  severalAccounts: boolean;
}

/** Assertions that getNextAssertion may still fetch. */
interface PendingAssertions {
  ceremony: Ceremony;
  /** Newest first. IDs rather than credentials, because these may be deleted in the meantime. */
  credentialIds: Uint8Array[];
  /** Milliseconds since the epoch. */
  lastAt: number;
}

const PENDING_ASSERTIONS = new SequenceKind<PendingAssertions>(COMMANDS.getNextAssertion.code);

/** authenticatorGetAssertion, CTAP 2.3 §6.2.2 or CTAP 2.0 §5.2. The checks come in the specification's order. */
export const handleGetAssertion: Handler<typeof getAssertion> = async (request, context) => {
  const { clientDataHash, extensions } = request;
  const before21 = isBefore21(context.model);
  await checkPinUvAuthParam(request, context);
  if (clientDataHash.length !== CLIENT_DATA_HASH_LENGTH) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_LENGTH);
  const userPresent = request.options?.up ?? true;
  const evidence = await (before21 ? verifyUserAs20(request, context) : verifyUser(request, userPresent, context));
  const candidates = applicableCredentials(request, evidence, context);
  const [newest, ...others] = candidates;
  // A key of CTAP 2.0 asks for a touch before it says that it has no credential (CTAP 2.0 §5.2 step 7).
  if (!newest && userPresent && before21) await requireEvidenceOfPresence(evidence, context);
  if (!newest) return refuse(CTAP_STATUS.CTAP2_ERR_NO_CREDENTIALS);
  if (userPresent) await requireEvidenceOfPresence(evidence, context);

  // With an allowList the client knows the credentials already, so one of them answers and there is nothing to choose.
  const severalAccounts = !request.allowList?.length && others.length > 0;
  const { userVerified } = evidence;
  const ceremony = { request: { clientDataHash, extensions }, userPresent, userVerified, severalAccounts };
  const assertion = await assertWith(newest, ceremony, context);
  wipeOpened(candidates);
  if (!severalAccounts) return assertion;
  context.volatile.sequence.begin(PENDING_ASSERTIONS, {
    ceremony,
    credentialIds: others.map(({ credentialId }) => credentialId),
    lastAt: context.environment.now(),
  });
  return { ...assertion, numberOfCredentials: candidates.length };
};

/**
 * authenticatorGetNextAssertion, CTAP 2.3 §6.3.
 * @throws {StatusError} CTAP2_ERR_NOT_ALLOWED (0x30) if there is no next one, or it is asked for too late
 */
export const handleGetNextAssertion: Handler<typeof getNextAssertion> = async (_request, context) => {
  const { volatile, environment, state } = context;
  const pending = volatile.sequence.stateOf(PENDING_ASSERTIONS);
  const now = environment.now();
  const age = pending ? now - pending.lastAt : Number.POSITIVE_INFINITY;
  const credentialId = age >= 0 && age <= NEXT_ASSERTION_MS ? pending?.credentialIds.shift() : undefined;
  const credential = credentialId && credentialById(state.credentials, credentialId);
  if (!pending || !credential) {
    volatile.sequence.end();
    return refuse(CTAP_STATUS.CTAP2_ERR_NOT_ALLOWED);
  }
  pending.lastAt = now;
  return assertWith(credential, pending.ceremony, context);
};

/** Steps 4 to 6: the options, then the token or built-in verification. */
async function verifyUser(
  request: GetAssertionRequest,
  userPresent: boolean,
  context: CommandContext,
): Promise<Evidence> {
  const wantsUv = wantsBuiltInUv(request, context);
  if (request.options?.rk !== undefined) refuse(CTAP_STATUS.CTAP2_ERR_UNSUPPORTED_OPTION);
  const uv = userPresent ? builtInUvUnderAlwaysUv(request, wantsUv, context) : wantsUv;
  if (request.pinUvAuthParam) return evidenceOfToken(request, PERMISSION.ga, request.rpId, context);
  return uv ? builtInUv(context) : NO_EVIDENCE;
}

/**
 * CTAP 2.0 §5.2 steps 2 to 5: the token comes before the options, and rk is answered as an option that is not valid
 * here.
 */
async function verifyUserAs20(request: GetAssertionRequest, context: CommandContext): Promise<Evidence> {
  const { pinUvAuthParam, rpId, options } = request;
  const evidence = pinUvAuthParam ? evidenceOfToken(request, PERMISSION.ga, rpId, context) : NO_EVIDENCE;
  const uv = wantsBuiltInUv(request, context);
  if (options?.rk !== undefined) refuse(CTAP_STATUS.CTAP2_ERR_INVALID_OPTION);
  return uv ? builtInUv(context) : evidence;
}

function builtInUv(context: CommandContext): Promise<Evidence> {
  return evidenceOfBuiltInUv(context, (outcome) => uvFailedWithPinAsWayOut(outcome, context));
}

/** The credentials of the allowList, else the discoverable ones, newest first; without those that credProtect hides. */
function applicableCredentials(
  { rpId, allowList }: GetAssertionRequest,
  { userVerified }: Evidence,
  context: CommandContext,
): CredentialSource[] {
  const rpIDHash = hashOf(rpId);
  const named = allowList !== undefined && allowList.length > 0;
  const candidates: CredentialSource[] = named
    ? listedCredentials(allowList, rpIDHash, context)
    : credentialsOfRp(context.state.credentials, rpIDHash);
  const { userVerificationOptional, userVerificationOptionalWithCredentialIDList } = CRED_PROTECT;
  const highestVisible = named ? userVerificationOptionalWithCredentialIDList : userVerificationOptional;
  return candidates.filter(({ credProtect }) => userVerified || credProtect <= highestVisible);
}

async function assertWith(
  credential: CredentialSource,
  ceremony: Ceremony,
  context: CommandContext,
): Promise<GetAssertionResponse> {
  const { request, userPresent, userVerified } = ceremony;
  const { UP, UV } = AUTHENTICATOR_DATA_FLAG;
  const extensions = await assertionOutputs(request.extensions, credential, { context, userPresent, userVerified });
  const authData = buildAuthenticatorData({
    rpIdHash: credential.rpIDHash,
    flags: (userPresent ? UP : 0) | (userVerified ? UV : 0),
    signCount: nextSignCount(context.state.credentials, credential),
    extensions,
  });
  const message = concat(authData, request.clientDataHash);
  const signature = signatureAlgorithm(credential.alg).sign(credential.privateKey, message);
  const stored = asDiscoverable(credential);
  return {
    credential: { id: credential.credentialId, type: PUBLIC_KEY },
    authData,
    signature,
    // An empty user ID is left out: WebAuthn's user handle is null or not empty (WebAuthn §5.4.3).
    ...(stored && stored.user.id.length > 0 && { user: shownUser(stored.user, ceremony) }),
    ...(stored?.largeBlobKey && wantsLargeBlobKey(request, context) && { largeBlobKey: stored.largeBlobKey }),
  };
}

/** Names are shown only where the user has to choose an account, and only once verified (§6.2.2, user). */
function shownUser(user: StoredUser, { userVerified, severalAccounts }: Ceremony): StoredUser {
  return userVerified && severalAccounts ? user : { id: user.id };
}

function wantsLargeBlobKey({ extensions }: Ceremony['request'], { model }: CommandContext): boolean {
  return model.info.extensions.includes(largeBlobKey.identifier) && extensions?.get(largeBlobKey.identifier) === true;
}
