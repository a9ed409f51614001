/** pinUvAuthTokens: what a command that needs the user's consent is authenticated with (CTAP 2.3 §6.5.5.7). */

import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import type { AuthenticatorInfo } from '../../ctap2/commands/get-info.ts';
import { decryptInfoMember, type EncryptedInfoMember } from '../../ctap2/encrypted-info-members.ts';
import type { PinUvAuthProtocol } from '../../ctap2/pin-uv-auth-protocol.ts';
import { wipe } from '../../encoding/bytes.ts';

import { requireUsablePin } from '../pin/requirements.ts';
import type { Session } from '../session.ts';
import {
  canUseUv,
  type GrantedToken,
  type TokenInteraction,
  type TokenRequest,
  tokenByPin,
  tokenByUv,
} from './token-exchange.ts';

export type { TokenInteraction, TokenRequest } from './token-exchange.ts';

/** A token and what it is good for. Its bytes never leave it. Call `release` when done. */
export class Token {
  readonly protocol: PinUvAuthProtocol;
  readonly permissions: number;
  readonly rpId: string | undefined;
  /** How the user was verified to get it. */
  readonly userVerifiedBy: 'pin' | 'uv';
  readonly #bytes: Uint8Array;
  #wiped = false;

  /** Takes over `granted.bytes`. */
  constructor(granted: GrantedToken, { permissions, rpId }: TokenRequest) {
    this.protocol = granted.protocol;
    this.permissions = permissions;
    this.rpId = rpId;
    this.userVerifiedBy = granted.userVerifiedBy;
    this.#bytes = granted.bytes;
  }

  /** Good for reading credentials only, for as long as the PIN stays the same; the session keeps it until it closes. */
  get persistent(): boolean {
    return this.permissions === PERMISSION.pcmr;
  }

  /** pinUvAuthParam of `message`. @throws {Error} after `wipe` */
  authenticate(message: Uint8Array): Uint8Array {
    if (this.#wiped) throw new Error('a token was used after it had been wiped');
    return this.protocol.authenticate(this.#bytes, message);
  }

  /**
   * What encIdentifier or encCredStoreState hides from everybody without this token (CTAP 2.3 §6.4).
   * @throws {Error} after `wipe`; {RangeError} if `value` has not the right length
   */
  decryptInfoMember(member: EncryptedInfoMember, value: Uint8Array): Uint8Array {
    if (this.#wiped) throw new Error('a token was used after it had been wiped');
    return decryptInfoMember(member, this.#bytes, value);
  }

  /** Wipes the token, unless the session keeps it. */
  release(): void {
    if (!this.persistent) this.wipe();
  }

  wipe(): void {
    wipe(this.#bytes);
    this.#wiped = true;
  }
}

/** In memory only: on a disk it would be worth as much as a PIN. */
const persistentTokens = new WeakMap<Session, Token>();

/**
 * A token with the permissions asked for: the session's persistent one, else by built-in user verification where the key
 * has that set up, else by PIN. Three exchanges besides getInfo, none for a persistent token that is there already. No
 * PIN try is spent on a key that would refuse even the right one. A new token ends all others but persistent ones, and
 * whatever enumeration is going on.
 * @throws {FidoError} `unsupported`, `pin-not-set`, `pin-change-required`, `declined` (last try), `touch-timeout`,
 *   `operation-denied`
 * @throws {PinError} `pin-invalid`, `pin-auth-blocked`, `pin-blocked`; `uv-invalid`, `uv-blocked` where there is no PIN
 */
export async function acquireToken(
  session: Session,
  request: TokenRequest,
  interaction: TokenInteraction,
): Promise<Token> {
  const isPersistent = request.permissions === PERMISSION.pcmr;
  const kept = isPersistent ? persistentTokens.get(session) : undefined;
  if (kept) return kept;
  const token = new Token(await grantedToken(session, request, interaction), request);
  if (isPersistent) {
    if (!persistentTokens.has(session)) session.onClose(() => forgetPersistentToken(session));
    persistentTokens.set(session, token);
  }
  return token;
}

async function grantedToken(
  session: Session,
  request: TokenRequest,
  interaction: TokenInteraction,
): Promise<GrantedToken> {
  const info = await session.info();
  if (canUseUv(info, request.permissions) && !(interaction.prefersPin && hasPin(info))) {
    const token = await tokenByUv(session, request, interaction, hasPin(info));
    if (token) return token;
  }
  requireUsablePin(info);
  return tokenByPin(session, request, interaction);
}

/** A PIN that must be changed first counts: that is said when it is the PIN's turn. */
function hasPin({ options = {} }: AuthenticatorInfo): boolean {
  return options.clientPin === true;
}

/** Wipes the session's persistent token, e.g. when the key no longer takes it. */
export function forgetPersistentToken(session: Session): void {
  persistentTokens.get(session)?.wipe();
  persistentTokens.delete(session);
}
