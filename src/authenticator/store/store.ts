/** Software keys on the disk: one JSON file each, in the user's state directory. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { FidoError } from '../../errors.ts';
import { removeLeftovers, syncDirectory, writeAtomically } from './atomic-file.ts';
import { type ProcessLock, takeLock } from './process-lock.ts';
import { prepareStateDirectory, requireOwnDirectory } from './state-directory.ts';
import { readStateFile } from './state-file.ts';
import { newDocument, parseDocument, serializeDocument, type VirtualKeyDocument } from './store-document.ts';

const SUFFIX = '.json';

export type NewVirtualKey = Pick<VirtualKeyDocument, 'model' | 'hand' | 'state'>;

/** A key in the list; one whose file cannot be read is listed with the reason. */
export type VirtualKeyEntry =
  | ({ name: string } & Pick<VirtualKeyDocument, 'model' | 'hand' | 'createdAt'>)
  | { name: string; error: FidoError };

/** A key that belongs to this process until it is closed. */
export interface OpenVirtualKey {
  /** As last saved. */
  readonly document: VirtualKeyDocument;
  /** Resolves once it is on the disk. @throws {FidoError} `access-denied`, `transport-failed` (no space …) */
  save(document: VirtualKeyDocument): void;
  /** May be called twice. */
  close(): void;
}

/** `$XDG_STATE_HOME/seckey/keys`, or the directory for such files on other systems. */
export function virtualKeyDirectory(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): string {
  const { XDG_STATE_HOME: state, LOCALAPPDATA: local } = env;
  if (state !== undefined && isAbsolute(state)) return join(state, 'seckey', 'keys');
  if (platform === 'win32') return join(local ?? join(home, 'AppData', 'Local'), 'seckey', 'keys');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'seckey', 'keys');
  return join(home, '.local', 'state', 'seckey', 'keys');
}

/** The software keys of one directory. Names are compared without regard to case and kept in lower case. */
export class VirtualKeyStore {
  readonly directory: string;

  constructor(directory: string = virtualKeyDirectory()) {
    this.directory = directory;
  }

  /** @throws {FidoError} `virtual-key-exists`, `virtual-key-in-use`, `invalid-input` for the name, `access-denied` */
  async create(name: string, key: NewVirtualKey): Promise<VirtualKeyDocument> {
    const path = this.#path(name);
    this.#prepare();
    const exists = () =>
      new FidoError('virtual-key-exists', `there already is a software key "${normalized(name)}"`, {
        hint: 'Choose another name, or delete that key first.',
      });
    if (existsSync(path)) throw exists();
    const lock = await this.#lock(name);
    try {
      if (existsSync(path)) throw exists();
      const document = newDocument(normalized(name), key);
      onDisk(path, () => writeAtomically(path, serializeDocument(document)));
      return document;
    } finally {
      lock.release();
    }
  }

  /** All keys, by name; also while other processes use them. @throws {FidoError} `access-denied` */
  list(): VirtualKeyEntry[] {
    if (!existsSync(this.directory)) return [];
    onDisk(this.directory, () => requireOwnDirectory(this.directory));
    const names = onDisk(this.directory, () => readdirSync(this.directory))
      .filter((file) => file.endsWith(SUFFIX) && isName(file.slice(0, -SUFFIX.length)))
      .map((file) => file.slice(0, -SUFFIX.length));
    return names.sort().map((name) => {
      try {
        const { model, hand, createdAt } = this.#read(name);
        return { name, model, hand, createdAt };
      } catch (error) {
        if (error instanceof FidoError) return { name, error };
        throw error;
      }
    });
  }

  /** Also deletes a damaged one. @throws {FidoError} `no-key`, `virtual-key-in-use`, `access-denied` */
  async delete(name: string): Promise<void> {
    const path = this.#path(name);
    this.#require(name);
    const lock = await this.#lock(name);
    try {
      this.#require(name);
      onDisk(path, () => {
        removeLeftovers(path);
        rmSync(path);
        syncDirectory(this.directory);
      });
    } finally {
      lock.release();
    }
  }

  /**
   * Takes the key for this process alone.
   * @throws {FidoError} `no-key`, `virtual-key-in-use`, `invalid-input` (the name, or a damaged file), `access-denied`
   */
  async open(name: string): Promise<OpenVirtualKey> {
    const path = this.#path(name);
    this.#require(name);
    const lock = await this.#lock(name);
    try {
      this.#require(name);
      onDisk(path, () => removeLeftovers(path));
      return opened(path, this.#read(name), lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  #path(name: string): string {
    if (!isName(normalized(name))) {
      throw new FidoError('invalid-input', `${JSON.stringify(name)} cannot be the name of a software key`, {
        hint: 'Up to 64 letters a-z, digits, dots, underscores and dashes, beginning with a letter or a digit.',
      });
    }
    return join(this.directory, normalized(name) + SUFFIX);
  }

  #prepare(): void {
    onDisk(this.directory, () => prepareStateDirectory(this.directory));
  }

  #require(name: string): void {
    if (existsSync(this.#path(name))) {
      onDisk(this.directory, () => requireOwnDirectory(this.directory));
      return;
    }
    throw new FidoError('no-key', `there is no software key "${normalized(name)}"`, {
      hint: 'See what there is with "seckey virtual list", or make one with "seckey virtual create".',
    });
  }

  async #lock(name: string): Promise<ProcessLock> {
    const path = this.#path(name);
    const lock = await takeLock(path).catch((error: unknown) => diskError(path, error));
    if ('release' in lock) return lock;
    const holder = lock.pid === process.pid ? 'this process' : `process ${lock.pid}`;
    throw new FidoError('virtual-key-in-use', `the software key "${normalized(name)}" is in use by ${holder}`, {
      hint: `End that process first. If it has nothing to do with seckey, delete ${lock.path}.`,
    });
  }

  #read(name: string): VirtualKeyDocument {
    const path = this.#path(name);
    return parseDocument(
      onDisk(path, () => readStateFile(path)),
      normalized(name),
      path,
    );
  }
}

function opened(path: string, document: VirtualKeyDocument, lock: ProcessLock): OpenVirtualKey {
  let current = document;
  let closed = false;
  return {
    get document() {
      return current;
    },
    save(next) {
      // Another process may have the file by now.
      if (closed) throw new Error('a software key was saved after it had been closed');
      onDisk(path, () => writeAtomically(path, serializeDocument(next)));
      current = next;
    },
    close() {
      closed = true;
      lock.release();
    },
  };
}

function normalized(name: string): string {
  return name.toLowerCase();
}

/** Whether `name` is a valid file name on every system; Windows reserves the names of devices. */
function isName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(name) && !/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/.test(name);
}

function onDisk<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    return diskError(path, error);
  }
}

const DISK_REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is no directory',
  EISDIR: 'it is a directory',
  ERR_FS_EISDIR: 'it is a directory',
  ELOOP: 'its links go round in a circle',
  NOT_A_FILE: 'it is a pipe or a device, not a file',
  TOO_LARGE: 'it is too large for a software key',
};

function diskError(path: string, error: unknown): never {
  if (error instanceof FidoError) throw error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    throw new FidoError('access-denied', `no permission for ${path}`, {
      hint: 'Software keys live in the state directory of the user who made them.',
      cause: error,
    });
  }
  if (code === undefined) throw error;
  throw new FidoError('transport-failed', `could not read or write ${path}: ${DISK_REASONS[code] ?? message}`, {
    hint: 'Software keys are kept there; XDG_STATE_HOME names another place.',
    cause: error,
  });
}
