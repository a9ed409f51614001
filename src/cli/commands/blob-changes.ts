import {
  compactLargeBlobs,
  deleteLargeBlob,
  FidoError,
  type LargeBlobLoss,
  MAX_LARGE_BLOB_LENGTH,
  requireLargeBlobs,
  setLargeBlob,
  toHex,
  wipe,
} from '../../index.ts';
import { ownerWords, usageWords } from '../blob-words.ts';
import { askConsent, requireConsentPossible } from '../consent.ts';
import type { Context } from '../context.ts';
import { plural } from '../credential-words.ts';
import { readData } from '../data-file.ts';

/** `seckey blobs set CREDENTIAL FILE` */
export async function set(context: Context, args: readonly string[]): Promise<void> {
  const [credential = '', file = ''] = args;
  const { out } = context;
  if (file === '-' && context.options.pinFile === '-') {
    throw new FidoError('usage', 'standard input cannot be both the PIN and the blob', {
      hint: 'Give one of them as a file.',
    });
  }
  const session = await context.openKey();
  requireLargeBlobs(await session.info());
  const data = await readData(file, MAX_LARGE_BLOB_LENGTH);
  try {
    const stored = await setLargeBlob(session, credential, data, context.interaction);
    out.waitingOver();
    const { credentialId, used, capacity } = stored;
    out.document({ credentialId: toHex(credentialId), size: data.length, used, capacity });
    out.data(`Stored ${plural(data.length, 'byte')} for ${ownerWords(stored)}.`);
    out.say(usageWords(stored));
  } finally {
    wipe(data);
  }
}

const DELETING = 'deleting a large blob cannot be undone';

/** `seckey blobs delete CREDENTIAL` */
export async function remove(context: Context, args: readonly string[]): Promise<void> {
  const [credential = ''] = args;
  const { out } = context;
  requireConsentPossible(context, DELETING);
  const session = await context.openKey();
  const deleted = await deleteLargeBlob(session, credential, context.interaction, (found) =>
    askConsent(context, {
      what: DELETING,
      lines: [`This deletes the data of ${ownerWords(found)}. It cannot be undone.`],
      question: 'Delete it?',
    }),
  );
  out.waitingOver();
  const { credentialId, used, capacity } = deleted;
  out.document({ deleted: [toHex(credentialId)], used, capacity });
  out.data(`The data of ${ownerWords(deleted)} is deleted; the credential stays.`);
  out.say(usageWords(deleted));
}

const COMPACTING = 'dropping large blobs cannot be undone';

/** `seckey blobs compact` */
export async function compact(context: Context): Promise<void> {
  const { out } = context;
  requireConsentPossible(context, COMPACTING);
  const session = await context.openKey();
  let isAsked = false;
  const result = await compactLargeBlobs(session, context.interaction, async (loss) => {
    isAsked = true;
    await askConsent(context, { what: COMPACTING, lines: lossWords(loss), question: 'Drop it?' });
  });
  out.waitingOver();
  out.document(result);
  const { removed } = result;
  if (removed > 0) out.data(`Dropped: ${plural(removed, 'blob')}.`);
  else out.data(isAsked ? 'The damaged blobs are replaced by an empty list.' : 'There is nothing to drop.');
  out.say(usageWords(result));
}

function lossWords({ count, bytes, damaged }: LargeBlobLoss): string[] {
  if (damaged) return ['The large blobs are damaged. This replaces them by an empty list; it cannot be undone.'];
  const [subject, verb] = [plural(count, 'blob'), count === 1 ? 'takes' : 'take'];
  return [
    `No credential on this key opens ${subject}, which ${verb} ${plural(bytes, 'byte')}.`,
    'This drops them for good; the blobs of credentials on this key stay.',
  ];
}
