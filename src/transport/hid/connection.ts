import type { FidoError } from '../../errors.ts';

/**
 * Raw 64-byte reports to and from one key (CTAPHID packets, CTAP 2.3 §11.2.4). What a USB library, a program's own transport
 * or a test has to offer; `openHidDevice` makes a key of it.
 */
export interface HidConnection {
  /**
   * Sends one packet of 64 bytes, without report id. Packets leave in the order of the calls.
   * @throws {FidoError} `key-removed`, `access-denied`, `transport-failed`
   */
  write(packet: Uint8Array): Promise<void>;
  /** Sets the one listener for packets that arrive, of 64 bytes each, in the order in which they do. */
  onPacket(listener: (packet: Uint8Array) => void): void;
  /** Sets the one listener for the end of the connection from outside: the key was unplugged. Not called by `close`. */
  onClosed(listener: (error?: FidoError) => void): void;
  /** Releases the device. May be called twice. */
  close(): Promise<void>;
}
