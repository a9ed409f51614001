/** What ISO 7816-4 status words mean to somebody who holds a security key. */
import { ApduError } from '../../errors.ts';
import { SW } from './apdu.ts';

/** Checking errors with which cards refuse a chain, always before anything is executed (ISO 7816-4 §5.6). */
export const REFUSES_CHAIN: ReadonlySet<number> = new Set([
  SW.wrongLength,
  0x6882,
  0x6883,
  0x6884,
  SW.wrongP1P2,
  SW.claNotSupported,
  SW.insNotSupported,
]);

/** With these a card refuses its first APDU when its applet is no longer selected. */
export const WANTS_SELECT: ReadonlySet<number> = new Set([SW.conditionsNotSatisfied, SW.commandNotAllowed]);

/** How cards and their operating systems say that there is no applet of the name asked for. */
export const NO_APPLET: ReadonlySet<number> = new Set([
  SW.fileNotFound,
  0x6a81,
  SW.wrongP1P2,
  SW.wrongLength,
  0x6999,
  SW.insNotSupported,
  SW.claNotSupported,
]);

/** Execution error, state unchanged (ISO 7816-4 §5.6). */
const EXECUTION_ERROR = 0x64;

/**
 * The CTAP status that `sw` stands for, as pico-fido has it: 64xx is status xx, where CTAP puts the status before the
 * data of 9000 (CTAP 2.3 §11.3.5). undefined if it stands for none.
 */
export function ctapStatusIn(sw: number): number | undefined {
  return sw >> 8 === EXECUTION_ERROR && (sw & 0xff) !== 0 ? sw & 0xff : undefined;
}

const TEXTS: Record<number, { text: string; hint?: string }> = {
  26368: { text: 'the card refuses the length of the command', hint: 'The request may be too long for this card.' },
  26755: { text: 'the card expected the end of a command chain' },
  26756: { text: 'the card does not support command chaining' },
  27010: { text: 'the card refuses: security status not satisfied' },
  27013: {
    text: 'the card refuses: conditions of use not satisfied',
    hint: 'Another program may have taken the card, or it answers only over USB. Take it off the reader and put it back.',
  },
  27014: {
    text: 'the card refuses: no applet is selected',
    hint: 'Another program may have taken the card. Take it off the reader and put it back.',
  },
  27264: { text: 'the card refuses the data of the command' },
  27266: { text: 'the card has no such applet' },
  27270: { text: 'the card refuses the parameters of the command' },
  27904: { text: 'the card does not know the command', hint: 'It may have no FIDO2, only U2F.' },
  28160: { text: 'the card does not know the class of the command', hint: 'It may have no FIDO2, only U2F.' },
  28416: { text: 'the card failed without saying why', hint: 'Take it off the reader and put it back.' },
};

/** The error of an unexpected status word: text, four hex digits, and a hint where there is something to do. */
export function apduError(sw: number): ApduError {
  const { text, hint } = TEXTS[sw] ?? { text: 'the card answered with an unexpected status' };
  return new ApduError(sw, `${text} (${formatSw(sw)})`, hint === undefined ? {} : { hint });
}

export function formatSw(sw: number): string {
  return sw.toString(16).toUpperCase().padStart(4, '0');
}
