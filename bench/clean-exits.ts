/**
 * `npm run bench clean-exits [RUNS [alone|seckey]]`: how often a run over PC/SC ends as it should, through either library. `alone`: the
 * library in the process itself, which closes it and ends by itself. `seckey`: the command line, which has it in another.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Pcscd } from '../test/system/support/pcscd.ts';
import { SECKEY } from './programs.ts';

const LIBRARIES = ['nfc-pcsc', 'pcsc-mini'];
/** A run takes some hundred milliseconds, on a busy machine a few seconds. */
const HUNG_MS = 30_000;

export async function cleanExits(
  alone: string,
  [runs = '1000', only]: readonly string[],
  print: (text: string) => void,
): Promise<void> {
  const ways = { alone: [alone], seckey: [SECKEY, '-t', 'nfc', 'info'] };
  for (const [way, args] of Object.entries(ways)) {
    if (only !== undefined && way !== only) continue;
    // Side by side, and each with a pcscd and a card of its own: each is the other's load.
    const counts = await Promise.all(LIBRARIES.map((library) => count(library, args, Number(runs))));
    for (const [index, outcomes] of counts.entries()) {
      const said = [...outcomes].map(([outcome, times]) => `${outcome}: ${times}`).join(', ');
      print(`${way} ${LIBRARIES[index]}, ${runs} runs: ${said}`);
    }
  }
}

async function count(library: string, args: readonly string[], runs: number): Promise<Map<string, number>> {
  const state = mkdtempSync(path.join(tmpdir(), 'seckey-bench-'));
  const env = { XDG_STATE_HOME: state, SECKEY_PCSC: library };
  const pcscd = await Pcscd.start(1);
  const outcomes = new Map<string, number>();
  try {
    const create = [SECKEY, 'virtual', 'create', 'card', '--model', 'yubikey-5-nfc'];
    const { code, stderr } = await pcscd.exec(process.execPath, create, { env });
    if (code !== 0) throw new Error(stderr);
    const place = `localhost:${pcscd.readers[0]?.port}`;
    const served = pcscd.spawn(process.execPath, [SECKEY, 'virtual', 'serve', 'card', '--vpcd', place], { env });
    await served.says('card:');
    for (let run = 0; run < runs; run++) {
      const outcome = await pcscd.exec(process.execPath, args, { env, timeoutMs: HUNG_MS }).then(
        ({ code, stdout }) => (code === 0 && stdout !== '' ? 'clean' : `ended with ${code}`),
        () => 'hung',
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    return outcomes;
  } finally {
    await pcscd.stop();
    rmSync(state, { recursive: true, force: true });
  }
}
