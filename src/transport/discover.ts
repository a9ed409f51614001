import { FidoError, type FidoErrorCode } from '../errors.ts';
import type { Backend, ReaderLimit } from './backend.ts';
import type { DiscoveredKey, Transport } from './device.ts';

/** Where keys are looked for. */
export interface DiscoveryOptions {
  /** Where to look; by default everywhere, `backends` included. A transport that is not named is not even loaded. */
  transports?: readonly Transport[] | undefined;
  /**
   * A program's own transports, by name: what opens their backends. One that is called `usb` or `nfc` takes the place of
   * seckey's.
   */
  backends?: Readonly<Record<string, () => Promise<Backend>>> | undefined;
}

/** What was seen at one moment. */
export interface DiscoveryResult {
  keys: DiscoveredKey[];
  /** Transports that could not be looked at. */
  failures: { transport: Transport; error: FidoError }[];
  /** There may be more readers than could be looked at. */
  readerLimit?: ReaderLimit | undefined;
}

// Each drags in a native module, so neither is loaded before somebody looks there.
const SYSTEM: Readonly<Record<string, () => Promise<Backend>>> = {
  usb: async () => (await import('./hid/backend.ts')).openHidBackend(),
  nfc: async () => (await import('./nfc/backend.ts')).openNfcBackend(),
};

const UNAVAILABLE = new Map<Transport, FidoErrorCode>([
  ['usb', 'usb-unavailable'],
  ['nfc', 'nfc-unavailable'],
]);

/** Lists and watches keys over all transports. One that fails never hides the other. */
export class Discovery {
  /** Where it looks. */
  readonly transports: readonly Transport[];
  readonly #openers: Readonly<Record<string, () => Promise<Backend>>>;
  readonly #backends = new Map<Transport, Promise<Backend>>();
  readonly #stops = new Set<() => void>();
  #closed = false;

  /** @throws {RangeError} if `transports` names one that nobody has brought */
  constructor({ transports, backends = {} }: DiscoveryOptions = {}) {
    this.#openers = { ...SYSTEM, ...backends };
    this.transports = [...new Set(transports ?? Object.keys(this.#openers))];
    for (const transport of this.transports) this.#opener(transport);
  }

  /** Keys present now, in the order of `transports`, USB first by default. Never rejects because of a transport; see `failures`. */
  async list(): Promise<DiscoveryResult> {
    this.#assertOpen();
    const result: DiscoveryResult = { keys: [], failures: [] };
    const attempts = this.transports.map(async (transport) => {
      const backend = await this.#backend(transport);
      const keys = await backend.list();
      if (backend.readerLimit) result.readerLimit = backend.readerLimit;
      return keys;
    });
    for (const [index, attempt] of (await Promise.allSettled(attempts)).entries()) {
      const transport = this.transports[index] as Transport;
      if (attempt.status === 'fulfilled') result.keys.push(...attempt.value);
      else result.failures.push({ transport, error: asFidoError(attempt.reason, transport) });
    }
    return result;
  }

  /**
   * Calls `changed` whenever a key may have appeared or vanished, on any transport that works; the answer stops it.
   * Why another does not work, `list` tells. Start watching, then list: what comes in between is then not missed.
   */
  watch(changed: () => void): () => void {
    this.#assertOpen();
    const stops: (() => void)[] = [];
    let stopped = false;
    const stop = () => {
      stopped = true;
      this.#stops.delete(stop);
      for (const stopBackend of stops.splice(0)) stopBackend();
    };
    this.#stops.add(stop);
    for (const transport of this.transports) {
      this.#backend(transport)
        .then((backend) => {
          if (!stopped) stops.push(backend.watch(changed));
        })
        .catch(() => {});
    }
    return stop;
  }

  /** Lets go of keys that `list` has looked at and that nobody has opened, so that other programs can use them. */
  async release(): Promise<void> {
    const backends = await Promise.allSettled(this.#backends.values());
    await Promise.allSettled(backends.map((backend) => backend.status === 'fulfilled' && backend.value.release?.()));
  }

  /** Stops watching and releases the backends, so that the process can end by itself. Keys that are open stay open. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of [...this.#stops]) stop();
    const backends = await Promise.allSettled(this.#backends.values());
    this.#backends.clear();
    await Promise.allSettled(backends.map((backend) => backend.status === 'fulfilled' && backend.value.close()));
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error('discovery has been closed');
  }

  #opener(transport: Transport): () => Promise<Backend> {
    const opener = Object.hasOwn(this.#openers, transport) ? this.#openers[transport] : undefined;
    if (!opener) throw new RangeError(`there is no transport "${transport}"`);
    return opener;
  }

  #backend(transport: Transport): Promise<Backend> {
    const known = this.#backends.get(transport);
    if (known) return known;
    const opening = this.#opener(transport)();
    this.#backends.set(transport, opening);
    // What failed may work later: pcscd can be started meanwhile.
    opening.catch(() => this.#backends.delete(transport));
    return opening;
  }
}

function asFidoError(error: unknown, transport: Transport): FidoError {
  if (error instanceof FidoError) return error;
  const code = UNAVAILABLE.get(transport);
  if (code === undefined) return new FidoError('transport-failed', 'looking for keys failed', { cause: error });
  return new FidoError(code, 'looking for keys failed', { situation: { id: 'transport-unavailable' }, cause: error });
}
