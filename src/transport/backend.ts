import type { DiscoveredKey, Transport } from './device.ts';

/** What keeps readers from being seen: a PC/SC library by its name, and the number of readers that it sees at most. */
export interface ReaderLimit {
  library: string;
  maxReaders: number;
}

/** One way of finding keys: USB-HID, PC/SC, or a program's own. Loaded only when somebody looks for keys over it. */
export interface Backend {
  /** That of all its keys. */
  readonly transport: Transport;
  /**
   * Keys present now. Those that cannot be used are among them, with their `error`.
   * @throws {FidoError} if the whole transport cannot be used; anything else that is thrown becomes its cause
   */
  list(): Promise<DiscoveredKey[]>;
  /** Calls `changed` whenever a key may have appeared or vanished, and rather too often than too seldom; the answer stops it. */
  watch(changed: () => void): () => void;
  /** Of the last `list`: there may be more readers than could be looked at. */
  readonly readerLimit?: ReaderLimit | undefined;
  /** Lets go of keys that `list` has looked at and that nobody has opened. */
  release?(): Promise<void>;
  /** Releases everything, so that the process can end by itself. */
  close(): Promise<void>;
}
