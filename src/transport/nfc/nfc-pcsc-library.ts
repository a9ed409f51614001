/** PC/SC through nfc-pcsc. Everything that is odd about that library stays in this file and its neighbours nfc-pcsc-*. */
import { FidoError } from '../../errors.ts';
import type { CardConnection } from './connection.ts';
import { connectCard } from './nfc-pcsc-connection.ts';
import { NfcPcscMonitor } from './nfc-pcsc-monitor.ts';
import type { PcscBinding, RawReader } from './pcsc-binding.ts';
import { PCSC, pcscCode, serviceError } from './pcsc-errors.ts';
import type { PcscLibrary, ReaderMonitor } from './pcsc-library.ts';

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

export function nfcPcsc(binding: PcscBinding): PcscLibrary {
  return new NfcPcsc(binding);
}

class NfcPcsc implements PcscLibrary {
  readonly name = 'nfc-pcsc';
  readonly #binding: PcscBinding;
  readonly #cards = new Map<string, RawReader>();

  constructor(binding: PcscBinding) {
    this.#binding = binding;
  }

  check(): Promise<void> {
    return checkService(this.#binding);
  }

  monitor(changed: (error?: FidoError) => void): ReaderMonitor {
    return new NfcPcscMonitor(this.#binding, changed);
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

  #makeReader(name: string): RawReader {
    const reader = new this.#binding.CardReader(name);
    kept.add(reader);
    this.#cards.set(name, reader);
    return reader;
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
  throw serviceError(answer ?? new Error('the smart card service does not answer'));
}
