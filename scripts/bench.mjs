// Bundles bench/ for this Node, and runs it on the dist/ that is there to be measured.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { build } from 'esbuild';

if (!existsSync('dist/cli/main.js')) throw new Error('nothing to measure: npm run build');
await build({
  entryPoints: ['bench/main.ts', 'bench/card-inside.ts', 'bench/info-alone.ts'],
  outdir: '.cache/bench',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
});
process.exitCode =
  spawnSync(process.execPath, ['.cache/bench/main.mjs', ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
