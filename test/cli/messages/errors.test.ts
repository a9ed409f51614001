/** Whatever fails, a person is told what happened, why, and what to do. */
import { describe, expect, test } from 'vitest';
import { errorDocument } from '../../../src/cli/errors.ts';
import { EXIT_OF } from '../../../src/cli/exit-codes.ts';
import { HINTS } from '../../../src/cli/messages/errors.ts';
import { statusError } from '../../../src/client/status-error.ts';
import { CTAP_STATUS, statusName } from '../../../src/ctap2/status.ts';
import { FidoError, type FidoErrorCode, PinError } from '../../../src/errors.ts';
import { hidError } from '../../../src/transport/hid/error-frame.ts';
import { connectError, transmitError } from '../../../src/transport/nfc/pcsc-errors.ts';
import { apduError } from '../../../src/transport/nfc/status-words.ts';

/** Three lines of a terminal: more is not read. */
const LONGEST = 240;

/** A whole sentence, or one that ends in a command or an option to type. */
const DOES = /\.$|: (seckey|systemctl|sudo|journalctl) [^:]*$|: pcscd$|--help\.$/;

function expectWords(error: unknown): ReturnType<typeof errorDocument> {
  const document = errorDocument(error);
  const { message, hint } = document;
  expect(message).toMatch(/^[\p{L}\d"'-].{5,}[^.]$/u);
  expect(hint).toMatch(DOES);
  expect(hint.length).toBeGreaterThan(10);
  for (const words of [message, hint]) {
    expect(words.length).toBeLessThanOrEqual(LONGEST);
    // A longer word would be cut, or reach beyond the edge of a terminal.
    expect(Math.max(...words.split(' ').map((word) => word.length))).toBeLessThan(60);
    expect(words).not.toMatch(/undefined|null|NaN|\[object|Error:/);
  }
  return document;
}

const codes = Object.keys(EXIT_OF) as FidoErrorCode[];

test('there are words for each code, and for no other', () => {
  expect(codes.length).toBeGreaterThan(35);
  expect(Object.keys(HINTS).sort()).toEqual([...codes].sort());
});

describe('a failure that brings no hint', () => {
  test.each(codes)('%s gets that of its code', (code) => {
    const document = expectWords(new FidoError(code, 'something that failed'));
    expect(document).toMatchObject({ code, exit: EXIT_OF[code], hint: HINTS[code] });
    expect(document.hint).not.toMatch(/0x|CTAP/);
  });

  test('its own hint stands', () =>
    expect(errorDocument(new FidoError('refused', 'no', { hint: 'Do this.' })).hint).toBe('Do this.'));
});

describe('the status in JSON is what the key answered', () => {
  const blocked = { status: CTAP_STATUS.CTAP2_ERR_PIN_BLOCKED, statusName: 'CTAP2_ERR_PIN_BLOCKED', retries: 0 };

  test('none where seckey read the tries and asked no more', () =>
    expect(errorDocument(new PinError('pin-blocked', 'no tries are left', blocked))).not.toHaveProperty('status'));

  test('that of the answer, where the tries tell more', () => {
    const cause = statusError(CTAP_STATUS.CTAP2_ERR_PIN_INVALID, 'authenticatorClientPIN');
    const error = new PinError('pin-blocked', 'no tries are left', blocked, { cause });
    expect(errorDocument(error)).toMatchObject({ code: 'pin-blocked', status: 'CTAP2_ERR_PIN_INVALID', exit: 7 });
  });

  test('and with one try left, the hint says what the last one needs', () => {
    const wrong = { status: CTAP_STATUS.CTAP2_ERR_PIN_INVALID, statusName: 'CTAP2_ERR_PIN_INVALID' };
    const hintWith = (retries: number) =>
      expectWords(new PinError('pin-invalid', 'wrong PIN, some left', { ...wrong, retries }, { hint: 'Do it again.' }))
        .hint;
    expect(hintWith(1)).toContain('needs --yes');
    expect(hintWith(2)).toBe('Do it again.');
  });
});

describe('what a key may answer', () => {
  const named = Object.entries(CTAP_STATUS).filter(([, status]) => status !== CTAP_STATUS.CTAP2_OK);

  test.each(named)('%s', (name, status) => {
    const { message, hint, status: shown, code } = expectWords(statusError(status, 'authenticatorConfig'));
    expect(shown).toBe(name);
    expect(`${message} ${hint}`).not.toMatch(/0x[0-9a-f]/i);
    // Where scripts are told "refused" and no more, people get the name to look up.
    expect(message.includes(name)).toBe(code === 'refused');
    expect(hint).not.toContain('CTAP');
  });

  test.each(
    Array.from({ length: 255 }, (_, i) => i + 1).filter((status) => !named.some(([, each]) => each === status)),
  )('%i, which the specification does not name', (status) => {
    const { message, code } = expectWords(statusError(status, 'authenticatorConfig'));
    expect(code).toBe('refused');
    // The number is all there is to look up.
    expect(message).toContain(statusName(status));
  });
});

test.each(Array.from({ length: 128 }, (_, i) => i + 1))('CTAPHID error %i', (code) => void expectWords(hidError(code)));

test.each([0x6700, 0x6982, 0x6985, 0x6a80, 0x6a82, 0x6d00, 0x6e00, 0x6f00, 0x6f42, 0x1234])(
  'status word %i',
  (sw) => void expectWords(apduError(sw)),
);

test('failures of the card reader', () => {
  for (let code = 0x80100001; code < 0x80100080; code++) {
    const thrown = new Error(`SCardTransmit error: Something. (0x${code.toString(16)})`);
    expectWords(connectError(thrown));
    expectWords(transmitError(thrown));
  }
});
