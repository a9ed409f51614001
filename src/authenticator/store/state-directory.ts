/** Checks whom a directory with software keys belongs to: whoever can write there decides what is read and replaced. */
import { chmodSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { FidoError } from '../../errors.ts';
import { makeDirectory } from './make-directory.ts';

const WORLD_WRITABLE = 0o002;
const STICKY = 0o1000;
const ROOT = 0;

/** Windows has no user IDs: nothing is checked there, and the directory is in the user's profile. */
type UserId = number | undefined;

/**
 * Makes the directory if it is missing, for its owner alone. If it is ours and others may read it, their access is
 * removed.
 * @throws {FidoError} `access-denied`, or the error of the system
 */
export function prepareStateDirectory(directory: string, user: UserId = process.getuid?.()): void {
  makeDirectory(directory);
  requireOwnDirectory(directory, user);
  if (user !== undefined && statSync(directory).mode & 0o077) chmodSync(directory, 0o700);
}

/** @throws {FidoError} `access-denied` for other people's directories and for those that anybody may write to */
export function requireOwnDirectory(directory: string, user: UserId = process.getuid?.()): void {
  if (user === undefined) return;
  requireOwn(directory, statSync(directory), [user]);
  // Whoever may write to the directory above can put another directory in its place.
  const parent = dirname(directory);
  const above = statSync(parent);
  const closed = above.mode & STICKY ? above.mode & ~WORLD_WRITABLE : above.mode;
  requireOwn(parent, { uid: above.uid, mode: closed }, [user, ROOT]);
}

function requireOwn(directory: string, { uid, mode }: Pick<Stats, 'uid' | 'mode'>, owners: readonly number[]): void {
  if (!owners.includes(uid)) {
    throw new FidoError('access-denied', `${directory} belongs to another user`, {
      hint: 'Software keys live in a directory of your own; XDG_STATE_HOME names another place.',
    });
  }
  if (mode & WORLD_WRITABLE) {
    throw new FidoError('access-denied', `everybody may write to ${directory}`, {
      hint: 'Look at what is in it; then close it with "chmod go-w", or name another place with XDG_STATE_HOME.',
    });
  }
}
