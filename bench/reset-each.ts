/** 200 keys in one run of seckey reset --each, over PC/SC: how long, and whether memory grows with their number. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Pcscd } from '../test/system/support/pcscd.ts';
import { drawer, resetAll } from '../test/system/support/reset-batch-plan.ts';
import { spread } from './measure.ts';
import { SECKEY } from './programs.ts';
import type { Table } from './table.ts';

const COUNT = 200;
const READERS = 16;
const PARTS = 4;
/** Of the checkout: benchmarks are started from there. */
const PROGRAMS = pathToFileURL(path.resolve('test/system/programs/x'));

export async function resetEach(): Promise<Table[]> {
  const pcscd = await Pcscd.start(READERS);
  try {
    const { samples, heap, seconds } = await resetAll(pcscd, SECKEY, drawer(COUNT), PROGRAMS);
    const each = (seconds * 1000) / COUNT;
    return [
      inParts(
        'seckey reset --each: resident memory',
        samples.map((kb) => kb / 1024),
      ),
      inParts(
        'The same: heap in use after collecting garbage',
        heap.map((bytes) => bytes / 2 ** 20),
      ),
      {
        title: 'The same: time for one key, hands included',
        unit: 'ms',
        rows: [{ name: `${COUNT} keys on ${READERS} readers`, min: each, median: each, max: each }],
      },
    ];
  } finally {
    await pcscd.stop();
  }
}

/** A row for each part of the batch, and how its median compares with the first one's. */
function inParts(title: string, values: readonly number[]): Table {
  const size = Math.floor(values.length / PARTS);
  const first = spread(values.slice(0, size)).median;
  const rows = Array.from({ length: PARTS }, (_, part) => {
    const measured = spread(values.slice(part * size, (part + 1) * size));
    return { name: `part ${part + 1} of ${PARTS}`, ...measured, ratio: measured.median / first };
  });
  return { title, unit: 'MB', rows };
}
