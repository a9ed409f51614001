/** Files that cannot be read or written. */
import type { FailureText } from '../failure.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EEXIST: 'it exists already',
  EACCES: 'that is not allowed',
  EISDIR: 'it is a directory',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your share of the disk is used up',
  EFBIG: 'it is as large as a file may be here',
  ENXIO: 'it is a pipe that nothing reads',
  EPIPE: 'nobody reads it',
};

/** Why a file could not be used, in plain words where the system's code is a common one. */
export function reason(error: unknown, reasons: Readonly<Record<string, string>> = REASONS): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return reasons[code] ?? message;
}

/** A name that can be seen, also if it is empty. Nothing is written to `-`. */
function shown(path: string): string {
  if (path === '-') return 'standard input';
  return path === '' ? '""' : path;
}

/** @param what what should be read, e.g. `the PIN from ` */
export function cannotRead(path: string, error: unknown, what = ''): FailureText {
  return {
    message: `cannot read ${what}${shown(path)}: ${reason(error, { ...REASONS, EACCES: 'it may not be read' })}`,
    hint: 'Name a file that exists and that you may read.',
  };
}

export function cannotWrite(path: string, error: unknown, what = ''): FailureText {
  return {
    message: `cannot write ${what}${shown(path)}: ${reason(error, { ...REASONS, ENOENT: 'its directory does not exist', ELOOP: 'it is a symbolic link' })}`,
    hint: 'Name a file in a directory that you may write to.',
  };
}

export function cannotWriteBackup(path: string, error: unknown): FailureText {
  return {
    ...cannotWrite(path, error, 'the backup '),
    hint: 'Give --backup a path that can be written. Nothing was changed on the key.',
  };
}

/** A backup never takes the place of another. */
export function backupIsThere(path: string): FailureText {
  return {
    message: `cannot write the backup ${shown(path)}: it exists already`,
    hint: 'Give --backup the name of a new file. Nothing was changed on the key.',
  };
}

export function cannotWriteTrace(path: string, error: unknown): FailureText {
  return { ...cannotWrite(path, error, 'the trace to '), hint: 'Give --trace a path that can be written.' };
}

export function cannotWriteJournal(path: string, error: unknown): FailureText {
  return {
    ...cannotWrite(path, error, 'the journal '),
    hint: 'Give --journal a path that can be written. No key was touched.',
  };
}

export function cannotWriteNewPin(path: string, error: unknown): FailureText {
  return {
    ...cannotWrite(path, error, 'the new PIN to '),
    hint: 'Give --new-pin-out a file that does not exist yet. Nothing was sent to the key.',
  };
}

/** A key was handled, and the journal took no note of it. */
export function journalFull(path: string, error: unknown): FailureText {
  return {
    ...cannotWrite(path, error, 'the journal '),
    hint: 'What was said last about a key holds, and is missing there. Make room, then run the command again.',
  };
}

export function cannotWriteOutput(error: unknown): FailureText {
  return {
    message: `cannot write the output: ${reason(error, REASONS)}`,
    hint: 'What the command changed is changed. Write to a place that has room.',
  };
}

export function fileTooLarge(file: string, maxLength: number): FailureText {
  return {
    message: `${file === '-' ? 'standard input' : file} has more than ${maxLength} bytes`,
    hint: 'Store less: a key has little room for such data.',
  };
}
