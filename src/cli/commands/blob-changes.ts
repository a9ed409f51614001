import { toHex, wipe } from '../../ctap2/index.ts';
import { largeBlobs } from '../../index.ts';
import { asking, backingUp, type FindOption, findingOwners, meant, type RpIdOption } from '../blob-options.ts';
import type { Context } from '../context.ts';
import { failure } from '../failure.ts';
import { readData } from '../files/data-file.ts';
import * as words from '../messages/blobs.ts';
import { askConsent, requireConsentPossible } from '../terminal/consent.ts';

/** `seckey blobs set CREDENTIAL FILE` */
export async function set(context: Context, credential: string, file: string, options: RpIdOption): Promise<void> {
  const { out } = context;
  if (file === '-' && context.options.pinFile === '-') {
    throw failure('usage', words.ONE_STDIN);
  }
  const session = await context.openKey();
  largeBlobs.requireSupport(await session.info());
  const data = await readData(file, largeBlobs.MAX_LENGTH);
  try {
    const stored = await largeBlobs.set(
      session,
      meant(credential),
      data,
      context.interaction,
      asking(context, options),
    );
    out.waitingOver();
    const { credentialId, used, capacity } = stored;
    out.document({ credentialId: toHex(credentialId), size: data.length, used, capacity });
    out.data(words.stored(data.length, stored));
    out.say(words.usageWords(stored));
  } finally {
    wipe(data);
  }
}

interface BackupOption {
  backup?: string;
}

/** `seckey blobs delete CREDENTIAL` */
export async function remove(context: Context, credential: string, options: RpIdOption & BackupOption): Promise<void> {
  const { out } = context;
  requireConsentPossible(context, words.DELETING);
  const save = backingUp(context, options.backup);
  const session = await context.openKey();
  const deleted = await largeBlobs.delete(session, meant(credential), context.interaction, {
    ...asking(context, options),
    confirm: (loss) => askConsent(context, words.deletingConsent(loss)),
    save,
  });
  out.waitingOver();
  const { credentialId, used, capacity } = deleted;
  out.document({ deleted: [toHex(credentialId)], used, capacity });
  out.data(words.deleted(deleted));
  out.say(words.usageWords(deleted));
}

/** `seckey blobs compact` */
export async function compact(context: Context, options: FindOption & RpIdOption & BackupOption): Promise<void> {
  const { out } = context;
  requireConsentPossible(context, words.COMPACTING);
  const save = backingUp(context, options.backup);
  const session = await context.openKey();
  let isAsked = false;
  const result = await largeBlobs.compact(session, context.interaction, {
    ...asking(context, options),
    findOwners: findingOwners(context, options),
    confirm: async (loss) => {
      isAsked = true;
      await askConsent(context, words.compactingConsent(loss));
    },
    save,
  });
  out.waitingOver();
  const { used, capacity, removed, unknown, notAsked } = result;
  out.document({ used, capacity, removed, ...(unknown > 0 && { unknown }) });
  out.data(words.compacted(removed, isAsked));
  if (unknown > 0) {
    out.say(words.stillUnknown(unknown, notAsked));
    out.say(words.UNKNOWN_STAYS);
  }
  out.say(words.usageWords(result));
}
