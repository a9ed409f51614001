/** authenticatorConfig for people: settings that stay on the key (CTAP 2.3 §6.11). */

import {
  authenticatorConfig,
  authenticatorConfigAuthMessage,
  AUTHENTICATOR_CONFIG_SUBCOMMAND as SUB,
} from '../../ctap2/commands/authenticator-config.ts';
import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import type { AuthenticatorInfo } from '../../ctap2/commands/get-info.ts';
import { CTAP_STATUS as S } from '../../ctap2/status.ts';
import type { CborMap } from '../../encoding/cbor.ts';
import { CtapStatusError, FidoError } from '../../errors.ts';
import { type Authorizer, authorize } from '../authorization/authorization.ts';
import { hasStatus, type Session } from '../session.ts';

/** As getInfo tells them; what the key does not have is absent. */
export interface AuthenticatorSettings {
  /** The key verifies its user always, also where a site does not ask for it. */
  alwaysUv?: boolean;
  enterpriseAttestation?: boolean;
  longTouchForReset?: boolean;
  /** Code points. */
  minPINLength?: number;
  forcePINChange?: boolean;
  /** How many relying parties may be named that learn minPINLength. */
  maxRPIDsForSetMinPINLength?: number;
}

/** What a change came to; `changed` is false where there was nothing to do. `settings` are read again from the key. */
export interface SettingsChange {
  changed: boolean;
  settings: AuthenticatorSettings;
}

/** For changes that only a reset undoes. */
export interface ChangeOptions {
  /** Called when the key can do it and there is something to do, before a PIN is asked for. Throws to leave it. */
  confirm?: (() => Promise<void>) | undefined;
}

/**
 * The settings as the key shows them. getInfo alone.
 * @throws {FidoError} `malformed-response`, or the transport’s
 */
