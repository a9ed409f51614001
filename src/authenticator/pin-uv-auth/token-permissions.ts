/** Which pinUvAuthToken a client may have, and issuing it (CTAP 2.3 §6.5.5.7). */
import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import type { PinUvAuthProtocol } from '../../ctap2/pin-uv-auth-protocol.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { type CommandContext, refuse } from '../command-handler.ts';
import { currentOptions } from '../current-options.ts';
import type { Model } from '../models/model.ts';
import { builtInUvStatus, performBuiltInUv } from '../user-verification.ts';

const { mc, ga, cm, be, lbw, acfg, pcmr } = PERMISSION;
const ALL = mc | ga | cm | be | lbw | acfg | pcmr;

export interface Grant {
  permissions: number;
  rpId?: string | undefined;
  /** The user touched the sensor for it. */
  userPresent?: boolean;
  /** See {@link TokenGrant}. */
  unlimited?: boolean;
}

/**
 * What a token of getPinToken, or of the preview's getUvToken, may do. Before there were permissions it could do
 * everything.
 */
export function grantWithoutPermissions({ options }: Model): Grant {
  if (!options.pinUvAuthToken) return { permissions: mc | ga | cm | be, unlimited: true };
  return { permissions: options.noMcGaPermissionsWithClientPin ? 0 : mc | ga };
}

/**
 * @throws {StatusError} CTAP1_ERR_INVALID_PARAMETER (0x02) if no permission is asked for,
 *   CTAP2_ERR_UNAUTHORIZED_PERMISSION (0x40) for one that this key never grants, CTAP2_ERR_MISSING_PARAMETER (0x14) for
 *   mc or ga without relying party
 */
export function permittedByPin(asked: number, rpId: string | undefined, context: CommandContext): Grant {
  const options = currentOptions(context);
  return permitted(asked, rpId, {
    mc: !options.noMcGaPermissionsWithClientPin,
    cm: options.credMgmt,
    be: options.bioEnroll !== undefined,
    lbw: options.largeBlobs,
    acfg: options.authnrCfg,
    pcmr: options.perCredMgmtRO,
  });
}

/** @throws {StatusError} as {@link permittedByPin} */
export function permittedByUv(asked: number, rpId: string | undefined, context: CommandContext): Grant {
  const options = currentOptions(context);
  return permitted(asked, rpId, {
    mc: true,
    cm: options.credMgmt,
    be: options.uvBioEnroll,
    lbw: options.largeBlobs,
    acfg: options.uvAcfg,
    pcmr: options.perCredMgmtRO,
  });
}

type Available = Record<'mc' | 'cm' | 'be' | 'lbw' | 'acfg' | 'pcmr', boolean | undefined>;

function permitted(asked: number, rpId: string | undefined, available: Available): Grant {
  const permissions = asked & ALL; // Bits without meaning are ignored.
  if (permissions === 0) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
  const grantable =
    (available.mc ? mc | ga : 0) |
    (available.cm ? cm : 0) |
    (available.be ? be : 0) |
    (available.lbw ? lbw : 0) |
    (available.acfg ? acfg : 0) |
    (available.pcmr && permissions === pcmr ? pcmr : 0);
  if (permissions & ~grantable) refuse(CTAP_STATUS.CTAP2_ERR_UNAUTHORIZED_PERMISSION);
  const needsRp = (permissions & (mc | ga)) !== 0;
  if (needsRp && rpId === undefined) refuse(CTAP_STATUS.CTAP2_ERR_MISSING_PARAMETER);
  return needsRp || permissions & cm ? { permissions, rpId } : { permissions };
}

/** A fresh token, or the persistent one for pcmr, encrypted with the shared secret. */
export function issueTokenForPin(
  protocol: PinUvAuthProtocol,
  sharedSecret: Uint8Array,
  grant: Grant,
  { state, volatile, environment, transport }: CommandContext,
): Uint8Array {
  if (grant.permissions === pcmr) {
    // This one is not new and leaves other tokens valid. The sequence ends all the same, as on keys that issue a new
    // one.
    volatile.sequence.end();
    return protocol.encrypt(sharedSecret, state.identity.persistentPinUvAuthToken);
  }
  const token = environment.randomBytes(32);
  volatile.issueToken({ ...grant, protocol, token, transport, now: environment.now() });
  return protocol.encrypt(sharedSecret, token);
}

/**
 * A token for a finger instead of the PIN.
 * @throws {StatusError} as {@link builtInUvStatus} says
 */
export async function issueTokenForUv(
  protocol: PinUvAuthProtocol,
  sharedSecret: Uint8Array,
  grant: Grant,
  context: CommandContext,
): Promise<Uint8Array> {
  const outcome = await performBuiltInUv(context);
  if (outcome !== 'verified') refuse(builtInUvStatus(outcome, context));
  return issueTokenForPin(protocol, sharedSecret, { ...grant, userPresent: true }, context);
}
