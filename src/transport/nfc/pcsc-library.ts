/** What seckey needs of a PC/SC library, and which of those that it knows is at work. */
import { FidoError } from '../../errors.ts';
import type { CardConnection } from './connection.ts';
import { bindingFault, loadBinding } from './pcsc-binding.ts';

export interface ReaderStatus {
  readonly name: string;
  readonly cardPresent: boolean;
  /** Changes whenever a card is put in or taken out, even if that was too quick to be seen. */
  readonly event: number;
}

/** Which readers are there, and whether a card is in them, until it is closed. */
export interface ReaderMonitor {
  /** All readers there are have told their state. */
  readonly complete: boolean;
  /** In the order of their names. */
  readonly readers: ReaderStatus[];
  /** Ends all native threads, so that the process can end. */
  close(): void;
}

/** In the order in which they are asked for (bench/README.md has the reasons). */
export const PCSC_LIBRARIES = ['nfc-pcsc', 'pcsc-mini'] as const;

export type PcscLibraryName = (typeof PCSC_LIBRARIES)[number];

/** A PC/SC library, loaded. */
export interface PcscLibrary {
  readonly name: PcscLibraryName;
  /** Most readers that it sees, where a service may have more. */
  readonly maxReaders?: number | undefined;
  /**
   * Asks whether the service takes this library. Nothing else may be asked before this has succeeded.
   * @throws {FidoError} `pcscd-not-running`, `pcscd-access-denied`, `nfc-unavailable`, `transport-failed`
   */
  check(): Promise<void>;
  /**
   * @param changed called on a later turn of the event loop, once all readers have reported for the first time, then at
   *   every change; with an error when the service has failed and nothing more will come.
   * @throws what the library throws when it cannot begin
   */
  monitor(changed: (error?: FidoError) => void): ReaderMonitor;
  /**
   * Takes the card in the reader for us alone.
   * @throws {FidoError} `key-busy`, `key-removed`, `no-answer`, `unsupported`, `pcscd-not-running`, `pcscd-access-denied`,
   *   `transport-failed`
   */
  connect(reader: string): Promise<CardConnection>;
}

type Loader = () => Promise<PcscLibrary>;

// Loaded only when wanted: each is a native module.
const LOADERS: Readonly<Record<PcscLibraryName, Loader>> = {
  'nfc-pcsc': async () => {
    const binding = await loadBinding();
    return (await import('./nfc-pcsc-library.ts')).nfcPcsc(binding);
  },
  'pcsc-mini': async () => (await import('./pcsc-mini-library.ts')).loadPcscMini(),
};

/** The library that SECKEY_PCSC names; undefined without it. @throws {FidoError} `usage` for one that nobody knows */
export function namedPcscLibrary(name = process.env.SECKEY_PCSC): PcscLibraryName | undefined {
  if (!name) return undefined;
  const known = PCSC_LIBRARIES.find((each) => each === name);
  if (known) return known;
  throw new FidoError('usage', `SECKEY_PCSC is ${name}, which is no PC/SC library that seckey knows`, {
    hint: `Set it to ${PCSC_LIBRARIES.join(' or ')}, or do not set it.`,
  });
}

/**
 * The library that is asked for, or the first that loads.
 * @throws {FidoError} `nfc-unavailable`, with what to do about it; `usage`
 */
export async function loadPcscLibrary(
  named: PcscLibraryName | undefined = namedPcscLibrary(),
  loaders: Readonly<Record<PcscLibraryName, Loader>> = LOADERS,
): Promise<PcscLibrary> {
  if (named) return loaders[named]();
  const [first, ...others] = PCSC_LIBRARIES;
  try {
    return await loaders[first]();
  } catch (error) {
    // All of them need the system's own library.
    if (!(error instanceof FidoError) || bindingFault(error.cause) === 'library-missing') throw error;
    return loadAnother(others, loaders, error);
  }
}

/** @param error why the first does not load, which is what there is to mend if no other does either */
async function loadAnother(
  names: readonly PcscLibraryName[],
  loaders: Readonly<Record<PcscLibraryName, Loader>>,
  error: FidoError,
): Promise<PcscLibrary> {
  for (const name of names) {
    try {
      return await loaders[name]();
    } catch (another) {
      // What it lacks is less than a compiler.
      if (another instanceof FidoError && bindingFault(another.cause) === 'library-missing') throw another;
    }
  }
  throw error;
}
