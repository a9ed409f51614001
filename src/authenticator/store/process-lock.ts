/**
 * A lock between processes that is free again once the process that has it dies. Each process that wants the lock makes
 * a file of its own beside the resource, named after itself, and then looks whether a running process has one too. No
 * process ever replaces the file of another, so two processes that find a dead owner cannot both become the next.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ATTEMPTS = 12;
/**
 * Two processes that come at once both step back and try again. A file that is this old belongs to one that has the
 * lock.
 */
const SETTLED_AFTER_MS = 1_000;

export interface ProcessLock {
  /** May be called twice. Also happens when the process exits. */
  release(): void;
}

export interface LockHolder {
  pid: number;
  path: string;
}

const held = new Set<string>();

/** Takes the lock on `path` (the file itself need not exist), or returns who has it. */
export async function takeLock(path: string): Promise<ProcessLock | LockHolder> {
  const own = `${basename(path)}@${process.pid}-${startOf(process.pid) ?? 0}-${randomBytes(6).toString('hex')}.lock`;
  const file = join(dirname(path), own);
  for (let attempt = 1; ; attempt++) {
    writeOwn(file);
    const holder = findHolder(path, own);
    if (holder === undefined) return { release: () => remove(file) };
    remove(file);
    if (attempt === ATTEMPTS || isSettled(holder.path)) return holder;
    await sleep(5 + Math.random() * 10 * attempt);
  }
}

function writeOwn(file: string): void {
  const handle = openSync(file, 'wx', 0o600);
  if (held.size === 0) process.once('exit', releaseAll);
  held.add(file);
  try {
    writeFileSync(handle, `${process.pid}\n`);
  } finally {
    closeSync(handle);
  }
}

/**
 * The running process that has a file too. Files of dead ones are removed, which is safe because each name is used
 * once.
 */
function findHolder(path: string, own: string): LockHolder | undefined {
  const directory = dirname(path);
  const prefix = `${basename(path)}@`;
  let holder: LockHolder | undefined;
  for (const name of readdirSync(directory)) {
    if (name === own || !name.startsWith(prefix)) continue;
    const [, pid, start] = /^(\d+)-(\d+)-[0-9a-f]+\.lock$/.exec(name.slice(prefix.length)) ?? [];
    if (pid === undefined || start === undefined) continue;
    if (isAlive(Number(pid), Number(start))) holder ??= { pid: Number(pid), path: join(directory, name) };
    else rmSync(join(directory, name), { force: true });
  }
  return holder;
}

function isAlive(pid: number, start: number): boolean {
  const startNow = startOf(pid);
  if (startNow !== undefined && start !== 0) return startNow === start;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * When the process was started, in ticks since boot, so that another process that got its number is not mistaken for
 * it; -1 for a zombie, undefined where the system does not tell (only Linux does).
 */
function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? -1 : Number(fields[18]);
  } catch {
    return undefined;
  }
}

function isSettled(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs > SETTLED_AFTER_MS;
  } catch {
    return false;
  }
}

function remove(file: string): void {
  rmSync(file, { force: true });
  held.delete(file);
  if (held.size === 0) process.removeListener('exit', releaseAll);
}

function releaseAll(): void {
  for (const file of held) rmSync(file, { force: true });
  held.clear();
}
