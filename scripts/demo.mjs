// The main job on a software key, in a directory of its own: nothing of yours is touched, no hardware is needed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const directory = mkdtempSync(path.join(tmpdir(), 'seckey-demo-'));
const pinFile = path.join(directory, 'pin');
writeFileSync(pinFile, 'correct horse\n', { mode: 0o600 });

function seckey(...args) {
  const shown = args.map((arg) => (arg === pinFile ? 'PIN-FILE' : arg)).join(' ');
  process.stdout.write(`\n$ seckey ${shown}\n`);
  const { status } = spawnSync(process.execPath, [path.resolve(import.meta.dirname, '../bin/seckey.js'), ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, XDG_STATE_HOME: directory },
  });
  if (status !== 0) {
    process.stdout.write(`exit code ${status}\n`);
    process.exitCode = status ?? 1;
  }
}

try {
  seckey('virtual', 'create', 'demo', '--model', 'yubikey-5-nfc');
  seckey('--key', 'virtual:demo', 'info');
  seckey('--key', 'virtual:demo', 'pin', 'set', '--new-pin-file', pinFile);
  seckey('--key', 'virtual:demo', 'pin', 'verify', '--pin-file', pinFile);
  seckey('--key', 'virtual:demo', 'pin', 'status', '--json');
  seckey('--key', 'virtual:demo', 'reset', '--confirm', 'demo');
} finally {
  rmSync(directory, { recursive: true, force: true });
}
