/** Timing: every case in turn, round after round, so that the machine's other work hits all of them alike. */
import { spawnSync } from 'node:child_process';

export interface Spread {
  min: number;
  median: number;
  max: number;
}

/** One thing to be measured: does it once, and answers what it took. */
export interface Case {
  name: string;
  measure: () => number | Promise<number>;
}

export interface Measured extends Spread {
  name: string;
  /** To the first case: the median of the rounds' ratios, because the machine's speed drifts. */
  ratio?: number;
}

/** Each case once unmeasured, then A B C, A B C, … */
export async function interleave(cases: readonly Case[], rounds: number): Promise<Measured[]> {
  const values = cases.map((): number[] => []);
  for (const { measure } of cases) await measure();
  for (let round = 0; round < rounds; round++) {
    for (const [index, { measure }] of cases.entries()) values[index]!.push(await measure());
  }
  return cases.map(({ name }, index) => {
    const ratios = values[index]!.map((value, round) => value / values[0]![round]!);
    return { name, ...spread(values[index]!), ratio: spread(ratios).median };
  });
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)! };
}

/**
 * Certificates that Node is told to read at every start would be most of what `node -e 0` takes, and make every ratio to
 * it look better than it is.
 */
const { NODE_EXTRA_CA_CERTS: _certificates, NODE_OPTIONS: _options, ...environment } = process.env;

/** A whole process from start to end, in ms. @throws if it fails: a quick failure is no good figure. */
export function processCase(name: string, command: string, args: readonly string[]): Case {
  return {
    name,
    measure: () => {
      const started = performance.now();
      const { status, error, stderr } = spawnSync(command, args, {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: environment,
      });
      const took = performance.now() - started;
      if (status !== 0) throw new Error(`${name} ended with ${error ?? status}: ${stderr}`);
      return took;
    },
  };
}

/** Calls of `work` per second, over about `forMs`. */
export async function opsPerSecond(work: () => unknown, forMs = 200): Promise<number> {
  const started = performance.now();
  let count = 0;
  let elapsed = 0;
  while (elapsed < forMs) {
    await work();
    count++;
    elapsed = performance.now() - started;
  }
  return (count * 1000) / elapsed;
}
