/** Builds the command line and the library once per test run, as they are shipped, and runs them in real processes. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
// Not below node_modules, which several checkouts may share.
const home = path.join(root, '.cache/built-cli');

/** vitest's globalSetup. */
export async function setup(): Promise<void> {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  // @ts-expect-error: a plain script without declarations
  const { bundle } = await import('../../scripts/bundle.mjs');
  await bundle(path.join(home, 'dist'));
  cpSync(path.join(root, 'bin'), path.join(home, 'bin'), { recursive: true });
  cpSync(path.join(root, 'package.json'), path.join(home, 'package.json'));
  mkdirSync(path.join(home, 'path'));
  writeFileSync(path.join(home, 'bin/seckey'), `#!/bin/sh\nexec "${process.execPath}" "${home}/bin/seckey.js" "$@"\n`, {
    mode: 0o755,
  });
  symlinkSync('../bin/seckey', path.join(home, 'path/seckey'));
  await stripExamples();
}

/** Newer releases of Node run the examples as they are. Beside `dist`, they import `seckey` as programs do. */
async function stripExamples(): Promise<void> {
  mkdirSync(path.join(home, 'examples'));
  for (const name of readdirSync(path.join(root, 'examples')).filter((file) => file.endsWith('.ts'))) {
    const { code } = await transform(readFileSync(path.join(root, 'examples', name), 'utf8'), { loader: 'ts' });
    writeFileSync(path.join(home, 'examples', name.replace(/\.ts$/, '.js')), code);
  }
}

/** What runs `examples/NAME.ts` with the library as it is shipped, for {@link Scratch.sh}. */
export function exampleCommand(name: string): string {
  return `"${process.execPath}" "${path.join(home, 'examples', `${name}.js`)}"`;
}

/** What runs a program of these lines, which imports `seckey` as it is shipped, for {@link Scratch.sh}. */
export async function programCommand(name: string, source: string): Promise<string> {
  const { code } = await transform(source, { loader: 'ts' });
  writeFileSync(path.join(home, 'examples', `${name}.js`), code);
  return exampleCommand(name);
}

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A scratch directory with its own software keys, in which shell lines run with `seckey` on the path. */
export class Scratch {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'seckey-cli-'));

  /** Runs one line of shell; `input` is its standard input, which is never a terminal. */
  sh(line: string, input = ''): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const child = spawn('sh', ['-c', line], {
        cwd: this.directory,
        env: {
          PATH: `${home}/path:${process.env.PATH}`,
          HOME: this.directory,
          XDG_STATE_HOME: path.join(this.directory, 'state'),
          LANG: 'C.UTF-8',
          // Tests must not see the readers of whoever runs them.
          PCSCLITE_CSOCK_NAME: path.join(this.directory, 'no-pcscd'),
        },
      });
      const outcome: Outcome = { code: null, stdout: '', stderr: '' };
      child.stdout.on('data', (chunk) => {
        outcome.stdout += chunk;
      });
      child.stderr.on('data', (chunk) => {
        outcome.stderr += chunk;
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ ...outcome, code }));
      child.stdin.on('error', () => {});
      child.stdin.end(input);
    });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
