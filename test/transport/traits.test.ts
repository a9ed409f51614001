import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type TransportTraits, traitsOf } from '../../src/transport/traits.ts';

describe('traits', () => {
  test('of seckey’s own transports follow from the name', () => {
    expect(traitsOf({ transport: 'usb' })).toMatchObject({ reconnect: 'replug', inReader: false, namesProduct: true });
    expect(traitsOf({ transport: 'nfc' })).toMatchObject({ reconnect: 'reposition', inReader: true });
  });
  test.each(['tcp', 'USB', '', 'constructor', '__proto__'])(
    'of any other nothing is taken for granted: %o',
    (transport) => {
      const nothing: TransportTraits = {
        reconnect: 'reconnect',
        inReader: false,
        namesProduct: false,
        getInfoNames: [],
      };
      expect(traitsOf({ transport })).toEqual(nothing);
    },
  );
  test('that a key brings along count', () => {
    const traits: TransportTraits = { ...traitsOf({ transport: 'nfc' }), getInfoNames: ['ble'] };
    expect(traitsOf({ transport: 'radio', traits })).toBe(traits);
  });
});

test('above the transports, no name of one decides anything', () => {
  const source = fileURLToPath(new URL('../../src/', import.meta.url));
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  // The software key has two interfaces, and the doctor knows these two ways and no other.
  const mayCompare = /^(transport|authenticator|doctor)\/|^keys\/software\/software-key\.ts$/;
  const compares = /[=!]== '(usb|nfc)'|'(usb|nfc)' [=!]==|case '(usb|nfc)'/;
  const found = files.filter((file) => !mayCompare.test(file) && compares.test(readFileSync(source + file, 'utf8')));
  expect(files.length).toBeGreaterThan(200);
  expect(found).toEqual([]);
});
