import { AUTHENTICATOR_DATA_FLAG, buildAuthenticatorData } from '../../ctap2/authenticator-data.ts';
import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import type {
  MakeCredentialRequest,
  MakeCredentialResponse,
  makeCredential,
} from '../../ctap2/commands/make-credential.ts';
import { PUBLIC_KEY } from '../../ctap2/entities.ts';
import { CRED_PROTECT } from '../../ctap2/extensions/cred-protect.ts';
import { rpIDHash as hashOf } from '../../ctap2/rp-id.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { fromHex, wipe } from '../../encoding/bytes.ts';
import { publicKeyToCose } from '../../encoding/cose.ts';
import { attestationFormat, attestationStatement, getsEnterpriseAttestation } from '../attestation/statement.ts';
import {
  builtInUvUnderAlwaysUv,
  checkPinUvAuthParam,
  type Evidence,
  evidenceOfBuiltInUv,
  evidenceOfToken,
  NO_EVIDENCE,
  refuseExcluded,
  refuseUnverified,
  requireEvidenceOfPresence,
  wantsBuiltInUv,
} from '../ceremony.ts';
import { type CommandContext, type Handler, refuse } from '../command-handler.ts';
import { listedCredentials, nextSignCount, wipeOpened } from '../credential-lookup.ts';
import { currentOptions } from '../current-options.ts';
import { signatureAlgorithm } from '../elliptic-curve.ts';
import type { CredentialDraft, Registration } from '../extensions/extension-handler.ts';
import { draftCredential, registrationOutputs } from '../extensions/index.ts';
import { type CredentialSource, sealKeyHandle } from '../key-handle.ts';
import { isBefore21 } from '../models/model.ts';
import {
  addCredential,
  type DiscoverableCredential,
  hasRoomFor,
  storedRpId,
  storedRpName,
  storedUser,
} from '../state/credentials.ts';
import { renewCredStoreState } from '../state/identity.ts';
import { isProtected } from '../user-verification.ts';

const CLIENT_DATA_HASH_LENGTH = 32;
const MAX_USER_ID_LENGTH = 64;
const CREDENTIAL_ID_LENGTH = 32;
const ZERO_AAGUID = new Uint8Array(16);

/**
 * authenticatorMakeCredential, CTAP 2.3 §6.1.2. The checks come in the specification's order, which clients rely on.
 */
export const handleMakeCredential: Handler<typeof makeCredential> = async (request, context) => {
  await checkPinUvAuthParam(request, context);
  checkLengths(request);
  // CTAP 2.0 §5.1 step 1. Credentials that credProtect hides are looked for again once the user is verified.
  if (isBefore21(context.model)) await checkExcludeList(request, NO_EVIDENCE, context);
  const alg = chooseAlgorithm(request, context);
  const wantsUv = wantsBuiltInUv(request, context);
  const discoverable = readOptions(request, context);
  const uv = builtInUvUnderAlwaysUv(request, wantsUv, context);
  requireVerificationIfProtected(request, { uv, discoverable }, context);
  const enterprise = getsEnterpriseAttestation(request, context);
  const evidence = await verifyUser(request, uv, context);
  await checkExcludeList(request, evidence, context);
  await requireEvidenceOfPresence(evidence, context);
  return register({ request, context, discoverable, userVerified: evidence.userVerified }, alg, enterprise);
};

function checkLengths({ clientDataHash, user }: MakeCredentialRequest): void {
  if (clientDataHash.length !== CLIENT_DATA_HASH_LENGTH) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_LENGTH);
  if (user.id.length > MAX_USER_ID_LENGTH) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_LENGTH);
}

/** Step 3: the first that the model has. @throws {StatusError} CTAP2_ERR_UNSUPPORTED_ALGORITHM (0x26) */
function chooseAlgorithm({ pubKeyCredParams }: MakeCredentialRequest, { model }: CommandContext): number {
  const chosen = pubKeyCredParams.find(({ type, alg }) => type === PUBLIC_KEY && model.info.algorithms.includes(alg));
  return chosen?.alg ?? refuse(CTAP_STATUS.CTAP2_ERR_UNSUPPORTED_ALGORITHM);
}

/**
 * Step 4 without uv: option rk. In CTAP 2.0 this command has no option up (CTAP 2.0 §5.1 step 3).
 * @throws {StatusError} CTAP2_ERR_UNSUPPORTED_OPTION (0x2B) if the key stores no discoverable credentials,
 *   CTAP2_ERR_INVALID_OPTION (0x2C) for `up: false`
 */
function readOptions({ options }: MakeCredentialRequest, context: CommandContext): boolean {
  const rk = options?.rk ?? false;
  if (rk && !currentOptions(context).rk) refuse(CTAP_STATUS.CTAP2_ERR_UNSUPPORTED_OPTION);
  if (options?.up === false || (options?.up && isBefore21(context.model))) refuse(CTAP_STATUS.CTAP2_ERR_INVALID_OPTION);
  return rk;
}

/** Step 6. @throws {StatusError} as {@link refuseUnverified} */
function requireVerificationIfProtected(
  { pinUvAuthParam }: MakeCredentialRequest,
  { uv, discoverable }: { uv: boolean; discoverable: boolean },
  context: CommandContext,
): void {
  if (uv || pinUvAuthParam || !isProtected(context)) return;
  if (discoverable || !currentOptions(context).makeCredUvNotRqd) refuseUnverified(context);
}

