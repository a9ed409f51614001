/** What a command finds around it where it is not a process of its own. */
import type { Writable } from 'node:stream';
import type { PinMemory } from './terminal/pin-memory.ts';

export interface RunEnvironment {
  /** Where the PIN of the key may be known from. */
  pinMemory?: PinMemory | undefined;
  /** Where data goes instead of standard output. */
  stdout?: Writable | undefined;
  /** Other commands may have written to the --trace file before. */
  continuesTrace?: boolean | undefined;
}
