import { FidoError } from '../../src/errors.ts';
import type { HidConnection } from '../../src/transport/hid/connection.ts';

/** Wraps a connection: `deliver` decides what becomes of each packet from the key, `write` of each one to it. */
export function faulty(
  connection: HidConnection,
  faults: {
    deliver?: (packet: Uint8Array, index: number, forward: (packet: Uint8Array) => void) => void;
    write?: (packet: Uint8Array, index: number, forward: (packet: Uint8Array) => Promise<void>) => Promise<void>;
  },
): HidConnection {
  let delivered = 0;
  let written = 0;
  return {
    onPacket: (listener) =>
      connection.onPacket((packet) => {
        if (faults.deliver) faults.deliver(packet, delivered++, listener);
        else listener(packet);
      }),
    onClosed: (listener) => connection.onClosed(listener),
    write: (packet) => {
      const forward = (bytes: Uint8Array) => connection.write(bytes);
      return faults.write ? faults.write(packet, written++, forward) : forward(packet);
    },
    close: () => connection.close(),
  };
}

/** Loses the key's packets with these numbers, counted from 0. */
export function drop(connection: HidConnection, ...indexes: number[]): HidConnection {
  return faulty(connection, {
    deliver: (packet, index, forward) => {
      if (!indexes.includes(index)) forward(packet);
    },
  });
}

/** Swaps packets `index` and `index + 1` of the key. */
export function reorder(connection: HidConnection, index: number): HidConnection {
  let held: Uint8Array | undefined;
  return faulty(connection, {
    deliver: (packet, at, forward) => {
      if (at === index) {
        held = packet;
        return;
      }
      forward(packet);
      if (held) forward(held);
      held = undefined;
    },
  });
}

/** Flips one bit of the key's packet `index`. */
export function flip(connection: HidConnection, index: number, bit: number): HidConnection {
  return faulty(connection, {
    deliver: (packet, at, forward) => {
      const bytes = Uint8Array.from(packet);
      if (at === index) bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      forward(bytes);
    },
  });
}

/** Writes from number `index` on never end. */
export function stallWrites(connection: HidConnection, index: number, count = Number.POSITIVE_INFINITY): HidConnection {
  return faulty(connection, {
    write: (packet, at, forward) => (at >= index && at < index + count ? new Promise<void>(() => {}) : forward(packet)),
  });
}

/** The key is pulled out at event `index`, counting packets of both directions; `remove` unplugs it. */
export function removeAt(connection: HidConnection, index: number, remove: () => void): HidConnection {
  let events = 0;
  return faulty(connection, {
    deliver: (packet, _at, forward) => {
      if (events++ === index) remove();
      else forward(packet);
    },
    write: async (packet, _at, forward) => {
      if (events++ === index) {
        remove();
        throw new FidoError('key-removed', 'the key was removed');
      }
      await forward(packet);
    },
  });
}
