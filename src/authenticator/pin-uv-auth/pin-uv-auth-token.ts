import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import type { PinUvAuthProtocol } from '../../ctap2/pin-uv-auth-protocol.ts';
import { wipe } from '../../encoding/bytes.ts';
import type { AuthenticatorTransport } from '../environment.ts';

/** Longest time to the first use (CTAP 2.3 §6.5.2.1). It is shorter over NFC, where a card is taken away sooner. */
const FIRST_USE_MS = { usb: 30_000, nfc: 19_800, 'smart-card': 30_000 } as const;
const MAX_AGE_MS = 600_000;
/** How long the touch that a token was given for counts as user presence in the command it is used for. */
const USER_PRESENT_MS = 30_000;

export interface TokenGrant {
  protocol: PinUvAuthProtocol;
  /** 32 bytes; owned by the token from now on. */
  token: Uint8Array;
  permissions: number;
  rpId?: string | undefined;
  transport: AuthenticatorTransport;
  /** The user touched the sensor to get it. */
  userPresent?: boolean | undefined;
  /**
   * A pinToken of CTAP 2.0 (§5.5.7) or the previews: valid for any number of commands and any relying party, until
   * another one is given, the PIN is changed, or power-off. Limits came with permissions, in CTAP 2.1.
   */
  unlimited?: boolean | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The pinUvAuthToken in use, with its permissions and timers (CTAP 2.3 §6.5.2.1). There is at most one. */
export class PinUvAuthToken {
  readonly #grant: TokenGrant;
  #permissions: number;
  #rpId: string | undefined;
  #used = false;
  #spent = false;
  #userPresent: boolean;

  constructor(grant: TokenGrant) {
    this.#grant = grant;
    this.#permissions = grant.permissions;
    this.#rpId = grant.rpId;
    this.#userPresent = grant.userPresent ?? false;
  }

  /** Whether `pinUvAuthParam` was made from `message` with this token. The first success ends the first-use timer. */
  verify(protocolNumber: number, message: Uint8Array, pinUvAuthParam: Uint8Array, now: number): boolean {
    const { protocol, token } = this.#grant;
    if (protocol.number !== protocolNumber || this.#expired(now)) return false;
    if (!protocol.verify(token, message, pinUvAuthParam)) return false;
    this.#used = true;
    return true;
  }

  #expired(now: number): boolean {
    if (this.#grant.unlimited) return false;
    const age = now - this.#grant.now;
    // A clock that went back must not prolong a token.
    return age < 0 || age > MAX_AGE_MS || (!this.#used && age > FIRST_USE_MS[this.#grant.transport]);
  }

  has(permission: number): boolean {
    return (this.#permissions & permission) === permission;
  }

  get rpId(): string | undefined {
    return this.#rpId;
  }

  /** Binds a token without relying party to this one. False if it is bound to another. */
  bindRp(rpId: string): boolean {
    if (this.#grant.unlimited) return true;
    this.#rpId ??= rpId;
    return this.#rpId === rpId;
  }

  /** Whether it still proves user verification, as it does until {@link spend}. */
  get userVerified(): boolean {
    return !this.#spent;
  }

  /** Whether the touch that it was given for still proves user presence. */
  userPresent(now: number): boolean {
    return this.#userPresent && now - this.#grant.now <= USER_PRESENT_MS;
  }

  /**
   * A token is good for one makeCredential or getAssertion with user presence; afterwards it has permission lbw at
   * most.
   */
  spend(): void {
    this.#userPresent = false;
    if (this.#grant.unlimited) return;
    this.#spent = true;
    this.#permissions &= PERMISSION.lbw;
  }

  wipe(): void {
    this.#permissions = 0;
    wipe(this.#grant.token);
  }
}
