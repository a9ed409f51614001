// What goes into dist/. Start-up time is why it is bundled: on a command of 60 ms every file that is opened counts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build, transform } from 'esbuild';
import { directImports } from './direct-imports.mjs';
import { lazyBuiltins } from './lazy-builtins.mjs';

const require = createRequire(import.meta.url);
const cborX = path.dirname(require.resolve('cbor-x/package.json'));

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: path.resolve(import.meta.dirname, '..'),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  chunkNames: 'chunks/[name]-[hash]',
  // Inlined: commander and cbor-x, needed by nearly every command. Left out: native addons, and what few runs load.
  external: [
    'node-hid',
    'nfc-pcsc',
    'pcsc-mini',
    'inquirer',
    '@inquirer/core',
    '@noble/curves',
    '@noble/curves/*',
    'aaguids',
  ],
  // cbor-x's own Node entry looks for a native accelerator, which costs more than our messages are long.
  alias: { 'cbor-x/encode': path.join(cborX, 'encode.js') },
  logLevel: 'warning',
};

/** A process of its own, which both start. */
const PCSC_HOST = 'src/transport/nfc/host/main.ts';

/** Bundles the library, the software key and the command line into `outdir`. */
export async function bundle(outdir) {
  await Promise.all([bundleLibrary(outdir), bundleCommandLine(path.join(outdir, 'cli'))]);
}

function bundleLibrary(outdir) {
  return build({
    ...common,
    entryPoints: {
      index: 'src/index.ts',
      authenticator: 'src/authenticator/index.ts',
      ctap2: 'src/ctap2/index.ts',
      trace: 'src/trace/index.ts',
      transport: 'src/transport/index.ts',
      'pcsc-host': PCSC_HOST,
    },
    outdir,
  });
}

/**
 * The command line is a program of its own and shares no file with the library: it is CommonJS, which Node loads without
 * starting its ES module loader and without waiting for a turn of the event loop per import. esbuild splits only ES
 * modules, so each chunk is converted afterwards; what was imported lazily still is.
 */
async function bundleCommandLine(outdir) {
  const { outputFiles } = await build({
    ...common,
    entryPoints: { main: 'src/cli/main.ts', 'compile-cache': 'src/cli/compile-cache.ts', 'pcsc-host': PCSC_HOST },
    outdir,
    plugins: [lazyBuiltins, directImports],
    define: { 'import.meta.url': '__filename' },
    // Comments and indentation are a third of what would have to be read. Names stay, for the sake of stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    write: false,
  });
  mkdirSync(path.join(outdir, 'chunks'), { recursive: true });
  for (const { path: file, text } of outputFiles) {
    const { code } = await transform(text, {
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      // import() would start the ES module loader after all.
      supported: { 'dynamic-import': false },
      minifyWhitespace: true,
    });
    writeFileSync(file, code);
  }
  writeFileSync(path.join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
}
