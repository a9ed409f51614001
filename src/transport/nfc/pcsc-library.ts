/** What seckey needs of a PC/SC library. */
import type { FidoError } from '../../errors.ts';
import type { CardConnection } from './connection.ts';

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
