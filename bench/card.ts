/**
 * getInfo over PC/SC, whole process: seckey against ykman and python-fido2 on one software key, in a pcscd of its own.
 * What is timed runs in bench/card-inside.ts, beside that pcscd, so that getting there is not timed.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { doctor } from '../src/index.ts';
import { Pcscd } from '../test/system/support/pcscd.ts';
import { SECKEY } from './programs.ts';
import type { Table } from './table.ts';

export async function card(inside: string): Promise<Table[]> {
  const state = mkdtempSync(path.join(tmpdir(), 'seckey-bench-'));
  const env = { XDG_STATE_HOME: state };
  let pcscd: Pcscd | undefined;
  try {
    pcscd = await Pcscd.start(1);
    const made = await pcscd.exec(process.execPath, [SECKEY, 'virtual', 'create', 'card', '--model', 'yubikey-5-nfc'], {
      env,
    });
    if (made.code !== 0) throw new Error(made.stderr);
    const [reader] = pcscd.readers;
    const place = `localhost:${reader?.port}`;
    const served = pcscd.spawn(process.execPath, [SECKEY, 'virtual', 'serve', 'card', '--vpcd', place], { env });
    await served.says('card:');
    const checked = await pcscd.exec(process.execPath, [SECKEY, 'doctor', '-t', 'nfc', '--json'], { env });
    const barred = JSON.parse(checked.stdout).findings.find(({ severity }: doctor.Finding) => severity === 'problem');
    if (barred) return [missing(`${barred.message} ${barred.mend ?? ''}`.replace(/\s+/g, ' ').trim())];
    const { code, stdout, stderr } = await pcscd.exec(process.execPath, [inside, reader?.name ?? ''], {
      timeoutMs: 600_000,
    });
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  } catch (error) {
    // What a program said last is why it gave up.
    const last = (error as Error).message.trim().split('\n').at(-1);
    const root = process.getuid?.() === 0 ? '' : ' It has to run as root, for the namespaces of its pcscd.';
    const iproute = existsSync('/sbin/ip') || existsSync('/usr/bin/ip') ? '' : ' apt-get install iproute2.';
    return [missing(`${last}.${root}${iproute}`)];
  } finally {
    await pcscd?.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

function missing(reason: string): Table {
  const all = `everything over PC/SC (seckey info, ykman, python-fido2, memory): ${reason}`;
  return { title: 'getInfo over PC/SC, whole process', unit: 'ms', rows: [], missing: [all] };
}
