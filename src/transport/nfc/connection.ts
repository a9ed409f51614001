import { FidoError } from '../../errors.ts';

/**
 * A powered card in a reader, held for us alone. One APDU at a time. PC/SC in production, scripted in
 * tests, or a program's own; `openNfcDevice` makes a key of it (CTAP 2.3 §11.3).
 */
export interface CardConnection {
  /**
   * Sends a command APDU, answers the response APDU (data ‖ SW1 SW2). Fewer than two bytes mean that there is no card any
   * more, or that it is broken; the caller judges.
   * @throws {CardResetError} the card was reset since the last APDU and `apdu` was not sent
   * @throws {FidoError} `key-removed`, `transport-failed`, `no-answer`; then the card may have seen `apdu`
   */
  transmit(apdu: Uint8Array): Promise<Uint8Array>;
  /**
   * Takes the same card again after a {@link CardResetError}. No applet is selected afterwards.
   * @throws {FidoError} `key-removed`, `key-busy`, `transport-failed`
   */
  reconnect(): Promise<void>;
  /** Lets the card go without resetting it. May be called twice, and while an APDU is out: then once that has ended. */
  close(): Promise<void>;
}

/** Somebody reset the card between two APDUs. The APDU that met this error never reached the card. */
export class CardResetError extends FidoError {
  constructor(cause?: unknown) {
    super('transport-failed', 'another program reset the card', {
      cause,
      hint: 'Stop other programs that use smart cards, then try again.',
    });
  }
}
