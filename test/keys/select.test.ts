import { describe, expect, test } from 'vitest';
import { fromHex } from '../../src/encoding/bytes.ts';
import { FidoError } from '../../src/errors.ts';
import { describeKey, withoutDuplicateInterfaces } from '../../src/keys/describe.ts';
import { describeAll, selectKey } from '../../src/keys/select.ts';
import type { CtapDevice, DiscoveredKey } from '../../src/transport/device.ts';
import { type Answer, discovered, infoAnswer, ScriptedDevice } from '../support/scripted-device.ts';

const YUBIKEY = fromHex('a25342c03cdc44148e46f4807fca511c');

/** A key that answers getInfo as often as it is opened. */
function key(
  over: Partial<DiscoveredKey> & { aaguid?: Uint8Array; vendorSerial?: string; opened?: string[] },
): DiscoveredKey {
  const { aaguid = new Uint8Array(16), vendorSerial, opened, ...rest } = over;
  const info = infoAnswer({});
  info.set(3, aaguid);
  return discovered(new ScriptedDevice([]), {
    open: async (): Promise<CtapDevice> => {
      opened?.push(rest.id ?? '');
      const device = new ScriptedDevice([info as Answer]);
      return vendorSerial === undefined
        ? device
        : Object.assign(device, { vendor: { readSerial: async () => vendorSerial } });
    },
    ...rest,
  });
}

const lister = (keys: DiscoveredKey[], failures: FidoError[] = [], transports?: string[]) => ({
  list: async () => ({ keys, failures: failures.map((error) => ({ error })) }),
  transports,
});

const feitian = key({ id: 'usb-096e-0858-1111', serial: 'FT1', serialIsUnique: true, name: 'FT ePass' });
const yubikey = key({
  id: 'usb-1050-0407-2222',
  vendorId: '1050',
  productId: '0407',
  aaguid: YUBIKEY,
  vendorSerial: '12345678',
  name: 'Yubico YubiKey',
});
const card = key({ id: 'nfc-aabbccdd', transport: 'nfc', reader: 'ACS ACR122U 00 00', name: 'ACS ACR122U 00 00' });

describe('selectors', () => {
  test.each([
    ['an id', 'usb-096e-0858-1111', feitian],
    ['the beginning of an id', 'usb-096e', feitian],
    ['a USB serial number', 'FT1', feitian],
    ["a serial number that only the maker's command tells", '12345678', yubikey],
    ['an AAGUID', 'a25342c0-3cdc-4414-8e46-f4807fca511c', yubikey],
    ['a part of the reader', 'acr122', card],
    ['the whole reader', 'ACS ACR122U 00 00', card],
  ])('%s', async (_, selector, expected) => {
    expect(await selectKey(lister([feitian, yubikey, card]), selector)).toBe(expected);
  });

  test('nothing fits: exit 3, with what is there', async () => {
    const failure: FidoError = await selectKey(lister([feitian, yubikey]), 'nope').catch((error) => error);
    expect(failure).toMatchObject({ code: 'no-key', message: 'no key matches "nope"' });
    expect(failure.hint).toContain('usb-096e-0858-1111');
  });

  test('an iSerial that others may have too names no key, and is not shown as its serial number', async () => {
    const shared = { vendorId: '311f', serial: 'A00000000000', serialIsUnique: false } as const;
    const keys = [key({ id: 'usb-311f-5c2f-1111', ...shared }), key({ id: 'usb-311f-f8d3-2222', ...shared })];
    for (const present of [keys, keys.slice(0, 1)]) {
      const failure: FidoError = await selectKey(lister(present), 'A00000000000').catch((error) => error);
      expect(failure).toMatchObject({ code: 'no-key' });
      expect(failure.message).toContain('its maker may give this serial number to every key');
      expect(failure.hint).toContain('usb-311f-5c2f-1111');
      expect(failure.hint).not.toContain('A00000000000');
    }
    expect(await describeKey(keys[0]!)).not.toHaveProperty('serial');
  });

  test('several fit: none is guessed', async () => {
    await expect(selectKey(lister([feitian, yubikey, card]), 'usb-')).rejects.toMatchObject({ code: 'several-keys' });
  });

  test('an id that fits is enough: no key is opened for it', async () => {
    const opened: string[] = [];
    const keys = [key({ id: 'usb-1', opened }), key({ id: 'usb-2', opened })];
    await selectKey(lister(keys), 'usb-2');
    expect(opened).toEqual([]);
  });
});

