/** PC/SC's error numbers. The binding has them only in its messages, as text. */
import { type Advice, FidoError } from '../../errors.ts';
import { CardResetError } from './connection.ts';
import { pcscdAdvice, thisPcscdSetup } from './pcscd-start.ts';

export const PCSC = {
  invalidHandle: 0x80100003,
  invalidParameter: 0x80100004,
  insufficientBuffer: 0x80100008,
  unknownReader: 0x80100009,
  timeout: 0x8010000a,
  sharingViolation: 0x8010000b,
  noSmartcard: 0x8010000c,
  protoMismatch: 0x8010000f,
  invalidValue: 0x80100011,
  commError: 0x80100013,
  notTransacted: 0x80100016,
  readerUnavailable: 0x80100017,
  noService: 0x8010001d,
  serviceStopped: 0x8010001e,
  noReadersAvailable: 0x8010002e,
  unsupportedCard: 0x80100065,
  unresponsiveCard: 0x80100066,
  unpoweredCard: 0x80100067,
  resetCard: 0x80100068,
  removedCard: 0x80100069,
  securityViolation: 0x8010006a,
} as const;

/** The event counter that PC/SC keeps in the upper half of a reader's state. */
export const EVENT_COUNTER = 0xffff0000;

/** The number in "SCardConnect error: Sharing violation.(0x8010000b)", on this error or on the one that it wraps. */
export function pcscCode(error: unknown): number | undefined {
  const { message, previous } = (error ?? {}) as { message?: string; previous?: unknown };
  const [, hex] = /\(0x(?:f{8})?([0-9a-f]{8})\)/i.exec(message ?? '') ?? [];
  if (hex !== undefined) return Number.parseInt(hex, 16);
  return previous === undefined ? undefined : pcscCode(previous);
}

export function pcscdNotRunning(cause?: unknown): FidoError {
  return new FidoError('pcscd-not-running', 'the smart card service is not running', {
    ...pcscdAdvice(thisPcscdSetup()),
    cause,
  });
}

export function pcscdAccessDenied(cause?: unknown): FidoError {
  return new FidoError('pcscd-access-denied', 'the smart card service (pcscd) refuses access', {
    hint:
      'Run seckey in a session on this machine itself, or allow org.debian.pcsc-lite.access_pcsc and access_card ' +
      'for your user in a polkit rule; as administrator it works.',
    cause,
  });
}

export function keyBusy(cause?: unknown): FidoError {
  return new FidoError('key-busy', 'another program is using the card', {
    hint: 'Often that is GnuPG (gpgconf --kill scdaemon) or a browser: close it, then try again.',
    situation: { id: 'card-in-use' },
    cause,
  });
}

const LAY_DOWN = 'Put the key on the reader, leave it there, and run the command again.';
const RECONNECT = {
  hint: 'Take the key off, unplug the reader, plug it in again, and try again.',
  situation: { id: 'transport-trouble' },
} as const satisfies Advice;

/** Why a card could not be taken, or a reader could not be asked. */
export function connectError(error: unknown): FidoError {
  switch (pcscCode(error)) {
    case PCSC.sharingViolation:
      return keyBusy(error);
    case PCSC.noSmartcard:
    case PCSC.removedCard:
      return new FidoError('key-removed', 'there is no card on the reader', { hint: LAY_DOWN, cause: error });
    case PCSC.unknownReader:
    case PCSC.readerUnavailable:
    case PCSC.noReadersAvailable:
      return new FidoError('key-removed', 'the card reader is not connected any more', {
        hint: 'Connect it again, then run the command again.',
        cause: error,
      });
    case PCSC.noService:
    case PCSC.serviceStopped:
      return pcscdNotRunning(error);
    case PCSC.securityViolation:
      return pcscdAccessDenied(error);
    case PCSC.protoMismatch:
    case PCSC.unsupportedCard:
      return new FidoError('unsupported', 'the card does not speak as FIDO2 cards do', {
        hint: 'Put a FIDO2 key or card on the reader.',
        cause: error,
      });
    case PCSC.unresponsiveCard:
    case PCSC.unpoweredCard:
      return new FidoError('transport-failed', 'the card does not respond to the reader', {
        hint: 'Turn it over, or put it on the reader again.',
        cause: error,
      });
    default:
      return new FidoError('transport-failed', `the card reader failed: ${text(error)}`, {
        ...RECONNECT,
        cause: error,
      });
  }
}

const hasSocket = process.platform !== 'win32' && process.platform !== 'darwin';

/** Why the service does not take the library. */
export function serviceError(error: unknown): FidoError {
  if (pcscCode(error) !== PCSC.serviceStopped || !hasSocket) return connectError(error);
  return new FidoError(
    'nfc-unavailable',
    'pcscd and libpcsclite.so.1 are of versions that do not understand each other',
    {
      hint: 'Restart the service (systemctl restart pcscd); if that does not help, update both (Debian: apt install --only-upgrade pcscd libpcsclite1).',
      cause: error,
    },
  );
}

/** Why an APDU came to nothing. Except for the reset the card may have seen it. */
export function transmitError(error: unknown): FidoError {
  switch (pcscCode(error)) {
    case PCSC.resetCard:
      return new CardResetError(error);
    case PCSC.removedCard:
    case PCSC.noSmartcard:
    case PCSC.unknownReader:
    case PCSC.readerUnavailable:
    // A contactless card that leaves the field in mid-command shows as a failed exchange.
    case PCSC.notTransacted:
      return new FidoError('key-removed', 'the key was removed', { hint: LAY_DOWN, cause: error });
    case PCSC.timeout:
      return new FidoError('no-answer', 'the card does not answer', { hint: LAY_DOWN, cause: error });
    case PCSC.insufficientBuffer:
      return new FidoError('malformed-response', 'the card answered with more than an answer can hold', {
        hint: LAY_DOWN,
        cause: error,
      });
    case PCSC.noService:
    case PCSC.serviceStopped:
      return new FidoError('transport-failed', 'the smart card service stopped', {
        ...pcscdAdvice(thisPcscdSetup()),
        cause: error,
      });
    default:
      return new FidoError('transport-failed', `the card reader failed: ${text(error)}`, {
        ...RECONNECT,
        cause: error,
      });
  }
}

/** The binding's message without the function's name; it holds no secrets. */
function text(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^SCard\w+ error: /, '') : String(error);
}
