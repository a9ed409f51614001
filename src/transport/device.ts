/** The one seam between the transports and everything above them. */
import type { FidoError } from '../errors.ts';
import type { TransportTraits } from './traits.ts';
import type { VendorFacet } from './vendor-facet.ts';

/** CTAPHID_KEEPALIVE status, or the status byte that goes with SW 9100 over NFC (CTAP 2.3 §11.2.9.2.1, §11.3.7). */
export const KEEPALIVE = { processing: 1, upneeded: 2 } as const;

/** How long a key that was told to stop may take to answer. Whoever presses Ctrl-C waits a second at most. */
export const CANCEL_MS = 600;

/** Name of a transport: seckey's own, or that of a program's backend. What follows from it, `traitsOf` tells. */
export type Transport = 'usb' | 'nfc' | (string & {});

/** Of one command. */
export interface TransactOptions {
  /** Aborting sends the transport's CANCEL, then still reads the answer: the key must not be left working. */
  signal?: AbortSignal | undefined;
  /** Called when the keepalive status changes, first time included. */
  onKeepalive?: ((status: number) => void) | undefined;
  /** How long a card may leave one APDU unanswered, in ms. CTAPHID has its own limit: keys on USB send keepalives. */
  silenceMs?: number | undefined;
}

/** An opened security key. One command at a time; a second `transact` before the first has ended is a bug. */
export interface CtapDevice {
  readonly transport: Transport;
  /**
   * Sends command byte ‖ CBOR, answers status byte ‖ CBOR. If aborted, the key's own answer is returned all the same
   * (usually status 0x2D), because the command may have been carried out; a key that does not give one at once
   * (within {@link CANCEL_MS}) is given up with `no-answer`.
   * @throws {FidoError} `key-removed`, `no-answer`, `key-busy`, `transport-failed`, `malformed-response`
   */
  transact(request: Uint8Array, options?: TransactOptions): Promise<Uint8Array>;
  /** Makes the key blink or beep where the transport has such a command (CTAPHID_WINK). */
  readonly wink?: (() => Promise<void>) | undefined;
  /** The maker's own configuration; absent where it cannot be asked for. */
  readonly vendor?: VendorFacet | undefined;
  /**
   * Selects the key's applet again, where it is one of several (ISO 7816): some are deselected by their own reset. A
   * pinUvAuthToken of before is lost.
   * @throws {FidoError} `key-removed`, `no-answer`, `unsupported` if there is no such applet any more, `transport-failed`
   */
  readonly reselect?: (() => Promise<void>) | undefined;
  /** Resolves once the transport knows that the key is gone; never rejects. Pending for as long as it is there. */
  readonly removed: Promise<void>;
  /** Releases the key. Never throws; may be called twice. */
  close(): Promise<void>;
}

/** A key that discovery saw, not opened. */
export interface DiscoveredKey {
  /**
   * Differs from that of every other key, those of other transports included; begins with the transport's name by custom.
   * Stable across replugs where the key has a serial number of its own, else for as long as it stays in its port or
   * reader.
   */
  readonly id: string;
  readonly transport: Transport;
  /** What follows from how it is connected, where the transport is none of seckey's own; `traitsOf` tells it of any key. */
  readonly traits?: TransportTraits | undefined;
  /** Maker and product as the device says, or the reader's name. Not escaped. */
  readonly name: string;
  readonly vendor?: string | undefined;
  /** USB ids, four lower-case hex digits. */
  readonly vendorId?: string | undefined;
  readonly productId?: string | undefined;
  /** As the USB descriptor has it, where it has one. */
  readonly serial?: string | undefined;
  /** Whether `serial` is known to tell a key from all others. Else it is a part of the model: makers give it to all alike. */
  readonly serialIsUnique?: boolean | undefined;
  /** Device node (USB). */
  readonly path?: string | undefined;
  /** PC/SC reader name (NFC and contact cards). */
  readonly reader?: string | undefined;
  /** USB port or reader slot, the same after a replug in the same place; absent where the system does not tell. */
  readonly port?: string | undefined;
  /** Differs from one insertion to the next in the same place; absent where the system does not tell. */
  readonly arrival?: string | undefined;
  /** Why it cannot be used, where looking at it already showed that. */
  readonly error?: FidoError | undefined;
  /** @throws {FidoError} `access-denied`, `key-removed`, `key-busy`, `transport-failed` */
  open(): Promise<CtapDevice>;
}
