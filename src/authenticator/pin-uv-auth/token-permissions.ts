/** Which pinUvAuthToken a client may have, and handing it out (CTAP 2.3 §6.5.5.7). */
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
  /** Somebody touched the sensor for it. */
  userPresent?: boolean;
  /** See {@link TokenGrant}. */
  unlimited?: boolean;
}

/** A token from getPinToken, or the preview's getUvToken: before permissions existed, it could do everything. */
export function grantWithoutPermissions({ options }: Model): Grant {
  if (!options.pinUvAuthToken) return { permissions: mc | ga | cm | be, unlimited: true };
  return { permissions: options.noMcGaPermissionsWithClientPin ? 0 : mc | ga };
}

/** @throws {StatusError} 02 no permission asked for, 40 one that this key never grants, 14 mc or ga without RP. */
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

/** @throws {StatusError} as {@link permittedByPin}, and 30 if no finger is enrolled. */
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
  const permissions = asked & ALL; // undefined bits are ignored
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
    // Not new, and voids no other token; but clients that count on a sequence outliving it fail on other keys.
    volatile.sequence.end();
    return protocol.encrypt(sharedSecret, state.identity.persistentPinUvAuthToken);
  }
  const token = environment.randomBytes(32);
  volatile.issueToken({ ...grant, protocol, token, transport, now: environment.now() });
  return protocol.encrypt(sharedSecret, token);
}

/**
 * A token for a finger instead of the PIN.
 * @throws {StatusError} 30 no finger enrolled, 3C blocked, 3F no match, 2F nobody came, 27 refused, 2D cancelled
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
