/** Runs commands with a token: gets it, proves it to the key, gets another when the key has dropped it, wipes it. */

import { CTAP_STATUS as S } from '../../ctap2/status.ts';
import { CtapStatusError } from '../../errors.ts';
import { hasStatus, type Session } from '../session.ts';
import { acquireToken, forgetPersistentToken, type Token, type TokenInteraction, type TokenRequest } from './token.ts';

/** The members of a request that prove a token: pinUvAuthParam of `message` and its protocol; none without a token. */
export type Authenticate = (message: Uint8Array) => {
  pinUvAuthProtocol?: number;
  pinUvAuthParam?: Uint8Array;
};

export interface AuthorizationOptions {
  /** For a key that is not protected and so takes the command without a token. One is got should it want one after all. */
  unprotected?: boolean | undefined;
}

/**
 * Who permits a function to do something on the key: a person, who is then asked for a token of the function's own, or the
 * {@link Authorization} of a larger piece of work, whose token serves this function too.
 */
export type Authorizer = TokenInteraction | Authorization;

/**
 * One token for the commands of one piece of work. Made by {@link withAuthorization}.
 * Getting it spends exchanges before the first command, never between commands.
 */
export class Authorization {
  readonly #session: Session;
  readonly #request: TokenRequest;
  readonly #interaction: TokenInteraction;
  #token: Token | undefined;

  constructor(session: Session, request: TokenRequest, interaction: TokenInteraction) {
    this.#session = session;
    this.#request = request;
    this.#interaction = interaction;
  }

  /** The person who permits the work, for what needs a token of another kind besides. */
  get interaction(): TokenInteraction {
    return this.#interaction;
  }

  /** How the user was verified; undefined without a token. */
  get userVerifiedBy(): 'pin' | 'uv' | undefined {
    return this.#token?.userVerifiedBy;
  }

  /** Gets the token. @throws as {@link acquireToken} */
  async obtain(): Promise<void> {
    this.#token?.release();
    this.#token = undefined;
    this.#token = await acquireToken(this.#session, this.#request, this.#interaction);
  }

  /**
   * Runs `command`, which sends one command with `authenticate(message)` spread into its request. A key that wants a token
   * where it was thought unprotected (CTAP2_ERR_PUAT_REQUIRED, 0x36) gets one. With `replay`, a key that dropped the token (CTAP2_ERR_PIN_AUTH_INVALID, 0x33: ten minutes are
   * over, or another program took one) gets a fresh one and the command once more, which asks the person again: only for commands
   * that may be carried out twice.
   * @throws {CtapStatusError} `refused` if the key still does not take the token; whatever `command` throws
   */
  async run<T>(command: (authenticate: Authenticate) => Promise<T>, options: { replay: boolean }): Promise<T> {
    try {
      return await command(this.#authenticate);
    } catch (error) {
      const dropped = isTokenRefused(error);
      const wanted = hasStatus(error, S.CTAP2_ERR_PUAT_REQUIRED) && !this.#token;
      if (!(dropped && options.replay) && !wanted) throw dropped ? tokenRefused(error as CtapStatusError) : error;
    }
    if (this.#token?.persistent) forgetPersistentToken(this.#session);
    await this.obtain();
    try {
      return await command(this.#authenticate);
    } catch (error) {
      throw isTokenRefused(error) ? tokenRefused(error as CtapStatusError) : error;
    }
  }

  /** Wipes the token, unless the session keeps it. */
  release(): void {
    this.#token?.release();
    this.#token = undefined;
  }

  readonly #authenticate: Authenticate = (message) =>
    this.#token
      ? { pinUvAuthProtocol: this.#token.protocol.number, pinUvAuthParam: this.#token.authenticate(message) }
      : {};
}

/** What CTAP 2.0 answers to an expired token. Later versions name no such status. */
const CTAP2_ERR_PIN_TOKEN_EXPIRED = 0x38;

function isTokenRefused(error: unknown): boolean {
  return hasStatus(error, S.CTAP2_ERR_PIN_AUTH_INVALID, CTAP2_ERR_PIN_TOKEN_EXPIRED);
}

function tokenRefused(cause: CtapStatusError): CtapStatusError {
  return new CtapStatusError('refused', 'the key no longer takes the authorisation it gave', cause, {
    hint: 'Another program may be using the key. Close it, then run the command again.',
    cause,
  });
}

/**
 * Gets a token, does `work` with it, and wipes it whatever happens. Three exchanges besides getInfo before `work`.
 * @throws as {@link acquireToken}; whatever `work` throws
 */
export async function withAuthorization<T>(
  session: Session,
  request: TokenRequest,
  interaction: TokenInteraction,
  work: (authorization: Authorization) => Promise<T>,
  { unprotected = false }: AuthorizationOptions = {},
): Promise<T> {
  const authorization = new Authorization(session, request, interaction);
  try {
    if (!unprotected) await authorization.obtain();
    return await work(authorization);
  } finally {
    authorization.release();
  }
}

/**
 * Does `work` with the authorisation that `authorizer` is, or else with one that it is asked for and that ends with the work.
 * @param request what the token is asked for; an authorisation that is there already must have these permissions
 * @throws as {@link withAuthorization}
 */
export async function authorize<T>(
  session: Session,
  request: TokenRequest,
  authorizer: Authorizer,
  work: (authorization: Authorization) => Promise<T>,
  options: AuthorizationOptions = {},
): Promise<T> {
  if (authorizer instanceof Authorization) return work(authorizer);
  return withAuthorization(session, request, authorizer, work, options);
}
