/** Compiled code kept between runs, where Node can do that (22.1 and later): half of the start-up time of a short command. */
import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

type CompileCache = { enableCompileCache: (directory?: string) => unknown };

/**
 * Only for a Node that has `enableCompileCache`. Never in Node's default place, a guessable directory under /tmp: whoever
 * makes it first decides what code runs here. On Windows that place is the user's own.
 */
export function keepCompiledCode(): void {
  // Asked at run time: the Node that bundles this may be older than the one that runs it.
  const { enableCompileCache } = process.getBuiltinModule('node:module') as unknown as CompileCache;
  if (process.env.NODE_COMPILE_CACHE || process.platform === 'win32') {
    enableCompileCache();
    return;
  }
  try {
    const directory = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'seckey');
    // Not recursively: Node's way of doing that never ends below /proc.
    for (const each of [path.dirname(directory), directory]) if (!existsSync(each)) mkdirSync(each, { mode: 0o700 });
    if (isOursAlone(directory)) enableCompileCache(directory);
  } catch {
    // The home directory cannot be written to: nothing is cached, and starting takes a little longer.
  }
}

/** Not so under sudo with another user's home, for example. */
function isOursAlone(directory: string): boolean {
  const { uid, mode } = lstatSync(directory);
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}
