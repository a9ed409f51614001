import { describe, expect, test } from 'vitest';
import { resetGestures } from '../../../src/client/reset/gestures.ts';
import type { AuthenticatorInfo } from '../../../src/ctap2/commands/get-info.ts';
import type { CborValue } from '../../../src/encoding/cbor.ts';
import { makerOf } from '../../../src/makers/makers.ts';
import type { DiscoveredKey, Transport } from '../../../src/transport/device.ts';
import { blank, configured, sent, setUp } from '../../support/reset-setup.ts';
import { type Answer, infoAnswer, type ScriptedDevice } from '../../support/scripted-device.ts';

const key = (transport: Transport, vendorId?: string) => ({ transport, vendorId }) as DiscoveredKey;
const info = (more: Partial<AuthenticatorInfo> = {}): AuthenticatorInfo => ({
  versions: ['FIDO_2_1'],
  aaguid: new Uint8Array(16),
  ...more,
});

describe('the gestures of the key at hand', () => {
  test.each<[string, DiscoveredKey, AuthenticatorInfo, string | undefined, [string, string, string, number]]>([
    [
      'YubiKey 5.7 on USB',
      key('usb', '1050'),
      info({ firmwareVersion: 0x05_0701 }),
      undefined,
      ['unplug', 'plug', 'touch-metal-contact', 10_000],
    ],
    [
      'YubiKey 5.5.4: ten seconds from here on',
      key('usb', '1050'),
      info({ firmwareVersion: 0x05_0504 }),
      undefined,
      ['unplug', 'plug', 'touch-metal-contact', 10_000],
    ],
    [
      'YubiKey 5.4.3: five seconds',
      key('usb', '1050'),
      info({ firmwareVersion: 328707 }),
      undefined,
      ['unplug', 'plug', 'touch-metal-contact', 5_000],
    ],
    [
      'YubiKey that tells no version: five seconds',
      key('usb', '1050'),
      info(),
      undefined,
      ['unplug', 'plug', 'touch-metal-contact', 5_000],
    ],
    [
      'YubiKey on a reader, known by its model',
      key('nfc'),
      info({ firmwareVersion: 0x05_0403, transports: ['nfc', 'usb'] }),
      'YubiKey 5 Series with NFC',
      ['lift', 'lay', 'touch-on-reader', 5_000],
    ],
    [
      'YubiKey with longTouchForReset',
      key('usb', '1050'),
      info({ firmwareVersion: 0x05_0800, longTouchForReset: true }),
      undefined,
      ['unplug', 'plug', 'hold', 10_000],
    ],
    [
      'Feitian with fingerprint sensor',
      key('usb', '096e'),
      info({ options: { userVerificationMgmtPreview: false } }),
      undefined,
      ['unplug', 'plug', 'touch-fingerprint-sensor', 10_000],
    ],
    ['Feitian without', key('usb', '096e'), info(), undefined, ['unplug', 'plug', 'touch', 10_000]],
    [
      'any key with fingers enrolled',
      key('usb', '9999'),
      info({ options: { bioEnroll: true } }),
      undefined,
      ['unplug', 'plug', 'touch-fingerprint-sensor', 10_000],
    ],
    [
      'HID card with and without contacts',
      key('nfc'),
      info({ transports: ['nfc', 'smart-card'] }),
      'HID Crescendo 4000',
      ['pull-or-lift', 'push-or-lay', 'touch-on-reader', 10_000],
    ],
    [
      'card with contacts only',
      key('nfc'),
      info({ transports: ['smart-card'] }),
      undefined,
      ['pull', 'push', 'touch-on-reader', 10_000],
    ],
    ['nothing known', key('usb'), info(), undefined, ['unplug', 'plug', 'touch', 10_000]],
  ])('%s', (_, ...[at, says, model, expected]) => {
    const { remove, insert, touch, windowMs } = resetGestures(at, says, model);
    expect([remove, insert, touch, windowMs]).toEqual(expected);
  });

  test('a maker is known by its USB vendor id, else by the model its AAGUID stands for', () => {
    expect(makerOf({ vendorId: '1050' }, undefined)).toBe('yubico');
    expect(makerOf({}, 'Feitian BioPass FIDO2')).toBe('feitian');
    expect(makerOf({}, 'HID Crescendo Key V3')).toBe('hid');
    expect(makerOf({}, 'Cryptnox FIDO2')).toBe('cryptnox');
    expect(makerOf({ vendorId: '1209' }, 'Some Key')).toBeUndefined();
  });
});

describe('on the way', () => {
  const asks =
    (times: number): Answer =>
    (options) => {
      for (let i = 0; i < times; i++) {
        options.onKeepalive?.(2);
        options.onKeepalive?.(1);
      }
      return 0;
    };

  test.each([
    [1, ['touch', 'processing']],
    [2, ['touch', 'processing', 'touch again', 'processing']],
    [3, ['touch', 'processing', 'touch again', 'processing', 'touch again', 'processing']],
  ])('a key that asks %i times is touched as often', async (times, expected) => {
    const { finder, run } = await setUp({ after: [[configured, asks(times), blank]] });
    await run();
    expect(finder.told.slice(3)).toEqual(expected);
  });

  test.each<[string, [number, CborValue][], number]>([
    ['an old YubiKey', [[0x0e, 328707]], 5_000],
    ['a new one', [[0x0e, 0x05_0701]], 10_000],
  ])('the countdown of %s', async (_, members, windowMs) => {
    const [before, after] = [true, false].map((clientPin) => infoAnswer({ clientPin }, members));
    const { finder, run } = await setUp({
      before: [before!],
      after: [[before!, 0, after!]],
      key: { vendorId: '1050' },
    });
    await run();
    expect(finder.windowsMs[0]).toBeGreaterThan(windowMs - 1_000);
    expect(finder.windowsMs[0]).toBeLessThanOrEqual(windowMs);
  });
});

describe('a YubiKey that also holds PIV data', () => {
  const withConfig = (device: ScriptedDevice, blocked: boolean) =>
    Object.assign(device, { asked: 0, vendor: { isResetBlocked: async () => blocked } });

  test('is refused before anyone unplugs anything, with what to do instead', async () => {
    const { finder, devices, run } = await setUp({ after: [], key: { vendorId: '1050' } });
    withConfig(devices[0]!, true);
    const failure = await run().then(
      () => expect.unreachable(),
      (error) => error,
    );
    expect(failure).toMatchObject({ code: 'unsupported' });
    expect(failure.hint).toContain('ykman config reset');
    expect(finder.told).toEqual([]);
    expect(sent(devices[0]!)).toEqual(['04']);
  });

  test('is reset where it is not blocked', async () => {
    const { devices, run } = await setUp({ after: [[configured, 0, blank]], key: { vendorId: '1050' } });
    withConfig(devices[0]!, false);
    await expect(run()).resolves.toBeDefined();
  });

  test("other makers' keys are not asked", async () => {
    const { devices, run } = await setUp({ after: [[configured, 0, blank]], key: { vendorId: '096e' } });
    devices[0]!.remove();
    withConfig(devices[0]!, true);
    await expect(run()).resolves.toBeDefined();
  });
});
