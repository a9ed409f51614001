/** The credentials of a key with their large-blob keys, for as long as they are needed. */

import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import { rpIDHash as hashOf } from '../../ctap2/rp-id.ts';
import { CTAP_STATUS as S } from '../../ctap2/status.ts';
import { equalBytes, wipe } from '../../encoding/bytes.ts';
import { FidoError } from '../../errors.ts';
import { withPinOnce } from '../authorization/ask-once.ts';
import { Authorization, type Authorizer, authorize, withAuthorization } from '../authorization/authorization.ts';
import type { TokenInteraction } from '../authorization/token.ts';
import { type NamedCredential, shortIds } from '../credentials/credential-id.ts';
import { listCredentials, requireCredentialManagement } from '../credentials/credentials.ts';
import { hasStatus, type Session } from '../session.ts';
import { assertLargeBlobKey, LARGE_BLOB_KEY_LENGTH, requireLargeBlobKeyExtension } from './key.ts';

/** A credential as it was found. */
export interface LargeBlobOf {
  credentialId: Uint8Array;
  /** The beginning of `credentialId`, in hex, that means it alone on this key. */
  shortId: string;
  rpId?: string | undefined;
}

export interface LargeBlobOwner extends NamedCredential, LargeBlobOf {
  rpIDHash: Uint8Array;
  /** 32 bytes, secret; absent if the credential was made without, or the key has not told it. */
  largeBlobKey?: Uint8Array | undefined;
}

/**
 * Which credential is meant: its whole ID, or a function that picks it from all of the key, e.g. by what a person typed, and
 * answers one of those it was given.
 */
export type CredentialChoice = Uint8Array | (<T extends NamedCredential>(all: readonly T[]) => T);

/** What is done about keys that do not list large-blob keys: those are asked by getAssertion, with a touch. */
export interface AskingOptions {
  /** Called before the key is asked for the large-blob key of `credential`, number `at` of `total`. Throws to leave it. */
  onAsking?: ((credential: LargeBlobOf, at: number, total: number) => void) | undefined;
  /** Whole RP IDs, for keys that store only a part of long ones: without the whole nobody can be asked. */
  rpIds?: readonly string[] | undefined;
}

/** All credentials of a key. While they are in use, a token got meanwhile ends {@link authorization}'s. */
export class LargeBlobOwners {
  readonly all: readonly LargeBlobOwner[];
  /**
   * The key has shown that it lists large-blob keys: a credential listed without has none. Otherwise nobody knows before it
   * was asked; FIDO2Applet lists none and gives them to whoever signs in.
   */
  readonly areListed: boolean;
  readonly authorization: Authorization;
  readonly #session: Session;
  readonly #interaction: TokenInteraction;
  readonly #options: AskingOptions;

  constructor(
    session: Session,
    authorization: Authorization,
    all: readonly LargeBlobOwner[],
    interaction: TokenInteraction,
    options: AskingOptions,
  ) {
    this.all = all;
    this.areListed = all.some(({ largeBlobKey }) => largeBlobKey !== undefined);
    this.authorization = authorization;
    this.#session = session;
    this.#interaction = interaction;
    this.#options = options;
  }

