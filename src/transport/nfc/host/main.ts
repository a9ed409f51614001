/**
 * A process of its own for the PC/SC library, started by `hosted-pcsc.ts`. The library's native code waits for pcscd and for
 * cards, now and then for ever, and keeps whatever process it is in from ending; this one can be ended by force.
 */
import type { CardConnection } from '../connection.ts';
import { openPcsc, type Pcsc } from '../pcsc.ts';
import { type Answer, type Call, type Change, type Notice, type Opened, toFailure } from './messages.ts';

let pcsc: Pcsc | undefined;
const cards = new Map<number, CardConnection>();
const watches = new Map<number, () => void>();

process.on('message', (message: Call | Notice) => {
  if ('call' in message) {
    answer(message).then(
      (value) => tell({ id: message.id, value }),
      (error) => tell({ id: message.id, failure: toFailure(error) }),
    );
  } else if ('watch' in message) {
    const { watch } = message;
    const stop = pcsc?.watch((readers) => tell(readers ? { watch, readers } : { watch }));
    if (stop) watches.set(watch, stop);
  } else {
    watches.get(message.unwatch)?.();
    watches.delete(message.unwatch);
  }
});

// Whoever started this has gone. Nothing else ends a process with a native thread that waits.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// Ctrl-C is meant for the program that was started by hand.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

async function answer(message: Call): Promise<unknown> {
  switch (message.call) {
    case 'open': {
      pcsc = await openPcsc();
      const { name, maxReaders } = pcsc.library;
      return { name, maxReaders } satisfies Opened;
    }
    case 'readers':
      return pcsc?.readers();
    case 'connect': {
      const card = await pcsc?.connect(message.reader);
      if (card) cards.set(message.card, card);
      return undefined;
    }
    case 'transmit':
      return cards.get(message.card)?.transmit(message.apdu);
    case 'reconnect':
      return cards.get(message.card)?.reconnect();
    case 'close':
      await cards.get(message.card)?.close();
      cards.delete(message.card);
      return undefined;
  }
}

function tell(message: Answer | Change): void {
  // It fails when the other end has gone, and then this ends.
  process.send?.(message, undefined, undefined, () => {});
}
