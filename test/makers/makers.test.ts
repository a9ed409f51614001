import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkReset } from '../../src/client/reset/check.ts';
import { resetGestures } from '../../src/client/reset/gestures.ts';
import { Session } from '../../src/client/session.ts';
import { switchOnFido } from '../../src/doctor/usb-findings.ts';
import { describeKey } from '../../src/keys/describe.ts';
import type { MakerEntry, UsbProducts } from '../../src/makers/maker.ts';
import { findMaker, hasUniqueUsbSerials, MAKERS, makerOf } from '../../src/makers/makers.ts';
import { openHidDevice } from '../../src/transport/hid/device.ts';
import { udevRules } from '../../src/transport/hid/udev-rules.ts';
import { openNfcDevice } from '../../src/transport/nfc/device.ts';
import { FakeHidKey } from '../support/fake-hid-key.ts';
import { ScriptedCard, SELECT, VERSION } from '../support/scripted-card.ts';
import { discovered, infoAnswer, ScriptedDevice } from '../support/scripted-device.ts';

describe('the table', () => {
  const udevOf = ({ usb = [], udev = [] }: MakerEntry) => (udev === true ? usb : udev);
  const products = MAKERS.flatMap((maker) => (maker.usb ?? []).map((ids) => ({ ...ids, maker: maker.id })));

  test('each maker is there once, with something its keys are told by', () => {
    expect(new Set(MAKERS.map(({ id }) => id)).size).toBe(MAKERS.length);
    expect(new Set(MAKERS.map(({ name }) => name)).size).toBe(MAKERS.length);
    for (const { id, usb, model } of MAKERS) {
      expect(id).toMatch(/^[a-z0-9]+$/);
      expect(usb !== undefined || model !== undefined).toBe(true);
    }
  });
  test('USB ids are four lower-case hex digits', () => {
    const all: readonly UsbProducts[] = MAKERS.flatMap((maker) => [...(maker.usb ?? []), ...udevOf(maker)]);
    for (const { vendorId, productIds = [] } of all) {
      for (const id of [vendorId, ...productIds]) expect(id).toMatch(/^[0-9a-f]{4}$/);
    }
    for (const id of MAKERS.flatMap(({ diagnosis }) => diagnosis?.productsWithoutFido ?? [])) {
      expect(id).toMatch(/^[0-9a-f]{4}$/);
    }
  });
  test('a vendor id that stands twice is told apart by products, of which none stands twice', () => {
    for (const { vendorId, maker } of products) {
      const all = products.filter((other) => other.vendorId === vendorId);
      if (all.length === 1) continue;
      const ids = all.flatMap(({ productIds }) => productIds ?? [`all of ${maker}`]);
      expect(ids.filter((id) => id.startsWith('all of'))).toEqual([]);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });
  test('what is told by USB ids is what its maker is found by', () => {
    for (const { vendorId, productIds = ['0001'], maker, serialIsUnique = false } of products) {
      for (const productId of productIds) {
        expect(makerOf({ vendorId, productId }, undefined)).toBe(maker);
        expect(hasUniqueUsbSerials({ vendorId, productId })).toBe(serialIsUnique);
      }
    }
  });
});

/** All that a file in `src/makers/` says of a maker; its line in the table is the push below. */
const madeUp: MakerEntry = {
  id: 'madeup',
  name: 'Made-Up Keys',
  usb: [{ vendorId: 'fff0', productIds: ['0001'], serialIsUnique: true }],
  model: /made-up/i,
  configuration: {
    hid: async (send) => ({ serial: String((await send(0x50, Uint8Array.of(1)))[0]), isResetBlocked: true }),
    card: async (exchange) => ({ serial: String((await exchange({ ins: 0x77, p1: 0, p2: 0, data: AID })).data[0]) }),
  },
  formatFirmware: (version) => `release ${version}`,
  reset: {
    touchesMetalContact: true,
    windowMs: (version) => (version === 1 ? 3_000 : undefined),
    blocked: { message: 'this key is made up, and so is its reset', hint: 'Make up another one.' },
  },
  udev: true,
  diagnosis: { productsWithoutFido: ['0001'], switchOnFido: (side) => `madeup fido on --${side}` },
};
const AID = Uint8Array.of(0xf0, 0x01);

describe('a maker is added by one entry', () => {
  const ids = { vendorId: 'fff0', productId: '0001' };
  beforeAll(() => void (MAKERS as MakerEntry[]).push(madeUp));
  afterAll(() => void (MAKERS as MakerEntry[]).pop());

  test('its keys are found by USB ids, and by the model', () => {
    expect(findMaker(ids)).toBe(madeUp);
    expect(findMaker({}, 'Made-Up Key 3')).toBe(madeUp);
    expect(findMaker({ vendorId: 'fff0', productId: '0002' })).toBeUndefined();
    expect(hasUniqueUsbSerials(ids)).toBe(true);
    expect(findMaker(ids)?.formatFirmware?.(7)).toBe('release 7');
  });
  test('its serial number is read over CTAPHID', async () => {
    const key = new FakeHidKey();
    key.answer = ({ cid, command }, self) => self.send(cid, command, Uint8Array.of(42));
    const device = await openHidDevice(key, { maker: madeUp });
    expect(await device.vendor?.readSerial?.(madeUp)).toBe('42');
    expect(await device.vendor?.isResetBlocked?.(madeUp)).toBe(true);
    expect(key.begun[0]).toMatchObject({ command: 0x50, payload: Uint8Array.of(1) });
  });
  test('and over ISO 7816, where FIDO is selected again afterwards', async () => {
    const card = new ScriptedCard([
      [SELECT, VERSION],
      ['0077000002f00100', '2b9000'],
      [SELECT, VERSION],
    ]);
    const device = await openNfcDevice(card);
    expect(await device.vendor.readSerial(madeUp)).toBe('43');
    expect(await device.vendor.readSerial({ id: 'other', name: 'Other' })).toBeUndefined();
    expect(card.sent).toHaveLength(3);
  });
  test('it is described with that number', async () => {
    const vendor = { readSerial: async () => '42' };
    const device = Object.assign(new ScriptedDevice([infoAnswer({})]), { vendor });
    const described = await describeKey(discovered(device, ids));
    expect(described).toMatchObject({ serial: '42' });
    expect(described.id).toMatch(/^usb-fff0-0001-[0-9a-f]{4}$/);
  });
  test('it is reset as it says', async () => {
    const device = new ScriptedDevice([infoAnswer({})]);
    const key = discovered(Object.assign(device, { vendor: { isResetBlocked: async () => true } }), ids);
    const info = { versions: [], aaguid: new Uint8Array(16), firmwareVersion: 1 };
    expect(resetGestures(key, info)).toMatchObject({ touch: 'touch-metal-contact', windowMs: 3_000 });
    await expect(checkReset(await Session.open(key))).rejects.toMatchObject({
      code: 'unsupported',
      message: 'this key is made up, and so is its reset',
      hint: 'Make up another one.',
    });
  });
  test('old systems are told of it, and the doctor knows how FIDO is switched on', () => {
    expect(udevRules()).toContain('# Made-Up Keys\nATTRS{idVendor}=="fff0", ATTRS{idProduct}=="0001", TAG+="uaccess"');
    expect(switchOnFido({ ...ids, name: 'Made-Up', smartCard: false })).toBe('madeup fido on --usb');
  });
});