  /**
   * Does `work` with the one credential that is meant, its large-blob key, and a token with `permissions` besides. Where the
   * key does not list large-blob keys it is asked for this one first.
   * @param permissions lbw, or 0: more does not outlive the asking
   * @throws {FidoError} `not-found`, `unsupported` if the RP ID is not known whole; as assertLargeBlobKey
   */
  async withOne<T>(
    credential: CredentialChoice,
    permissions: number,
    work: (owner: LargeBlobOwner, authorization: Authorization) => Promise<T>,
  ): Promise<T> {
    const owner = chosen(this.all, credential);
    if (this.areListed) return work(owner, this.authorization);
    requireLargeBlobKeyExtension(await this.#session.info());
    const rpId = this.#wholeRpId(owner);
    if (rpId === undefined) throw onlyPartKnown(owner);
    this.#options.onAsking?.(owner, 1, 1);
    return this.#asking(owner, rpId, permissions, (authorization) => work(owner, authorization));
  }

  /**
   * Asks for the large-blob key of each credential until `isEnough`, and calls `take` after each.
   * @returns those that could not be asked: their RP ID is not known whole, or the key does not find them
   * @throws as assertLargeBlobKey
   */
  async askAll(take: (owner: LargeBlobOwner) => Promise<void>, isEnough: () => boolean): Promise<LargeBlobOwner[]> {
    if (this.all.length > 0) requireLargeBlobKeyExtension(await this.#session.info());
    const missed: LargeBlobOwner[] = [];
    for (const [index, owner] of this.all.entries()) {
      if (isEnough()) break;
      const rpId = this.#wholeRpId(owner);
      if (rpId === undefined) {
        missed.push(owner);
        continue;
      }
      this.#options.onAsking?.(owner, index + 1, this.all.length);
      try {
        await this.#asking(owner, rpId, 0, async () => undefined);
      } catch (error) {
        if (!hasStatus(error, S.CTAP2_ERR_NO_CREDENTIALS)) throw error;
        missed.push(owner);
        continue;
      }
      await take(owner);
    }
    return missed;
  }

  async #asking<T>(
    owner: LargeBlobOwner,
    rpId: string,
    permissions: number,
    work: (authorization: Authorization) => Promise<T>,
  ): Promise<T> {
    // One token signs in once, and after that it is good for writing large blobs only (CTAP 2.3 §6.5.2).
    const request = { permissions: PERMISSION.ga | permissions, rpId };
    return withAuthorization(this.#session, request, this.#interaction, async (authorization) => {
      wipe(owner.largeBlobKey);
      owner.largeBlobKey = await assertLargeBlobKey(this.#session, authorization, {
        rpId,
        credentialId: owner.credentialId,
      });
      return work(authorization);
    });
  }

  #wholeRpId({ rpId, rpIDHash }: LargeBlobOwner): string | undefined {
    const { rpIds = [] } = this.#options;
    return [...(rpId === undefined ? [] : [rpId]), ...rpIds].find((each) => equalBytes(hashOf(each), rpIDHash));
  }
}

/**
 * Gets a token, enumerates all credentials, does `work`, and wipes their large-blob keys whatever happens. Besides the token
 * one exchange for each relying party and each credential.
 * @param permissions cm, and what `work` needs
 * @param authorizer an authorisation is of no more use once another token was got; it gets a fresh one when it runs next
 * @throws {FidoError} as acquireToken and listCredentials; `malformed-response` for a large-blob key that is none
 */
export async function withLargeBlobOwners<T>(
  session: Session,
  permissions: number,
  authorizer: Authorizer,
  options: AskingOptions,
  work: (owners: LargeBlobOwners) => Promise<T>,
): Promise<T> {
  requireCredentialManagement(await session.info());
  const isAuthorized = authorizer instanceof Authorization;
  return withPinOnce(isAuthorized ? authorizer.interaction : authorizer, (once) =>
    authorize(session, { permissions }, isAuthorized ? authorizer : once, async (authorization) => {
      const owners: LargeBlobOwner[] = [];
      try {
        await readOwners(session, authorization, owners);
        return await work(new LargeBlobOwners(session, authorization, owners, once, options));
      } finally {
        for (const { largeBlobKey } of owners) wipe(largeBlobKey);
      }
    }),
  );
}

async function readOwners(session: Session, authorization: Authorization, owners: LargeBlobOwner[]): Promise<void> {
  // Without metadata: a key that miscounts must not make blobs look as if they were nobody's.
  const listing = listCredentials(session, authorization, { largeBlobKeys: true });
  for await (const { id: rpId, rpIDHash, credentials } of listing) {
    for (const { credentialId, largeBlobKey, user } of credentials) {
      owners.push({ credentialId, shortId: '', rpId, rpIDHash, userName: user?.name, largeBlobKey });
    }
  }
  if (owners.some(({ largeBlobKey }) => largeBlobKey && largeBlobKey.length !== LARGE_BLOB_KEY_LENGTH)) {
    throw new FidoError(
      'malformed-response',
      `the key gives a key for large blobs that has not ${LARGE_BLOB_KEY_LENGTH} bytes`,
    );
  }
  const shortId = shortIds(owners);
  for (const owner of owners) owner.shortId = shortId(owner.credentialId);
}

function chosen(all: readonly LargeBlobOwner[], credential: CredentialChoice): LargeBlobOwner {
  if (typeof credential === 'function') return credential(all);
  const owner = all.find(({ credentialId }) => equalBytes(credentialId, credential));
  if (owner) return owner;
  throw new FidoError('not-found', 'the key has no credential with this ID');
}

function onlyPartKnown({ shortId, rpId }: LargeBlobOwner): FidoError {
  const what = rpId === undefined ? 'no site' : `only a part of the site's ID, "${rpId}"`;
  return new FidoError('unsupported', `the key keeps ${what} for the credential ${shortId}, so it cannot be asked`, {
    hint: 'Give the whole of the ID with --rp-id, e.g. --rp-id login.example.com',
  });
}
