/** Reads the list of credentials for a command, with a line of progress once it takes a while. */

import { isStoredFormOf, toHex } from '../ctap2/index.ts';
import { type Authorization, credentials, type Session } from '../index.ts';
import type { Context } from './context.ts';
import { READING_PASSKEYS, readingPasskeys } from './messages/waiting.ts';

const SLOW_MS = 1_000;

export interface ReadOptions {
  metadata?: credentials.CredentialMetadata | undefined;
  /** An RP ID as `list` shows it, or its hash in hex: only that one. */
  rp?: string | undefined;
}

/** All of it at once. */
export async function readList(
  context: Context,
  session: Session,
  authorization: Authorization,
  options: ReadOptions = {},
): Promise<credentials.RelyingPartyCredentials[]> {
  const all: credentials.RelyingPartyCredentials[] = [];
  await forEachRelyingParty(context, session, authorization, options, (found) => all.push(found));
  return all;
}

/** One relying party after the other; what `take` does not keep is not in memory any more. */
export async function forEachRelyingParty(
  { out }: Context,
  session: Session,
  authorization: Authorization,
  { metadata, rp }: ReadOptions,
  take: (found: credentials.RelyingPartyCredentials) => void,
): Promise<void> {
  let count = 0;
  const total = rp === undefined ? metadata?.existing : undefined;
  const slow = setTimeout(() => out.progress(() => readingPasskeys(count, total), READING_PASSKEYS), SLOW_MS);
  try {
    const options = {
      metadata,
      onProgress: (read: number) => {
        count = read;
      },
      ...(rp === undefined ? {} : { rp: (candidate: credentials.RelyingParty) => isMeant(candidate, rp) }),
    };
    for await (const found of credentials.list(session, authorization, options)) take(found);
  } finally {
    clearTimeout(slow);
    out.waitingOver();
  }
}

function isMeant({ id, rpIDHash }: credentials.RelyingParty, wanted: string): boolean {
  if (toHex(rpIDHash) === wanted.toLowerCase()) return true;
  return id !== undefined && (id === wanted || isStoredFormOf(id, wanted.toLowerCase()));
}

export interface Found {
  rp: credentials.RelyingParty;
  credential: credentials.Credential;
}

/** The one credential that each of `texts` means. @throws {FidoError} `not-found`, `ambiguous` */
export function findAll(
  relyingParties: readonly credentials.RelyingPartyCredentials[],
  texts: readonly string[],
): Found[] {
  const all = relyingParties.flatMap(({ credentials, ...rp }) =>
    credentials.map((credential) => ({
      credentialId: credential.credentialId,
      rpId: rp.id,
      userName: credential.user?.name,
      found: { rp, credential },
    })),
  );
  return [...new Set(texts.map((text) => credentials.find(all, text).found))];
}