export async function authenticatorSettings(session: Session): Promise<AuthenticatorSettings> {
  const { options = {}, ...info } = await session.info();
  const settings = {
    alwaysUv: options.alwaysUv,
    enterpriseAttestation: options.ep,
    longTouchForReset: info.longTouchForReset,
    minPINLength: info.minPINLength,
    forcePINChange: info.forcePINChange,
    maxRPIDsForSetMinPINLength: info.maxRPIDsForSetMinPINLength,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/**
 * Turns alwaysUv on or off. The key can only toggle it, so it is toggled only where it is the other way round. One exchange,
 * and one to see it, besides the token (CTAP 2.3 §6.11.2). Permission acfg.
 * @throws {FidoError} `unsupported`, `operation-denied` if the key does not let it be turned off, `refused` if it says done
 *   and shows otherwise; as acquireToken
 */
export async function setAlwaysUv(
  session: Session,
  on: boolean,
  authorizer: Authorizer,
  options: ChangeOptions = {},
): Promise<SettingsChange> {
  const info = await session.info();
  requireConfig(info, SUB.toggleAlwaysUv, 'the option alwaysUv', info.options?.alwaysUv !== undefined);
  if (info.options?.alwaysUv === on) return unchanged(session);
  const change = { subCommand: SUB.toggleAlwaysUv, replay: false, unprotected: !hasUserVerification(info) };
  try {
    return await applyChange(session, change, authorizer, options, ({ alwaysUv }) => alwaysUv === on);
  } catch (error) {
    if (on || !hasStatus(error, S.CTAP2_ERR_OPERATION_DENIED)) throw error;
    throw new CtapStatusError('operation-denied', 'this key does not let alwaysUv be turned off', error, {
      hint: 'Only a reset turns it off, if anything does; a reset erases everything on the key.',
      cause: error,
    });
  }
}

/**
 * Lets chosen relying parties see attestation that names this very key. Only a reset turns it off. One exchange, and one to
 * see it, besides the token (CTAP 2.3 §6.11.1). Permission acfg.
 * @throws {FidoError} `unsupported`, `refused` if the key says done and shows otherwise; as acquireToken
 */
export async function enableEnterpriseAttestation(
  session: Session,
  authorizer: Authorizer,
  options: ChangeOptions = {},
): Promise<SettingsChange> {
  const info = await session.info();
  requireConfig(info, SUB.enableEnterpriseAttestation, 'the option ep', info.options?.ep !== undefined);
  if (info.options?.ep) return unchanged(session);
  const change = { subCommand: SUB.enableEnterpriseAttestation };
  return applyChange(session, change, authorizer, options, (after) => after.enterpriseAttestation === true);
}

/**
 * Makes a reset want a long touch. Only a reset turns it off. One exchange, and one to see it, besides the token (CTAP 2.3
 * §6.11). Permission acfg.
 * @throws {FidoError} `unsupported`, `refused` if the key says done and shows otherwise; as acquireToken
 */
export async function enableLongTouchForReset(
  session: Session,
  authorizer: Authorizer,
  options: ChangeOptions = {},
): Promise<SettingsChange> {
  const info = await session.info();
  requireConfig(
    info,
    SUB.enableLongTouchForReset,
    'the member longTouchForReset',
    info.longTouchForReset !== undefined,
  );
  if (info.longTouchForReset) return unchanged(session);
  const change = { subCommand: SUB.enableLongTouchForReset };
  return applyChange(session, change, authorizer, options, (after) => after.longTouchForReset === true);
}

interface Change {
  subCommand: number;
  subCommandParams?: CborMap | undefined;
  /** false where doing it twice undoes it. */
  replay?: boolean;
  /** In place of what {@link isProtected} says. */
  unprotected?: boolean;
}

/**
 * Sends one change, with a token where the key is protected, and reads the settings again: done is only what the key shows.
 * @throws {FidoError} as acquireToken; `refused` if the key says done and shows otherwise
 */
export async function applyChange(
  session: Session,
  { subCommand, subCommandParams, replay = true, unprotected }: Change,
  authorizer: Authorizer,
  { confirm }: ChangeOptions,
  isDone: (after: AuthenticatorSettings) => boolean,
): Promise<SettingsChange> {
  const info = await session.info();
  await confirm?.();
  const request = { subCommand, ...(subCommandParams ? { subCommandParams } : {}) };
  const message = authenticatorConfigAuthMessage(request);
  try {
    await authorize(
      session,
      { permissions: PERMISSION.acfg },
      authorizer,
      (authorization) =>
        authorization.run(
          (authenticate) => session.call(authenticatorConfig, { ...request, ...authenticate(message) }),
          { replay },
        ),
      { unprotected: unprotected ?? !isProtected(info) },
    );
  } finally {
    session.forgetInfo();
  }
  const settings = await authenticatorSettings(session);
  if (!isDone(settings)) {
    throw new FidoError('refused', 'the key said that the setting is changed, but it still shows the old one', {
      hint: 'Remove the key, insert it again, and look.',
      situation: { id: 'setting-not-shown' },
    });
  }
  return { changed: true, settings };
}

export async function unchanged(session: Session): Promise<SettingsChange> {
  return { changed: false, settings: await authenticatorSettings(session) };
}

/** Whether the key takes authenticatorConfig at all: the option authnrCfg (CTAP 2.3 §6.4). Not every such key has every setting. */
export function supportsConfig({ options = {} }: AuthenticatorInfo): boolean {
  return options.authnrCfg === true;
}

/** Names what is missing: authenticatorConfig as a whole, the option, or the subcommand. */
export function requireConfig(info: AuthenticatorInfo, subCommand: number, name: string, isPresent: boolean): void {
  const lacking = (what: string) =>
    new FidoError('unsupported', `this key does not have this setting: it lacks ${what}`, {
      hint: 'See what it has.',
      situation: { id: 'setting-missing' },
    });
  if (!supportsConfig(info)) throw lacking('the option authnrCfg');
  if (!isPresent) throw lacking(name);
  const { authenticatorConfigCommands } = info;
  if (authenticatorConfigCommands && !authenticatorConfigCommands.includes(subCommand)) {
    throw lacking('this command in its authenticatorConfigCommands');
  }
}

function hasUserVerification({ options = {} }: AuthenticatorInfo): boolean {
  return options.clientPin === true || options.uv === true;
}

/** A key that is not protected takes settings from anybody (CTAP 2.3 §6.11). */
function isProtected(info: AuthenticatorInfo): boolean {
  return hasUserVerification(info) || info.options?.alwaysUv === true;
}
