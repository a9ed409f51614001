import {
  type Authorization,
  type Credential,
  deleteCredential,
  FidoError,
  listCredentials,
  PERMISSION,
  type RelyingParty,
  requireCredentialManagement,
  requireUpdate,
  type Session,
  toHex,
  updateUserInformation,
  withAuthorization,
} from '../../index.ts';
import { askConsent, requireConsentPossible } from '../consent.ts';
import type { Context } from '../context.ts';
import { type Found, findAll, readList } from '../credential-list.ts';
import { credentialLines, credentialName, plural, soleDocument } from '../credential-words.ts';
import { table } from '../table.ts';

const IRREVERSIBLE = 'deleting a passkey cannot be undone';

/** `seckey credentials delete ID…` */
export async function remove(context: Context, args: readonly string[]): Promise<void> {
  const { out } = context;
  requireConsentPossible(context, IRREVERSIBLE);
  const session = await context.openKey();
  requireCredentialManagement(await session.info());
  // One token to look the IDs up and to delete.
  const request = { permissions: PERMISSION.cm };
  await withAuthorization(session, request, context.interaction, async (authorization) => {
    const relyingParties = await readList(context, session, authorization);
    const found = findAll(relyingParties, args);
    await askConsent(context, {
      what: IRREVERSIBLE,
      lines: [
        `This deletes ${plural(found.length, 'passkey')}. It cannot be undone:`,
        ...found.map(({ rp, credential }) => `  ${credentialName(rp, credential)}`),
        'An account with no other way to sign in is lost.',
      ],
      question: found.length === 1 ? 'Delete it?' : 'Delete them?',
    });
    await deleteAll(context, session, authorization, found);
    out.document({ deleted: found.map(({ credential }) => toHex(credential.credentialId)) });
    const all = relyingParties.reduce((sum, { credentials }) => sum + credentials.length, 0);
    for (const { rp, credential } of found) out.data(`Deleted ${credentialName(rp, credential)}.`);
    out.say(`${plural(all - found.length, 'passkey')} left on this key. Remove the key from the account, too.`);
    if (found.some(({ credential }) => credential.hasLargeBlobKey)) {
      out.say('A large blob may have stayed behind. Next: seckey blobs compact');
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
      for (const before of found.slice(0, done)) out.insist(`Deleted ${credentialName(before.rp, before.credential)}.`);
      out.insist(`Not deleted: ${credentialName(rp, credential)}.`);
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
    throw new FidoError('usage', 'nothing to change: neither --name nor --display-name is given', {
      hint: 'For example --name bala@contoso.com',
    });
  }
  const session = await context.openKey();
  requireUpdate(await session.info());
  const request = { permissions: PERMISSION.cm };
  await withAuthorization(session, request, context.interaction, async (authorization) => {
    const [found] = findAll(await readList(context, session, authorization), args);
    if (!found?.credential.user) {
      throw new FidoError('unsupported', 'the key does not tell whose passkey this is, so its names cannot be changed');
    }
    const { user, credentialId } = found.credential;
    // What is left out is erased by the key, so what shall stay goes along.
    await updateUserInformation(session, authorization, credentialId, {
      id: user.id,
      ...named('name', name ?? user.name),
      ...named('displayName', displayName ?? user.displayName),
    });
    const after = { rp: found.rp, credential: await readAgain(session, authorization, found) };
    out.document(soleDocument(after));
    for (const line of table(credentialLines(after.rp, after.credential), { width: out.width, whole: [0, 1] })) {
      out.data(line);
    }
    out.say('Changed on the key. The account itself keeps its names.');
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
  throw new FidoError('not-found', 'the passkey was changed, and then the key no longer had it');
}
