import { describe, expect, test } from 'vitest';
import type { DiscoveredKey } from '../../src/transport/device.ts';
import { insertionOf, placeOf } from '../../src/transport/key-place.ts';

type Listed = Pick<DiscoveredKey, 'id' | 'path' | 'reader' | 'arrival'>;

const card: Listed = { id: 'nfc-1', reader: 'Reader A', arrival: '1' };
const usb: Listed = { id: 'usb-1', path: '/dev/hidraw0', arrival: '7' };

/** [what happened between two looks, before, after, the place is the same, the stay is the same] */
const looks: [string, Listed, Listed, boolean, boolean][] = [
  ['nothing', card, { ...card }, true, true],
  ['another card was laid on the same reader', card, { ...card, arrival: '3' }, true, false],
  ['the card was moved to another reader', card, { ...card, reader: 'Reader B' }, false, false],
  ['another key was put into the same port', usb, { ...usb, id: 'usb-2' }, false, false],
  ['the key was replugged and kept its device node', usb, { ...usb, arrival: '9' }, true, false],
  ['the key was replugged and got another device node', usb, { ...usb, path: '/dev/hidraw3' }, false, false],
];

describe('between two looks', () => {
  test.each(looks)('%s', (_, before, after, samePlace, sameStay) => {
    expect(placeOf(before) === placeOf(after)).toBe(samePlace);
    expect(insertionOf(before) === insertionOf(after)).toBe(sameStay);
  });
});

test('where the system tells no arrival, a stay is known by its place alone', () => {
  const silent = { id: 'tcp-1' };
  expect(insertionOf(silent)).toBe(insertionOf({ ...silent }));
  expect(placeOf(silent)).not.toBe(placeOf({ id: 'tcp-2' }));
});
