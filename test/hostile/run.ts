/** Runs command lines on hostile keys, many at a time: which key each of them finds is told apart by where it asks. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Ending, run } from '../support/in-process-cli.ts';
import type { HostileWorld } from './hostile-world.ts';

export const worlds = new AsyncLocalStorage<HostileWorld>();

/** @param limitMs when it is interrupted, as by Ctrl-C. @throws {Error} if even that does not end it */
export async function runIn(world: HostileWorld, argv: readonly string[], limitMs: number): Promise<Ending> {
  try {
    return await worlds.run(world, () => run(argv, limitMs));
  } finally {
    await world.close();
  }
}
