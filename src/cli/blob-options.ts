/** Options that several blob commands take, as the library wants them. */
import { credentials, type largeBlobs } from '../index.ts';
import type { Context } from './context.ts';
import { requireNewBackup, writeBackup } from './files/blob-backup.ts';
import * as words from './messages/blobs.ts';
import { askYesNo } from './terminal/prompts.ts';

export interface RpIdOption {
  rpId?: readonly string[];
}

/** Keys that do not list large-blob keys are asked for them, and that is said first. */
export function asking({ out }: Context, { rpId }: RpIdOption): largeBlobs.AskingOptions {
  return { rpIds: rpId, onAsking: (credential, at, total) => out.say(words.askingOwner(credential, at, total)) };
}

/** The credential that a person means by its ID, or the beginning of it. */
export function meant(text: string): largeBlobs.CredentialChoice {
  return (all) => credentials.find(all, text);
}

export interface FindOption {
  findOwners?: true;
}

/** Whether to find out whose blobs are: with --find-owners, or if somebody at the terminal says so. */
export function findingOwners(context: Context, options: FindOption) {
  const { out, canAsk } = context;
  const findOwners = options.findOwners ?? false;
  return async (unknown: largeBlobs.UnknownOwners): Promise<boolean> => {
    out.waitingOver();
    if (findOwners || !canAsk || out.json || context.options.yes) return findOwners;
    out.insist(words.ownersUnknown(unknown));
    return askYesNo(words.FIND_OWNERS, false);
  };
}

/** Writes the file of --backup; checks at once that it can be a new one. @throws {FidoError} `invalid-input` */
export function backingUp(
  { out }: Context,
  file: string | undefined,
): ((loss: largeBlobs.LargeBlobLoss) => Promise<void>) | undefined {
  if (file === undefined) return undefined;
  requireNewBackup(file);
  return async (loss) => {
    writeBackup(file, loss);
    out.say(words.backedUp(file, loss));
  };
}
