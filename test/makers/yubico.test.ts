import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../src/encoding/bytes.ts';
import { FidoError } from '../../src/errors.ts';
import { findMaker } from '../../src/makers/makers.ts';
import { yubico } from '../../src/makers/yubico.ts';
import { parseYubicoConfig } from '../../src/makers/yubico-config.ts';
import { openHidDevice } from '../../src/transport/hid/device.ts';
import { HID_ERROR } from '../../src/transport/hid/framing.ts';
import { FakeHidKey } from '../support/fake-hid-key.ts';

const page = (tlvs: string) => fromHex((tlvs.length / 2).toString(16).padStart(2, '0') + tlvs);
// Written by hand from the table of tags, not recorded from a key.
const YUBIKEY = page(
  '0102023f' +
    '020400bc614e' +
    '0302023f' +
    '040183' +
    '0503050701' +
    '06020000' +
    '07010f' +
    '080100' +
    '0d02023f' +
    '0e020000' +
    '0a0100' +
    '100101' +
    '130459353033' +
    '140100' +
    '160101' +
    '170101' +
    '18020000' +
    '2003050701' +
    '2103010203' +
    '7f02beef',
);

describe('the configuration', () => {
  test('is read into its members', () => {
    expect(parseYubicoConfig(YUBIKEY)).toEqual({
      usbSupported: 0x23f,
      serial: 12345678,
      usbEnabled: 0x23f,
      formFactor: 3,
      fips: true,
      securityKey: false,
      firmware: '5.7.1',
      autoEjectTimeoutSeconds: 0,
      challengeResponseTimeoutSeconds: 15,
      deviceFlags: 0,
      nfcSupported: 0x23f,
      nfcEnabled: 0,
      configurationLocked: false,
      morePages: true,
      partNumber: 'Y503',
      fipsCapable: 0,
      pinComplexity: true,
      nfcRestricted: true,
      resetBlocked: 0,
      fpsVersion: '5.7.1',
      stmVersion: '1.2.3',
      unknown: new Map([[0x7f, fromHex('beef')]]),
    });
  });
  test('Security Keys have no serial', () => {
    expect(parseYubicoConfig(page('040141'))).toEqual({
      formFactor: 1,
      fips: false,
      securityKey: true,
      unknown: new Map(),
    });
    expect(parseYubicoConfig(fromHex('00'))).toEqual({ unknown: new Map() });
  });
  test('bytes after the announced length are none of its members', () => {
    expect(parseYubicoConfig(fromHex('03040141020400000001'))).not.toHaveProperty('serial');
  });
  test.each(['', '01', '0101', '020104', '03020401', '0402050102', '0502031001', '0702050000000001'])(
    'malformed: %s',
    (hex) => expect(() => parseYubicoConfig(fromHex(hex))).toThrow(FidoError),
  );
  test('any bytes give a configuration or a FidoError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          const { serial = 0, unknown } = parseYubicoConfig(bytes);
          expect(Number.isSafeInteger(serial) && unknown instanceof Map).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: 'malformed-response' });
        }
      }),
      { numRuns: 2000 },
    );
  });
  test('a value that is cut anywhere does not read beyond its end', () => {
    for (let end = 0; end < YUBIKEY.length; end++) {
      expect(() => parseYubicoConfig(YUBIKEY.slice(0, end))).toThrow(FidoError);
    }
  });
});

describe('asking the key', () => {
  const open = async (vendorId: string, answer: FakeHidKey['answer']) => {
    const key = new FakeHidKey();
    key.answer = answer;
    return { key, device: await openHidDevice(key, { maker: findMaker({ vendorId }), silenceMs: 40 }) };
  };

  test('sends vendor command 0x42 for page 0', async () => {
    const { key, device } = await open('1050', ({ cid, command }, self) => self.send(cid, command, YUBIKEY));
    expect(await device.vendor?.readSerial?.(yubico)).toBe('12345678');
    expect(key.begun).toMatchObject([{ command: 0x42, payload: Uint8Array.of(0) }]);
    expect(key.written.at(-1)?.[4]).toBe(0xc2);
  });
  test('never of another maker', async () => {
    const { key, device } = await open('096e', () => {});
    expect(await device.vendor?.readSerial?.(yubico)).toBeUndefined();
    expect(key.begun).toEqual([]);
  });
  test.each<[string, FakeHidKey['answer']]>([
    ['does not know it', ({ cid }, self) => self.error(cid, HID_ERROR.ERR_INVALID_CMD)],
    ['answers nonsense', ({ cid, command }, self) => self.send(cid, command, fromHex('ff01'))],
    ['does not answer', () => {}],
    ['is removed', (_message, self) => self.remove()],
  ])('a key that %s has no serial', async (_name, answer) => {
    const { device } = await open('1050', answer);
    expect(await device.vendor?.readSerial?.(yubico)).toBeUndefined();
    await device.close();
  });
});
