import type { FidoError } from '../../errors.ts';

/** Raw 64-byte reports to and from one key. What a USB library, a test or a recording has to offer. */
export interface HidConnection {
  /**
   * Sends one packet of 64 bytes, without report id. Packets leave in the order of the calls.
   * @throws {FidoError} `key-removed`, `access-denied`, `transport-failed`
   */
  write(packet: Uint8Array): Promise<void>;
  /** Sets the one listener for packets that arrive. */
  onPacket(listener: (packet: Uint8Array) => void): void;
  /** Sets the one listener for the end of the connection from outside: the key was unplugged. Not called by `close`. */
  onClosed(listener: (error?: FidoError) => void): void;
  /** Releases the device. May be called twice. */
  close(): Promise<void>;
}