describe('without selector', () => {
  test('the only key, not opened', async () => {
    const opened: string[] = [];
    const only = key({ id: 'usb-1', opened });
    expect(await selectKey(lister([only]), undefined)).toBe(only);
    expect(opened).toEqual([]);
  });

  test('several: a person chooses, a script gets a failure that names them', async () => {
    const keys = lister([feitian, yubikey]);
    expect(await selectKey(keys, undefined, async (candidates) => candidates[1]!)).toBe(yubikey);
    await expect(selectKey(keys, undefined)).rejects.toMatchObject({ code: 'several-keys' });
  });

  test('none: what could not be looked at is said', async () => {
    const failure: FidoError = await selectKey(
      lister([], [new FidoError('pcscd-not-running', 'pcscd is not running')]),
      undefined,
    ).catch((error) => error);
    expect(failure).toMatchObject({ code: 'no-key' });
    expect(failure.hint).toContain('pcscd is not running');
  });

  test('none on the one transport that was asked for: its own failure', async () => {
    const failure = new FidoError('pcscd-not-running', 'pcscd is not running');
    await expect(selectKey(lister([], [failure], ['nfc']), undefined)).rejects.toBe(failure);
  });
});

describe('one key with two faces', () => {
  const face = (over: Partial<DiscoveredKey> & { vendorSerial?: string }) =>
    key({ transport: 'nfc', id: 'nfc-1', aaguid: YUBIKEY, reader: 'Some reader', ...over });

  test('the same serial number over USB and from a card is one key', async () => {
    const found = await describeAll([yubikey, face({ vendorSerial: '12345678' })]);
    expect(found.map(({ description }) => description.transport)).toEqual(['usb']);
  });
  test('another serial number is another key', async () => {
    expect(await describeAll([yubikey, face({ vendorSerial: '87654321' })])).toHaveLength(2);
  });
  test("the key's own smart card interface, told by the reader's name, is the same key", async () => {
    const silent = key({ id: 'usb-3', aaguid: YUBIKEY, name: 'Yubico YubiKey' });
    expect(await describeAll([silent, face({ reader: 'Yubico YubiKey OTP+FIDO+CCID 00 00' })])).toHaveLength(1);
  });
  test('where it cannot be told, both are shown', () => {
    const usb = { id: 'a', transport: 'usb', aaguid: 'x', name: 'Key' } as const;
    const nfc = { id: 'b', transport: 'nfc', aaguid: 'x', reader: 'ACR122U' } as const;
    expect(withoutDuplicateInterfaces([usb, nfc])).toHaveLength(2);
    expect(withoutDuplicateInterfaces([usb, { ...usb, id: 'c' }, { ...nfc, reader: 'Key 00' }])).toHaveLength(3);
  });
});

describe('descriptions', () => {
  test('model by AAGUID, and an id that goes with the serial number rather than the port', async () => {
    const described = await describeKey(yubikey);
    expect(described).toMatchObject({
      serial: '12345678',
      model: 'YubiKey 5 Series with NFC',
      aaguid: 'a25342c0-3cdc-4414-8e46-f4807fca511c',
    });
    expect(described.id).toMatch(/^usb-1050-0407-[0-9a-f]{4}$/);
    expect(described.id).not.toBe(yubikey.id);
    expect((await describeKey({ ...yubikey, id: 'usb-1050-0407-9999' })).id).toBe(described.id);
  });
  test("the maker's command is sent to nobody else's keys", async () => {
    let asked = false;
    const device = Object.assign(new ScriptedDevice([infoAnswer({})]), {
      vendor: {
        readSerial: async () => {
          asked = true;
          return '1';
        },
      },
    });
    await describeKey(discovered(device, { vendorId: '096e' }));
    expect(asked).toBe(false);
  });
  test('a key that cannot be opened is described with its error, and closed', async () => {
    const refused = new FidoError('access-denied', 'no permission');
    expect(await describeKey(key({ open: () => Promise.reject(refused) }))).toMatchObject({
      id: 'usb-1209-f1d0-0001',
      error: refused,
    });
    const garbled = new ScriptedDevice([Uint8Array.of(0, 0xff)]);
    expect((await describeKey(discovered(garbled))).error?.code).toBe('malformed-response');
    expect(garbled.closed).toBe(1);
  });
  test('an AAGUID of zeros tells nothing', async () => {
    expect(await describeKey(feitian)).not.toHaveProperty('aaguid');
  });
});
