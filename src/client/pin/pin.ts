/** The state of the PIN, and verifying it (CTAP 2.3 §6.5). */

import { CLIENT_PIN_SUBCOMMAND, clientPIN, PERMISSION } from '../../ctap2/commands/client-pin.ts';
import type { AuthenticatorInfo } from '../../ctap2/commands/get-info.ts';
import { wipe } from '../../encoding/bytes.ts';
import type { Session } from '../session.ts';
import { exchangeWithPin } from './failure.ts';
import { requireUsablePin } from './requirements.ts';
import { pinRules } from './text.ts';
import { type CurrentPin, type PinInteraction, pinTries, readUvRetries, requestCurrentPin } from './tries.ts';

/** What the key says of its PIN. */
export interface PinStatus {
  /** Whether the key can have a PIN at all. */
  supported: boolean;
  set: boolean;
  /** Tries left; only when set. */
  retries?: number;
  /** Whether the key says that it takes no PIN until it is removed and inserted again; only when set, and where it tells. */
  powerCycleNeeded?: boolean;
  /** Code points. */
  minLength?: number;
  maxLength?: number;
  forceChange?: boolean;
  /** Tries left for the fingerprint; only where the key has built-in user verification set up. */
  uvRetries?: number;
}

/**
 * Reads everything about the PIN without spending a try. getInfo and up to two exchanges.
 * @throws {CtapStatusError} what the key refuses to tell; {FidoError} `malformed-response`, or the transport’s
 */
export async function pinStatus(session: Session): Promise<PinStatus> {
  const info = await session.info();
  const { options = {} } = info;
  const uv = options.uv === true ? await readUvRetries(session) : {};
  if (options.clientPin === undefined) return { supported: false, set: false, ...uv };
  const rules = pinRules(info);
  const status = {
    supported: true,
    set: options.clientPin,
    minLength: rules.minLength,
    maxLength: rules.maxLength,
    forceChange: info.forcePINChange ?? false,
    ...uv,
  };
  return status.set ? { ...status, ...(await pinTries(session)) } : status;
}

/**
 * Checks the PIN by asking for a token that is thrown away. Four exchanges.
 * @throws {FidoError} `unsupported`, `pin-not-set`, `pin-change-required`, `declined` (last try)
 * @throws {PinError} `pin-invalid`, `pin-auth-blocked`, `pin-blocked`
 */
export async function verifyPin(session: Session, interaction: PinInteraction): Promise<void> {
  const info = await session.info();
  requireUsablePin(info);
  const current = await requestCurrentPin(session, interaction);
  try {
    await discardToken(session, info, current);
  } finally {
    wipe(current.pin);
  }
}

async function discardToken(session: Session, info: AuthenticatorInfo, current: CurrentPin): Promise<void> {
  await exchangeWithPin(session, current, async ({ protocol, platformKey }, pinHashEnc) => {
    const { pinUvAuthToken } = await session.call(clientPIN, {
      pinUvAuthProtocol: protocol.number,
      ...verificationToken(info),
      keyAgreement: platformKey,
      pinHashEnc,
    });
    wipe(pinUvAuthToken);
  });
}

/** The token request that grants the least: getting it proves the PIN, and it is thrown away. */
function verificationToken(info: AuthenticatorInfo): { subCommand: number; permissions?: number; rpId?: string } {
  const { options = {} } = info;
  if (!options.pinUvAuthToken) return { subCommand: CLIENT_PIN_SUBCOMMAND.getPinToken };
  const subCommand = CLIENT_PIN_SUBCOMMAND.getPinUvAuthTokenUsingPinWithPermissions;
  if (!options.noMcGaPermissionsWithClientPin) {
    // ".invalid" can never be a real relying party (RFC 6761).
    return { subCommand, permissions: PERMISSION.ga, rpId: 'seckey.invalid' };
  }
  return { subCommand, permissions: options.authnrCfg && !options.credMgmt ? PERMISSION.acfg : PERMISSION.cm };
}
