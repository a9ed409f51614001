/** Debian's kernel package, taken apart: the kernel as an ELF file, and modules in the order they have to be loaded. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const ELF = Buffer.from('\x7fELF', 'latin1');

const COMPRESSIONS = [
  { magic: Buffer.from('fd377a585a00', 'hex'), command: 'xz', args: ['-dc', '--single-stream'] },
  { magic: Buffer.from('28b52ffd', 'hex'), command: 'zstd', args: ['-dcq'] },
  { magic: Buffer.from('1f8b08', 'hex'), command: 'gzip', args: ['-dc'] },
] as const;

/** The kernel inside a bzImage: TCG is slow, and unpacking it in the guest would take longer than booting. */
export function extractVmlinux(image: Uint8Array): Uint8Array {
  const buffer = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  for (const { magic, command, args } of COMPRESSIONS) {
    for (let at = buffer.indexOf(magic); at >= 0; at = buffer.indexOf(magic, at + 1)) {
      // What follows the payload makes the tool complain; what counts is what came out.
      const { stdout } = spawnSync(command, args, { input: buffer.subarray(at), maxBuffer: 1 << 28 });
      if (stdout?.subarray(0, ELF.length).equals(ELF)) return stdout;
    }
  }
  throw new Error('found no kernel in the image: is zstd or xz missing?');
}

export interface KernelModule {
  name: string;
  content: Uint8Array;
}

/**
 * @param directory …/lib/modules/VERSION
 * @param wanted names; what they depend on comes along, before them
 */
export function collectModules(directory: string, wanted: readonly string[]): KernelModule[] {
  const files = new Map<string, string>();
  for (const path of readdirSync(join(directory, 'kernel'), { recursive: true, encoding: 'utf8' })) {
    const [, name] = /([^/]+)\.ko(\.xz|\.zst)?$/.exec(path) ?? [];
    if (name !== undefined) files.set(canonical(name), join(directory, 'kernel', path));
  }
  const builtin = new Set(
    readFileSync(join(directory, 'modules.builtin'), 'utf8')
      .split('\n')
      .map((line) => canonical(basename(line, '.ko'))),
  );
  const modules = new Map<string, KernelModule>();
  const add = (name: string) => {
    if (modules.has(name) || builtin.has(name)) return;
    const file = files.get(name);
    if (file === undefined) throw new Error(`the kernel package has no module ${name}`);
    const content = readModule(file);
    for (const dependency of dependenciesOf(content)) add(canonical(dependency));
    modules.set(name, { name, content });
  };
  for (const name of wanted) add(canonical(name));
  return [...modules.values()];
}

function canonical(name: string): string {
  return name.replaceAll('-', '_');
}

function readModule(file: string): Uint8Array {
  if (file.endsWith('.ko')) return readFileSync(file);
  const { stdout } = spawnSync(file.endsWith('.xz') ? 'xz' : 'zstd', ['-dcq', file], { maxBuffer: 1 << 26 });
  return stdout;
}

/** The `depends=a,b` entry of the module's .modinfo section. */
function dependenciesOf(module: Uint8Array): string[] {
  const text = Buffer.from(module.buffer, module.byteOffset, module.byteLength);
  const at = text.indexOf('\0depends=', 0, 'latin1');
  if (at < 0) return [];
  const start = at + '\0depends='.length;
  return text.toString('latin1', start, text.indexOf(0, start)).split(',').filter(Boolean);
}
