/** Keys on PC/SC readers, contactless and contact. */
import { createHash } from 'node:crypto';
import { FidoError } from '../../errors.ts';
import type { Backend, ReaderLimit } from '../backend.ts';
import type { CtapDevice, DiscoveredKey } from '../device.ts';
import { type NfcDevice, type NfcOptions, openNfcDevice } from './device.ts';
import { openHostedPcsc } from './host/hosted-pcsc.ts';
import type { Pcsc } from './pcsc.ts';
import type { ReaderStatus } from './pcsc-library.ts';

export interface NfcBackendOptions extends NfcOptions {
  /** How long a card that was looked at is held for `open`, in ms. Other programs have to do without it so long. */
  keepMs?: number;
}

/** No hand is quick enough to change a card within this time, so that a selected one need not be asked again. */
const TRUST_MS = 250;

interface Held {
  readonly device: NfcDevice;
  /** Whether somebody has it, or it only waits to be opened. */
  opened: boolean;
  readonly selectedAt: number;
  timer?: NodeJS.Timeout;
}

/** @throws {FidoError} `nfc-unavailable`, `pcscd-not-running`, `pcscd-access-denied`, `transport-failed` */
export async function openNfcBackend(): Promise<Backend> {
  return new NfcBackend(await openHostedPcsc());
}

export class NfcBackend implements Backend {
  readonly transport = 'nfc';
  readerLimit: ReaderLimit | undefined;
  readonly #pcsc: Pcsc;
  readonly #options: NfcBackendOptions;
  /** By reader name. */
  readonly #held = new Map<string, Held>();
  readonly #watches = new Set<() => void>();
  /** What list() saw last, so that a watch begun afterwards misses nothing. */
  #seen: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(pcsc: Pcsc, options: NfcBackendOptions = {}) {
    this.#pcsc = pcsc;
    this.#options = options;
  }

  /** One after another: two at once would find the cards taken by each other. */
  list(): Promise<DiscoveredKey[]> {
    return this.#inTurn(async () => {
      await this.#letGo((held) => !held.opened);
      const readers = await this.#pcsc.readers();
      this.#seen = fingerprint(readers);
      this.readerLimit = readerLimit(this.#pcsc, readers);
      const keys = await Promise.all(
        readers.filter((reader) => reader.cardPresent).map((reader) => this.#look(reader)),
      );
      return keys.filter((key) => key !== undefined);
    });
  }

  watch(changed: () => void): () => void {
    let before = this.#seen;
    const stop = this.#pcsc.watch((readers) => {
      const now = readers && fingerprint(readers);
      if (now !== undefined && now === before) return;
      before = now;
      changed();
    });
    this.#watches.add(stop);
    return () => {
      this.#watches.delete(stop);
      stop();
    };
  }

  /** Cards that were looked at and not opened are held for `open`; this ends that at once. */
  release(): Promise<void> {
    return this.#inTurn(() => this.#letGo((held) => !held.opened));
  }

  async close(): Promise<void> {
    for (const stop of this.#watches) stop();
    this.#watches.clear();
    await this.#inTurn(() => this.#letGo(() => true));
    this.#pcsc.close();
  }

  /** The key in a reader; undefined if what is there has no FIDO applet, or has just been taken away. */
  async #look(reader: ReaderStatus): Promise<DiscoveredKey | undefined> {
    if (this.#held.has(reader.name)) return this.#describe(reader);
    try {
      const held = await this.#select(reader);
      const expire = (): void => void this.#inTurn(() => this.#letGo((other) => other === held && !held.opened));
      held.timer = setTimeout(expire, this.#options.keepMs ?? 2_000).unref();
      return this.#describe(reader);
    } catch (error) {
      if (!(error instanceof FidoError)) throw error;
      if (error.code === 'unsupported' || error.code === 'key-removed') return undefined;
      return this.#describe(reader, error);
    }
  }

  #describe(reader: ReaderStatus, error?: FidoError): DiscoveredKey {
    const { name, event } = reader;
    const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
    const open = (): Promise<CtapDevice> => this.#inTurn(() => this.#open(reader));
    return { id: `nfc-${hash}`, transport: 'nfc', name, reader: name, port: name, arrival: `${event}`, error, open };
  }

  async #open(reader: ReaderStatus): Promise<CtapDevice> {
    const held = this.#held.get(reader.name);
    if (held?.opened)
      throw new FidoError('key-busy', 'the key is open already, in this program', { hint: 'Close it first.' });
    if (held) {
      clearTimeout(held.timer);
      held.opened = true;
      try {
        if (performance.now() - held.selectedAt > TRUST_MS) await held.device.select();
        return held.device;
      } catch {
        // The card was changed or reset meanwhile.
        await held.device.close();
      }
    }
    const { device } = await this.#select(reader, true);
    return device;
  }

  async #select(status: ReaderStatus, opened = false): Promise<Held> {
    const { name } = status;
    const connection = await this.#pcsc.connect(name);
    try {
      const onClosed = (): void => {
        if (this.#held.get(name)?.device === device) this.#held.delete(name);
      };
      const watchRemoval = (gone: () => void) => this.#watchRemoval(status, gone);
      const device: NfcDevice = await openNfcDevice(connection, { ...this.#options, onClosed, watchRemoval });
      const held: Held = { device, opened, selectedAt: performance.now() };
      this.#held.set(name, held);
      return held;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** The card that `seen` reported is gone once its reader says so, counts another event, or vanishes. */
  #watchRemoval(seen: ReaderStatus, gone: () => void): () => void {
    const stop = this.#pcsc.watch((readers) => {
      const now = readers?.find(({ name }) => name === seen.name);
      if (!now?.cardPresent || now.event !== seen.event) gone();
    });
    this.#watches.add(stop);
    return () => {
      this.#watches.delete(stop);
      stop();
    };
  }

  async #letGo(which: (held: Held) => boolean): Promise<void> {
    await Promise.all([...this.#held.values()].filter(which).map(({ device }) => device.close()));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }
}

/** A library that shows as many readers as it can may hide others. */
export function readerLimit({ library }: Pcsc, readers: readonly ReaderStatus[]): ReaderLimit | undefined {
  const { name, maxReaders } = library;
  return maxReaders !== undefined && readers.length >= maxReaders ? { library: name, maxReaders } : undefined;
}

function fingerprint(readers: ReaderStatus[]): string {
  return JSON.stringify(readers.map(({ name, cardPresent, event }) => [name, cardPresent, event]).sort());
}
