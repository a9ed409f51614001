import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const directory = mkdtempSync(join(tmpdir(), 'seckey-test-programs-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));

/** Makes a TypeScript program one file that plain Node 20 runs, and returns its path. It lives as long as this process. */
export async function bundle(source: URL): Promise<string> {
  const outfile = join(directory, basename(source.pathname).replace(/\.ts$/, '.mjs'));
  await build({
    entryPoints: [source.pathname],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'silent',
    external: ['node-hid', 'nfc-pcsc', 'cbor-extract'],
    // Packages of the CommonJS kind call require() for node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return outfile;
}
