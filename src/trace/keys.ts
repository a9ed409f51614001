/** Which keys were seen, opened and removed, for a trace: a failed reset is often about that and not about exchanges. */
import type { FidoError } from '../errors.ts';
import type { ReaderLimit } from '../transport/backend.ts';
import type { CtapDevice, DiscoveredKey, Transport } from '../transport/device.ts';
import { traitsOf } from '../transport/traits.ts';
import { NumberedAliases, type TraceAliases } from './aliases.ts';
import type { TracedKey, TraceEvent, TraceKeys, TraceLine, TraceOpening } from './events.ts';
import { traced, tracedError } from './trace.ts';

/** What a finder lists at one moment: keys, and transports that could not be looked at. */
export interface TracedListing {
  keys: DiscoveredKey[];
  failures: { transport: Transport; error: FidoError }[];
  readerLimit?: ReaderLimit | undefined;
}

/** Where keys are found: `Discovery`, or what lists them in its place. */
export interface KeyFinder {
  list(): Promise<TracedListing>;
}

type Untimed = TraceEvent extends infer Each ? (Each extends TraceEvent ? Omit<Each, 'time'> : never) : never;

/** One trace over all listings and openings of a command. */
export class KeyTracer {
  readonly #sink: (line: TraceLine) => void;
  readonly #aliases: TraceAliases;
  #sessions = 0;
  #listed = '';
  #unchanged = 0;

  constructor(sink: (line: TraceLine) => void, aliases: TraceAliases = new NumberedAliases()) {
    this.#sink = sink;
    this.#aliases = aliases;
  }

  /** What `finder` lists from now on is recorded, and so is whatever is done with it. */
  async list(finder: KeyFinder): Promise<TracedListing> {
    const { keys, failures, readerLimit } = await finder.list();
    this.#noteListing(
      keys.map((key) => this.#describe(key)),
      failures.map(({ transport, error: { code } }) => ({ transport, code })),
    );
    return { keys: keys.map((key) => ({ ...key, open: () => this.#open(key) })), failures, readerLimit };
  }

  /** A name of a key as its user writes it: what is of seckey's own stays. */
  alias(text: string): string {
    const [, prefix = '', rest = ''] = /^(virtual:)?(.*)$/s.exec(text) ?? [];
    return `${prefix}${this.#aliases.text(rest)}`;
  }

  #note(event: Untimed): void {
    this.#write({ time: new Date().toISOString(), ...event } as TraceEvent);
  }

  #write(line: TraceLine): void {
    this.#unchanged = 0;
    this.#sink(line);
  }

  #noteListing(keys: TracedKey[], failures: NonNullable<TraceKeys['failures']>): void {
    const listed = JSON.stringify([keys, failures]);
    if (listed === this.#listed) {
      this.#unchanged++;
      return;
    }
    this.#listed = listed;
    this.#note({ event: 'keys', keys, ...(failures.length ? { failures } : {}), unchanged: this.#unchanged });
  }

  #describe({ id, transport, traits, name, error, ...key }: DiscoveredKey): TracedKey {
    const { serial, path, reader, port } = key;
    const { vendor, vendorId, productId, serialIsUnique } = key;
    const shown = { vendor, vendorId, productId, serialIsUnique };
    const hidden = Object.entries({ serial, path, reader, port }).map(([member, text]) => [
      member,
      text === undefined ? undefined : this.#aliases.text(text),
    ]);
    const members = [...Object.entries(shown), ...hidden].filter(([, value]) => value !== undefined);
    return {
      id: this.alias(id),
      transport,
      // A reader's name may hold its serial number.
      name: traitsOf({ transport, traits }).namesProduct ? name : this.#aliases.text(name),
      ...Object.fromEntries(members),
      ...(error ? { error: { code: error.code } } : {}),
    };
  }

  async #open(key: DiscoveredKey): Promise<CtapDevice> {
    const session = ++this.#sessions;
    const opening = { event: 'open', session, key: this.alias(key.id) } as const;
    try {
      const device = await key.open();
      const can = abilities(device);
      this.#note({ ...opening, ...(can.length ? { can } : {}) });
      return this.#traced(device, session);
    } catch (error) {
      this.#note({ ...opening, error: tracedError(error) });
      throw error;
    }
  }

  #traced(device: CtapDevice, session: number): CtapDevice {
    const write = (line: TraceLine) => this.#write(line);
    const note = (event: Untimed) => this.#note(event);
    const inner = traced(device, write, { session, aliases: this.#aliases });
    const { wink, vendor: { readSerial, isResetBlocked } = {} } = inner;
    let removed: Promise<void> | undefined;
    return {
      transport: device.transport,
      transact: (request, options) => inner.transact(request, options),
      close: () => device.close(),
      // Looking at it starts watching, so nobody else may.
      get removed() {
        removed ??= device.removed.then(() => note({ event: 'removed', session }));
        return removed;
      },
      ...(wink && {
        wink: async () => {
          try {
            await wink();
            note({ event: 'wink', session });
          } catch (error) {
            note({ event: 'wink', session, error: tracedError(error) });
            throw error;
          }
        },
      }),
      ...((readSerial || isResetBlocked) && {
        vendor: {
          ...(readSerial && {
            readSerial: async (maker) => {
              const serial = await readSerial(maker);
              note({ event: 'readSerial', session, ...(serial === undefined ? {} : { serial: this.alias(serial) }) });
              return serial;
            },
          }),
          ...(isResetBlocked && {
            isResetBlocked: async (maker) => {
              const blocked = await isResetBlocked(maker);
              note({ event: 'readResetBlocked', session, blocked });
              return blocked;
            },
          }),
        },
      }),
    };
  }
}

/** What a device can do besides exchanges, by the names of the events. */
function abilities({ wink, vendor }: CtapDevice): NonNullable<TraceOpening['can']> {
  return [
    ...(wink ? (['wink'] as const) : []),
    ...(vendor?.readSerial ? (['readSerial'] as const) : []),
    ...(vendor?.isResetBlocked ? (['readResetBlocked'] as const) : []),
  ];
}
