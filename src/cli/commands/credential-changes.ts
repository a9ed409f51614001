import { toHex } from '../../ctap2/index.ts';
import { credentials, PERMISSION, withAuthorization } from '../../index.ts';
import type { Context } from '../context.ts';
import { soleDocument } from '../credential-document.ts';
import { findAll, readList } from '../credential-list.ts';
import { failure } from '../failure.ts';
import * as words from '../messages/credentials.ts';
import { askConsent, requireConsentPossible } from '../terminal/consent.ts';
import { table } from '../terminal/table.ts';

/** `seckey credentials delete ID…` */
export async function remove(context: Context, ids: string[]): Promise<void> {
  const { out } = context;
  requireConsentPossible(context, words.DELETING);
  const session = await context.openKey();
  credentials.requireSupport(await session.info());
  // One token to look the IDs up, to delete, and to see what is left.
  const request = { permissions: PERMISSION.cm };
  await withAuthorization(session, request, context.interaction, async (authorization) => {
    const relyingParties = await readList(context, session, authorization);
    const nameOf = words.credentialNames(relyingParties);
    const found = findAll(relyingParties, ids).map(({ rp, credential }) => ({
      ...{ credentialId: credential.credentialId, rpIDHash: rp.rpIDHash },
      ...{ name: nameOf(rp, credential), hasLargeBlobKey: credential.hasLargeBlobKey },
    }));
    await askConsent(context, words.deletingConsent(found.map(({ name }) => name)));
    const outcome = await credentials.delete(session, found, authorization);
    out.waitingOver();
    if (outcome.failure !== undefined) {
      // What is gone is gone, and the failure of the rest must not hide it.
      for (const { name } of outcome.deleted) out.insist(words.deleted(name));
      for (const { name } of outcome.uncertain) out.insist(words.uncertain(name));
      for (const { name } of outcome.kept) out.insist(words.notDeleted(name));
      throw outcome.failure;
    }
    out.document({ deleted: found.map(({ credentialId }) => toHex(credentialId)) });
    for (const { name } of found) out.data(words.deleted(name));
    out.say(words.left(outcome.existing));
    if (!found.some(({ hasLargeBlobKey }) => hasLargeBlobKey)) return;
    const count = (some: readonly { hasLargeBlobKey: boolean }[]) => some.filter((one) => one.hasLargeBlobKey).length;
    out.say(words.nextCompact(count(relyingParties.flatMap(({ credentials }) => credentials)) > count(found)));
  });
}

/** `seckey credentials update-user ID` */
export async function updateUser(
  context: Context,
  id: string,
  { name, displayName }: { name?: string; displayName?: string },
): Promise<void> {
  const { out } = context;
  if (name === undefined && displayName === undefined) {
    throw failure('usage', words.NOTHING_TO_CHANGE);
  }
  const session = await context.openKey();
  credentials.requireUpdateSupport(await session.info());
  const request = { permissions: PERMISSION.cm };
  await withAuthorization(session, request, context.interaction, async (authorization) => {
    const relyingParties = await readList(context, session, authorization);
    const [found] = findAll(relyingParties, [id]);
    if (!found?.credential.user) throw failure('unsupported', words.NO_USER);
    const { user, credentialId } = found.credential;
    // What is left out is erased by the key, so what shall stay goes along.
    const wanted = {
      id: user.id,
      ...named('name', name ?? user.name),
      ...named('displayName', displayName ?? user.displayName),
    };
    const stored = { credentialId, rpIDHash: found.rp.rpIDHash };
    const { credential, shortened } = await credentials.updateUser(session, stored, wanted, authorization, {
      before: user,
    });
    const isListed = credentials.listsLargeBlobKeys(relyingParties);
    out.document(soleDocument({ rp: found.rp, credential }, isListed));
    const lines = words.credentialLines(found.rp, credential, isListed);
    for (const line of table(lines, { width: out.width, whole: [0, 1] })) {
      out.data(line);
    }
    if (shortened.length > 0) out.say(words.SHORTENED);
    out.say(words.CHANGED);
  });
}

function named<K extends string>(member: K, value: string | undefined): { [M in K]?: string } {
  return value === undefined || value === '' ? {} : ({ [member]: value } as { [M in K]?: string });
}
