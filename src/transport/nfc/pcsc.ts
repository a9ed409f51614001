/** The smart card service, through whichever library is there. What is odd about one stays in its own files. */
import { FidoError } from '../../errors.ts';
import type { CardConnection } from './connection.ts';
import { loadPcscLibrary } from './load-pcsc-library.ts';
import { connectError } from './pcsc-errors.ts';
import type { PcscLibrary, ReaderMonitor, ReaderStatus } from './pcsc-library.ts';
import { probePcscd } from './pcscd-socket.ts';

/** What can be put in place of the real thing in tests. */
export interface PcscEnvironment {
  load?: () => Promise<PcscLibrary>;
  /** Answers what identifies the daemon's dialect; undefined where there is no socket to ask. */
  probe?: () => Promise<string | undefined>;
  /** Pause before the service is asked again while it is away, in ms. */
  retryMs?: number;
}

export interface Pcsc {
  /** The library that is at work. */
  readonly library: Pick<PcscLibrary, 'name' | 'maxReaders'>;
  /**
   * Readers present now, in the order of their names.
   * @throws {FidoError} `pcscd-not-running`, `pcscd-access-denied`, `nfc-unavailable`, `transport-failed`
   */
  readers(): Promise<ReaderStatus[]>;
  /** Takes the card in the reader of this name for us alone. @throws see {@link PcscLibrary.connect} */
  connect(name: string): Promise<CardConnection>;
  /** Calls `changed` with the readers at first and whenever one, or a card, comes or goes; without when the service has gone. */
  watch(changed: Changed): () => void;
  /** Ends the native threads, without which the process can end. */
  close(): void;
}

type Changed = (readers?: ReaderStatus[]) => void;

const hasSocket = process.platform !== 'win32' && process.platform !== 'darwin';

/**
 * Asks the service itself, without any library. @returns see {@link PcscEnvironment}
 * @throws {FidoError} `pcscd-not-running`, `pcscd-access-denied`, `transport-failed`
 */
export async function probeService(): Promise<string | undefined> {
  return hasSocket ? probePcscd() : undefined;
}

const LIMIT_MS = 5_000;
/** So long after a check it is taken for granted that the service is still there. */
const FRESH_MS = 100;

/**
 * @throws {FidoError} `pcscd-not-running`, `pcscd-access-denied`, `nfc-unavailable`, `transport-failed`
 */
export async function openPcsc({
  load = loadPcscLibrary,
  probe = probeService,
  retryMs = 1_000,
}: PcscEnvironment = {}): Promise<Pcsc> {
  const dialect = await probe();
  const library = await load();
  await library.check();
  return new PcscService(library, dialect, probe, retryMs);
}

class PcscService implements Pcsc {
  readonly library: PcscLibrary;
  readonly #probe: () => Promise<string | undefined>;
  readonly #retryMs: number;
  /** The daemon that was found to take the library, until something has failed. */
  #checked: { dialect: string | undefined; at: number } | undefined;
  /** One for all: the service grants 200 contexts, and libraries are slow to give them back. */
  #watch: Promise<ReaderMonitor> | undefined;
  #current: ReaderMonitor | undefined;
  readonly #listeners = new Set<Changed>();
  #timer: NodeJS.Timeout | undefined;
  /** Watchers know that the service is away. */
  #away = false;
  #closed = false;

  constructor(
    library: PcscLibrary,
    dialect: string | undefined,
    probe: () => Promise<string | undefined>,
    retryMs: number,
  ) {
    this.library = library;
    this.#checked = { dialect, at: performance.now() };
    this.#probe = probe;
    this.#retryMs = retryMs;
  }

  async readers(): Promise<ReaderStatus[]> {
    return (await this.#watching()).readers;
  }

  connect(name: string): Promise<CardConnection> {
    return this.library.connect(name);
  }

  watch(changed: Changed): () => void {
    this.#listeners.add(changed);
    const current = this.#current;
    if (current?.complete) setImmediate(() => this.#listeners.has(changed) && changed(current.readers));
    // Whoever lists the keys gets the reason of a failure.
    else this.#watching().catch(() => {});
    return () => {
      this.#listeners.delete(changed);
      if (this.#listeners.size === 0) clearTimeout(this.#timer);
    };
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
    clearTimeout(this.#timer);
    this.#current?.close();
  }

  #watching(): Promise<ReaderMonitor> {
    if (this.#watch) return this.#watch;
    const started = this.#start();
    this.#watch = started;
    started.catch(() => {
      if (this.#watch === started) this.#lost();
    });
    return started;
  }

  async #start(): Promise<ReaderMonitor> {
    await this.#ready();
    if (this.#closed) throw new FidoError('transport-failed', 'the smart card service has been left');
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new FidoError('transport-failed', 'the smart card service does not tell which readers there are', {
            hint: 'Restart it: systemctl restart pcscd',
          }),
        );
      }, LIMIT_MS).unref();
      try {
        const watch = this.library.monitor((error) => {
          clearTimeout(timer);
          if (error) {
            reject(error);
            this.#lost(watch);
          } else {
            resolve(watch);
            this.#away = false;
            this.#tell(watch.readers);
          }
        });
        this.#current = watch;
      } catch (error) {
        reject(connectError(error));
      }
    });
  }

  /** Nothing may be asked of the library before this has succeeded. */
  async #ready(): Promise<void> {
    if (this.#checked && performance.now() - this.#checked.at < FRESH_MS) return;
    const dialect = await this.#probe();
    // Where there is no socket to ask, a check serves once.
    if (!this.#checked || dialect !== this.#checked.dialect) await this.library.check();
    this.#checked = dialect === undefined ? undefined : { dialect, at: performance.now() };
  }

  /** The service went away, or could not be had. Watchers wait until it is back. */
  #lost(watch = this.#current): void {
    if (watch !== this.#current) return;
    this.#current?.close();
    this.#current = undefined;
    this.#watch = undefined;
    if (this.#checked) this.#checked.at = Number.NEGATIVE_INFINITY;
    if (this.#listeners.size === 0) return;
    if (!this.#away) this.#tell();
    this.#away = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#watching().catch(() => {});
    }, this.#retryMs);
  }

  #tell(readers?: ReaderStatus[]): void {
    for (const listener of [...this.#listeners]) listener(readers);
  }
}
