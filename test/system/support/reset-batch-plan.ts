/** A drawer of keys to reset one after the other, some of which are bound to fail. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../support/bundle.ts';
import type { Pcscd, VirtualReader } from './pcscd.ts';

export type Fate = 'done' | 'too late' | 'no touch' | 'removed early' | 'refused';

export interface BatchPlan {
  /** `id` is seckey's, for keys without a serial number that can be read. */
  readers: readonly (VirtualReader & { id: string })[];
  keys: readonly { model: string; fate: Fate }[];
  journal: string;
}

export interface BatchResult {
  code: number;
  stdout: string;
  stderr: string;
  /** Serial numbers of the keys in the order of their turns; the nth of the plan has 1,000,000 + n. */
  turns: number[];
  /** Resident memory of seckey at the beginning of each turn, in kB. */
  samples: number[];
  /** Its heap in use right after garbage was collected, in bytes, once a second. */
  heap: number[];
  seconds: number;
}

/** Nine keys of every kind, over and over. */
const DRAWER: BatchPlan['keys'] = [
  { model: 'yubikey-5-nfc', fate: 'done' },
  { model: 'feitian-epass-nfc', fate: 'done' },
  { model: 'ctap-2.3', fate: 'done' },
  { model: 'ctap-2.3', fate: 'no touch' },
  { model: 'hid-crescendo', fate: 'done' },
  { model: 'ctap-2.3', fate: 'removed early' },
  { model: 'yubikey-5-nfc', fate: 'done' },
  { model: 'ctap-2.3-usb-reset', fate: 'refused' },
  { model: 'feitian-epass-nfc', fate: 'too late' },
  { model: 'yubikey-5-nfc-enhanced-pin', fate: 'done' },
];

export function drawer(count: number): BatchPlan['keys'] {
  return Array.from({ length: count }, (_, i) => DRAWER[i % DRAWER.length] as (typeof DRAWER)[number]);
}

/** Resets all of `keys` in one run of `seckey`, on all readers of `pcscd`; `programs` is where the hand's program is. */
export async function resetAll(
  pcscd: Pcscd,
  seckey: string,
  keys: BatchPlan['keys'],
  programs: URL,
): Promise<BatchResult & { journal: string }> {
  const program = await bundle(new URL('reset-batch.ts', programs));
  const directory = mkdtempSync(join(tmpdir(), 'seckey-batch-'));
  try {
    const journal = join(directory, 'journal.jsonl');
    const readers = pcscd.readers.map((reader) => {
      const digest = createHash('sha256').update(reader.name).digest('hex');
      return { ...reader, id: `nfc-${digest.slice(0, 8)}` };
    });
    const file = join(directory, 'plan.json');
    writeFileSync(file, JSON.stringify({ readers, keys, journal } satisfies BatchPlan));
    const preload = new URL('heap-after-gc.cjs', programs);
    copyFileSync(fileURLToPath(preload), join(directory, 'heap-after-gc.cjs'));
    const { code, stdout, stderr } = await pcscd.exec('node', [program, seckey, file], { timeoutMs: 300_000 });
    if (code !== 0) throw new Error(`the batch ended with ${code}:\n${stdout}${stderr}`);
    return { ...JSON.parse(stdout), journal: readFileSync(journal, 'utf8') };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
