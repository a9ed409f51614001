import {
  type Authorization,
  type Credential,
  deleteCredential,
  listCredentials,
  listsLargeBlobKeys,
  PERMISSION,
  type RelyingParty,
  requireCredentialManagement,
  requireUpdate,
  type Session,
  toHex,
  updateUserInformation,
  withAuthorization,
} from '../../index.ts';
import type { Context } from '../context.ts';
import { soleDocument } from '../credential-document.ts';
import { type Found, findAll, readList } from '../credential-list.ts';
import { failure } from '../failure.ts';
import { askConsent, requireConsentPossible } from '../terminal/consent.ts';
import { table } from '../terminal/table.ts';
import * as words from '../words/credentials.ts';

/** `seckey credentials delete ID…` */
export async function remove(context: Context, args: readonly string[]): Promise<void> {
  const { out } = context;
  requireConsentPossible(context, words.DELETING);
  const session = await context.openKey();
  requireCredentialManagement(await session.info());
  // One token to look the IDs up and to delete.
  const request = { permissions: PERMISSION.cm };
  await withAuthorization(session, request, context.interaction, async (authorization) => {
    const relyingParties = await readList(context, session, authorization);
    const found = findAll(relyingParties, args);
    const names = found.map(({ rp, credential }) => words.credentialName(rp, credential));
    await askConsent(context, words.deletingConsent(names));
    await deleteAll(context, session, authorization, found);
    out.document({ deleted: found.map(({ credential }) => toHex(credential.credentialId)) });
    const all = relyingParties.reduce((sum, { credentials }) => sum + credentials.length, 0);
    for (const { rp, credential } of found) out.data(words.deleted(rp, credential));
    out.say(words.left(all - found.length));
    if (found.some(({ credential }) => credential.hasLargeBlobKey)) {
      out.say(words.NEXT_COMPACT);
    }
  });
}

async function deleteAll(
  { out }: Context,
  session: Session,
  authorization: Authorization,
  found: readonly Found[],
): Promise<void> {
  for (const [done, { rp, credential }] of found.entries()) {
    try {
      await deleteCredential(session, authorization, credential.credentialId);
    } catch (error) {
      // What is gone is gone, and the failure of the rest must not hide it.
      for (const before of found.slice(0, done)) out.insist(words.deleted(before.rp, before.credential));
      out.insist(words.notDeleted(rp, credential));
      throw error;
    }
  }
}

/** `seckey credentials update-user ID` */
export async function updateUser(
  context: Context,
  args: readonly string[],
  { name, displayName }: { name?: string; displayName?: string },
): Promise<void> {
  const { out } = context;
  if (name === undefined && displayName === undefined) {
    throw failure('usage', words.NOTHING_TO_CHANGE);
  }
  const session = await context.openKey();
  requireUpdate(await session.info());
  const request = { permissions: PERMISSION.cm };
  await withAuthorization(session, request, context.interaction, async (authorization) => {
    const relyingParties = await readList(context, session, authorization);
    const isListed = listsLargeBlobKeys(relyingParties);
    const [found] = findAll(relyingParties, args);
    if (!found?.credential.user) throw failure('unsupported', words.NO_USER);
    const { user, credentialId } = found.credential;
    // What is left out is erased by the key, so what shall stay goes along.
    await updateUserInformation(session, authorization, credentialId, {
      id: user.id,
      ...named('name', name ?? user.name),
      ...named('displayName', displayName ?? user.displayName),
    });
    const after = { rp: found.rp, credential: await readAgain(session, authorization, found) };
    out.document(soleDocument(after, isListed));
    const lines = words.credentialLines(after.rp, after.credential, isListed);
    for (const line of table(lines, { width: out.width, whole: [0, 1] })) {
      out.data(line);
    }
    out.say(words.CHANGED);
  });
}

function named<K extends string>(member: K, value: string | undefined): { [M in K]?: string } {
  return value === undefined || value === '' ? {} : ({ [member]: value } as { [M in K]?: string });
}

/** Keys cut long names, so what is now true is what the key shows. */
async function readAgain(
  session: Session,
  authorization: Authorization,
  { rp, credential }: Found,
): Promise<Credential> {
  const id = toHex(credential.credentialId);
  const isSame = (candidate: RelyingParty) => toHex(candidate.rpIDHash) === toHex(rp.rpIDHash);
  for await (const { credentials } of listCredentials(session, authorization, { rp: isSame })) {
    const found = credentials.find(({ credentialId }) => toHex(credentialId) === id);
    if (found) return found;
  }
  throw failure('not-found', words.GONE_AFTER_CHANGE);
}
