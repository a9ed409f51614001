/** PC/SC through nfc-pcsc. Everything that is odd about that library stays in this file and its neighbours pcsc-*. */
import { FidoError } from '../../errors.ts';
import type { CardConnection } from './connection.ts';
import { loadBinding, type PcscBinding, type RawReader } from './pcsc-binding.ts';
import { connectCard } from './pcsc-connection.ts';
import { connectError, PCSC, pcscCode } from './pcsc-errors.ts';
import { probePcscd } from './pcscd-socket.ts';
import { type ReaderStatus, ReaderWatch } from './reader-watch.ts';

/** What can be put in place of the real thing in tests. */
export interface PcscEnvironment {
  load?: () => Promise<PcscBinding>;
  /** Answers what identifies the daemon's dialect; undefined where there is no socket to ask. */
  probe?: () => Promise<string | undefined>;
  /** Pause before the service is asked again while it is away, in ms. */
  retryMs?: number;
}

export interface Pcsc {
  /**
   * Readers present now, in the order of their names.
   * @throws {FidoError} `pcscd-not-running`, `pcscd-access-denied`, `nfc-unavailable`, `transport-failed`
   */
  readers(): Promise<ReaderStatus[]>;
  /** Takes the card in the reader of this name for us alone. @throws see {@link connectCard} */
  connect(name: string): Promise<CardConnection>;
  /** Calls `changed` with the readers at first and whenever one, or a card, comes or goes; without when the service has gone. */
  watch(changed: Changed): () => void;
  /** Ends the native threads, without which the process can end. */
  close(): void;
}

type Changed = (readers?: ReaderStatus[]) => void;

const hasSocket = process.platform !== 'win32' && process.platform !== 'darwin';

/**
 * No reader's name, for asking something harmless: so long that libpcsclite refuses it by itself, once it has its context
 * from pcscd. A shorter one would leave a line in the system's journal every time.
 */
const NO_READER = '-'.repeat(200);

/** What only a service that accepted the library lets it say about such a name. */
const ACCEPTED: ReadonlySet<number | undefined> = new Set([
  PCSC.invalidValue,
  PCSC.invalidParameter,
  PCSC.unknownReader,
  PCSC.noReadersAvailable,
  PCSC.readerUnavailable,
]);

const LIMIT_MS = 5_000;
/** So long after a check it is taken for granted that the service is still there. */
const FRESH_MS = 100;

/** Errors after which a context of before is of no use: pcscd was started again. */
const STALE: ReadonlySet<number | undefined> = new Set([
  PCSC.invalidHandle,
  PCSC.commError,
  PCSC.noService,
  PCSC.serviceStopped,
]);

/**
 * Raw readers that connect are made once and kept for ever. The addon's destructor reads a field that only watching a
 * reader sets, so that they must not be collected; and each holds one of the 200 contexts that pcscd grants.
 */
const kept = new Set<RawReader>();

/**
 * @throws {FidoError} `pcscd-not-running`, `pcscd-access-denied`, `nfc-unavailable`, `transport-failed`
 */
export async function openPcsc({
  load = loadBinding,
  probe = hasSocket ? probePcscd : async () => undefined,
  retryMs = 1_000,
}: PcscEnvironment = {}): Promise<Pcsc> {
  const dialect = await probe();
  const binding = await load();
  await checkService(binding);
  return new PcscService(binding, dialect, probe, retryMs);
}

class PcscService implements Pcsc {
  readonly #binding: PcscBinding;
  readonly #probe: () => Promise<string | undefined>;
  readonly #retryMs: number;
  /** The daemon that was found to take the library, until something has failed. */
  #checked: { dialect: string | undefined; at: number } | undefined;
  /** One for all: contexts are scarce, and the addon gives them back only when its objects are collected. */
  #watch: Promise<ReaderWatch> | undefined;
  #current: ReaderWatch | undefined;
  readonly #listeners = new Set<Changed>();
  readonly #cards = new Map<string, RawReader>();
  #timer: NodeJS.Timeout | undefined;
  /** Watchers know that the service is away. */
  #away = false;
  #closed = false;

  constructor(
    binding: PcscBinding,
    dialect: string | undefined,
    probe: () => Promise<string | undefined>,
    retryMs: number,
  ) {
    this.#binding = binding;
    this.#checked = { dialect, at: performance.now() };
    this.#probe = probe;
    this.#retryMs = retryMs;
  }

  async readers(): Promise<ReaderStatus[]> {
    return (await this.#watching()).readers;
  }

  async connect(name: string): Promise<CardConnection> {
    const known = this.#cards.get(name);
    try {
      return await connectCard(known ?? this.#makeReader(name));
    } catch (error) {
      if (!known || !(error instanceof FidoError) || !STALE.has(pcscCode(error.cause))) throw error;
      return connectCard(this.#makeReader(name));
    }
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

  #makeReader(name: string): RawReader {
    const reader = new this.#binding.CardReader(name);
    kept.add(reader);
    this.#cards.set(name, reader);
    return reader;
  }

  #watching(): Promise<ReaderWatch> {
    if (this.#watch) return this.#watch;
    const started = this.#start();
    this.#watch = started;
    started.catch(() => {
      if (this.#watch === started) this.#lost();
    });
    return started;
  }

  async #start(): Promise<ReaderWatch> {
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
        const watch = new ReaderWatch(this.#binding, (error) => {
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

  /** Nothing may create an NFC before this has succeeded. */
  async #ready(): Promise<void> {
    if (this.#checked && performance.now() - this.#checked.at < FRESH_MS) return;
    const dialect = await this.#probe();
    // Where there is no socket to ask, a check serves once.
    if (!this.#checked || dialect !== this.#checked.dialect) await checkService(this.#binding);
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

/**
 * Whether the service takes this machine's library, asked on another thread: `new NFC()` would ask again and again.
 * Connecting to a reader begins with a context, whatever its name.
 */
async function checkService({ CardReader }: PcscBinding): Promise<void> {
  const reader = new CardReader(NO_READER);
  kept.add(reader);
  const answer = await new Promise<unknown>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), LIMIT_MS);
    reader.connect({ share_mode: reader.SCARD_SHARE_EXCLUSIVE }, (error) => {
      clearTimeout(timer);
      resolve(error);
    });
  });
  const code = pcscCode(answer);
  if (ACCEPTED.has(code)) return;
  if (code === PCSC.serviceStopped && hasSocket) {
    throw new FidoError(
      'nfc-unavailable',
      'pcscd and libpcsclite.so.1 are of versions that do not understand each other',
      {
        hint: 'Restart the service (systemctl restart pcscd); if that does not help, update both (Debian: apt install --only-upgrade pcscd libpcsclite1).',
        cause: answer,
      },
    );
  }
  throw connectError(answer ?? new Error('the smart card service does not answer'));
}