async function verifyUser(request: MakeCredentialRequest, uv: boolean, context: CommandContext): Promise<Evidence> {
  if (request.pinUvAuthParam) return evidenceOfToken(request, PERMISSION.mc, request.rp.id, context);
  if (!uv) return NO_EVIDENCE;
  return evidenceOfBuiltInUv(context, (outcome) =>
    outcome === 'blocked' ? CTAP_STATUS.CTAP2_ERR_PIN_BLOCKED : CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED,
  );
}

/**
 * Step 9. Credentials with credProtect userVerificationRequired are found only once the user is verified.
 * @throws {StatusError} CTAP2_ERR_CREDENTIAL_EXCLUDED (0x19)
 */
async function checkExcludeList(
  { excludeList, rp }: MakeCredentialRequest,
  evidence: Evidence,
  context: CommandContext,
): Promise<void> {
  const listed = listedCredentials(excludeList ?? [], hashOf(rp.id), context);
  wipeOpened(listed);
  if (
    listed.some(({ credProtect }) => credProtect !== CRED_PROTECT.userVerificationRequired || evidence.userVerified)
  ) {
    await refuseExcluded(evidence, context);
  }
}

/** Step 11 and after: extensions, the key pair, storing it, the attestation. */
async function register(
  registration: Registration,
  alg: number,
  mayIdentify: boolean,
): Promise<MakeCredentialResponse> {
  const { request, context, discoverable, userVerified } = registration;
  const { state, model } = context;
  const draft = draftCredential(registration);
  const credential = discoverable ? newDiscoverable(registration, alg, draft) : newSealed(request, alg, draft, context);
  const extensions = await registrationOutputs({ ...draft, ...credential }, registration);
  if (isDiscoverable(credential)) store(credential, context);
  const format = mayIdentify ? 'packed' : attestationFormat(request, alg, context);
  const authData = buildAuthenticatorData({
    rpIdHash: credential.rpIDHash,
    flags: AUTHENTICATOR_DATA_FLAG.UP | (userVerified ? AUTHENTICATOR_DATA_FLAG.UV : 0),
    signCount: nextSignCount(state.credentials, credential),
    attestedCredentialData: {
      // U2F keys have no AAGUID, and whoever verifies a fido-u2f statement expects zeros.
      aaguid: format === 'fido-u2f' ? ZERO_AAGUID : fromHex(model.aaguid.replaceAll('-', '')),
      credentialId: credential.credentialId,
      credentialPublicKey: publicKeyToCose(signatureAlgorithm(alg).publicKey(credential.privateKey)),
    },
    extensions,
  });
  const { clientDataHash } = request;
  const attStmt = attestationStatement(
    { format, credential, authData, clientDataHash, enterprise: mayIdentify },
    context,
  );
  const { largeBlobKey } = draft;
  wipeOpened([credential]);
  return { fmt: format, authData, attStmt, ...(mayIdentify && { epAtt: true }), ...(largeBlobKey && { largeBlobKey }) };
}

function newSealed(
  { rp }: MakeCredentialRequest,
  alg: number,
  { credProtect, thirdPartyPayment }: CredentialDraft,
  { state, environment }: CommandContext,
): CredentialSource {
  const traits = { rpIDHash: hashOf(rp.id), alg, credProtect, thirdPartyPayment };
  return sealKeyHandle(traits, state.credentials.wrappingKey, environment);
}

function newDiscoverable(
  { request, context }: Registration,
  alg: number,
  draft: CredentialDraft,
): DiscoverableCredential {
  const { rp, user } = request;
  const { randomBytes } = context.environment;
  const algorithm = signatureAlgorithm(alg);
  const seed = randomBytes(algorithm.seedLength);
  const privateKey = algorithm.privateKey(seed);
  wipe(seed);
  const { credBlob, largeBlobKey, ...traits } = draft;
  return {
    credentialId: randomBytes(CREDENTIAL_ID_LENGTH),
    rpIDHash: hashOf(rp.id),
    rpId: storedRpId(rp.id, context.model),
    ...storedRpName(rp.name, context.model),
    user: storedUser(user, context.model),
    alg,
    privateKey,
    credRandomWithUV: randomBytes(32),
    credRandomWithoutUV: randomBytes(32),
    ...traits,
    ...(credBlob && { credBlob }),
    ...(largeBlobKey && { largeBlobKey }),
    signCount: 0,
  };
}

function isDiscoverable(credential: CredentialSource | DiscoverableCredential): credential is DiscoverableCredential {
  return 'user' in credential;
}

/** @throws {StatusError} CTAP2_ERR_KEY_STORE_FULL (0x28) */
function store(credential: DiscoverableCredential, { model, state, environment }: CommandContext): void {
  if (!hasRoomFor(state.credentials, model, credential)) {
    wipe(credential.privateKey, credential.credRandomWithUV, credential.credRandomWithoutUV);
    refuse(CTAP_STATUS.CTAP2_ERR_KEY_STORE_FULL);
  }
  addCredential(state.credentials, credential);
  renewCredStoreState(state.identity, environment);
}
