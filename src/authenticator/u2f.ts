/**
 * CTAP1, which is U2F 1.2 (CTAP 2.3 §10; FIDO U2F Raw Message Formats): the same APDUs in CTAPHID_MSG and on the FIDO
 * applet. Its key handles are IDs of credentials that CTAP2 knows as well, and the other way round.
 */
import { concat, utf8 } from '../encoding/bytes.ts';
import { COSE_ALG } from '../encoding/cose.ts';
import { CLA, type CommandApdu, SW } from '../transport/nfc/apdu.ts';
import { registrationBytes, signWith, uncompressedPoint } from './attestation/statement.ts';
import { batchAttestationKey } from './attestation/test-certificate.ts';
import { type CommandContext, StatusError } from './command-handler.ts';
import { findCredential, nextSignCount, wipeOpened } from './credential-lookup.ts';
import { currentOptions, speaksU2f } from './current-options.ts';
import { signatureAlgorithm } from './elliptic-curve.ts';
import { type CredentialSource, sealKeyHandle } from './key-handle.ts';
import { requireUserPresence } from './user-presence.ts';
import { performBuiltInUv } from './user-verification.ts';

/** Instructions of U2F. */
export const U2F_INS = { register: 0x01, authenticate: 0x02, version: 0x03 } as const;

/** P1 of authenticate. */
const CONTROL = { enforceUserPresence: 0x03, checkOnly: 0x07, dontEnforceUserPresence: 0x08 } as const;

/** How long a command waits for a touch. U2F clients repeat a command that asks for one, so it is short. */
const TOUCH_MS = 800;
const PARAMETER_LENGTH = 32;
const USER_PRESENT = 0x01;
const REGISTRATION_RESERVED = 0x05;
const NO_DATA = new Uint8Array(0);

export interface U2fResponse {
  data: Uint8Array;
  /** Status word. */
  sw: number;
}

/** Carries out one U2F command. Never throws but for bugs. */
export async function handleU2f(apdu: CommandApdu, context: CommandContext): Promise<U2fResponse> {
  if (apdu.cla !== CLA.ISO) return refusal(SW.claNotSupported);
  switch (apdu.ins) {
    case U2F_INS.register:
      return speaksU2f(context) ? register(apdu, context) : refusal(SW.commandNotAllowed);
    case U2F_INS.authenticate:
      return speaksU2f(context) ? authenticate(apdu, context) : refusal(SW.commandNotAllowed);
    case U2F_INS.version:
      return apdu.data.length === 0 ? { data: utf8('U2F_V2'), sw: SW.ok } : refusal(SW.wrongLength);
    default:
      return refusal(SW.insNotSupported);
  }
}

/** `challenge(32) ‖ application(32)` → `05 ‖ point(65) ‖ length ‖ key handle ‖ certificate ‖ signature`. */
async function register({ data }: CommandApdu, context: CommandContext): Promise<U2fResponse> {
  if (data.length !== 2 * PARAMETER_LENGTH) return refusal(SW.wrongLength);
  if (!(await userIsPresent(context))) return refusal(SW.conditionsNotSatisfied);
  const { model, state, environment } = context;
  const [challenge, application] = [data.slice(0, PARAMETER_LENGTH), data.slice(PARAMETER_LENGTH)];
  const traits = { rpIDHash: application, alg: COSE_ALG.ES256, credProtect: 1, thirdPartyPayment: false } as const;
  const credential = sealKeyHandle(traits, state.credentials.wrappingKey, environment);
  const attestationKey = batchAttestationKey(model);
  const answer = concat(
    Uint8Array.of(REGISTRATION_RESERVED),
    uncompressedPoint(credential),
    Uint8Array.of(credential.credentialId.length),
    credential.credentialId,
    attestationKey.certificate,
    signWith(attestationKey, registrationBytes(credential, challenge)),
  );
  wipeOpened([credential]);
  return { data: answer, sw: SW.ok };
}

/** `challenge(32) ‖ application(32) ‖ length ‖ key handle` → `presence ‖ counter(4) ‖ signature`. */
async function authenticate({ p1, data }: CommandApdu, context: CommandContext): Promise<U2fResponse> {
  const handleAt = 2 * PARAMETER_LENGTH + 1;
  if (data.length < handleAt || data.length !== handleAt + (data[handleAt - 1] ?? 0)) return refusal(SW.wrongLength);
  const [challenge, application] = [data.slice(0, PARAMETER_LENGTH), data.slice(PARAMETER_LENGTH, handleAt - 1)];
  const credential = usableCredential(application, data.slice(handleAt), context);
  if (!credential) return refusal(SW.wrongData);
  switch (p1) {
    case CONTROL.checkOnly:
      return refusal(SW.conditionsNotSatisfied);
    case CONTROL.dontEnforceUserPresence:
      return { data: assertion(credential, challenge, 0, context), sw: SW.ok };
    case CONTROL.enforceUserPresence:
      if (!(await userIsPresent(context))) return refusal(SW.conditionsNotSatisfied);
      return { data: assertion(credential, challenge, USER_PRESENT, context), sw: SW.ok };
    default:
      return refusal(SW.wrongP1P2);
  }
}

/**
 * The credential, if credProtect allows its use: up to level 2 because U2F names it, level 3 if alwaysUv verifies the
 * user.
 */
function usableCredential(
  application: Uint8Array,
  keyHandle: Uint8Array,
  context: CommandContext,
): CredentialSource | undefined {
  const credential = findCredential(context.state.credentials, keyHandle, application);
  const highest = context.state.config.alwaysUv ? 3 : 2;
  const usable = credential?.alg === COSE_ALG.ES256 && credential.credProtect <= highest;
  return usable ? credential : undefined;
}

function assertion(
  credential: CredentialSource,
  challenge: Uint8Array,
  presence: number,
  { state }: CommandContext,
): Uint8Array {
  const head = new Uint8Array(5);
  const view = new DataView(head.buffer);
  view.setUint8(0, presence);
  view.setUint32(1, nextSignCount(state.credentials, credential));
  const message = concat(credential.rpIDHash, head, challenge);
  const signature = signatureAlgorithm(COSE_ALG.ES256).sign(credential.privateKey, message);
  wipeOpened([credential]);
  return concat(head, signature);
}

/** Whether the key is touched now, with alwaysUv on by an enrolled finger. */
async function userIsPresent(context: CommandContext): Promise<boolean> {
  if (currentOptions(context).alwaysUv) {
    const model = { ...context.model, touchTimeoutMs: TOUCH_MS };
    return (await performBuiltInUv({ ...context, model })) === 'verified';
  }
  try {
    await requireUserPresence(context, { usesUp: true, timeoutMs: TOUCH_MS });
    return true;
  } catch (error) {
    if (error instanceof StatusError) return false;
    throw error;
  }
}

function refusal(sw: number): U2fResponse {
  return { data: NO_DATA, sw };
}
