import { describe, expect, test } from 'vitest';
import type { CommandContext } from '../../../src/authenticator/command-handler.ts';
import { encryptMember, handleGetInfo } from '../../../src/authenticator/commands/get-info.ts';
import { MODELS } from '../../../src/authenticator/models.ts';
import { permittedByPin } from '../../../src/authenticator/pin-uv-auth/token-permissions.ts';
import type { AuthenticatorInfo } from '../../../src/ctap2/commands/get-info.ts';
import { fromHex, toHex } from '../../../src/encoding/bytes.ts';
import { vectors } from '../../support/vectors.ts';
import { bench } from '../support/bench.ts';
import { HandMadeClient } from '../support/hand-made-client.ts';

/** As if every command of the model had its handler. */
function complete(model: string): CommandContext {
  const { key } = bench(model);
  return { ...key, supports: () => true } as unknown as CommandContext;
}
const infoOf = (context: CommandContext) => handleGetInfo({}, context) as AuthenticatorInfo;

describe.each(MODELS.map((model) => [model.id, model] as const))('%s', (id, model) => {
  test('tells of nothing that it cannot do', async () => {
    const on = bench(id);
    const info = await new HandMadeClient(on).info();
    const options = Object.keys(Object.fromEntries(info.get(4)));
    const needs: Record<string, number> = {
      credMgmt: 0x0a,
      bioEnroll: 0x09,
      authnrCfg: 0x0d,
      largeBlobs: 0x0c,
      rk: 0x01,
    };
    for (const [option, command] of Object.entries(needs)) {
      if (!on.key.supports(command)) expect(options).not.toContain(option);
      else expect(options.includes(option)).toBe(option in model.options);
    }
  });

  test('is consistent when complete', () => {
    const info = infoOf(complete(id));
    const { options = {} } = info;
    expect(info.aaguid).toHaveLength(16);
    expect(new Set(info.pinUvAuthProtocols).size).toBe(info.pinUvAuthProtocols?.length);
    expect(info.maxMsgSize).toBeGreaterThanOrEqual(1024);
    expect(Object.keys(options).sort()).toEqual(Object.keys(model.options).sort());
    if (options.largeBlobs) expect(info.maxSerializedLargeBlobArray).toBeGreaterThanOrEqual(1024);
    if (info.extensions?.includes('credBlob')) expect(info.maxCredBlobLength).toBeGreaterThanOrEqual(32);
    if (info.versions.includes('FIDO_2_1')) {
      expect(info.extensions).toEqual(expect.arrayContaining(['credProtect', 'hmac-secret']));
      expect(options).toMatchObject({ credMgmt: true, pinUvAuthToken: true });
      expect(info.pinUvAuthProtocols).toContain(2);
      const tells = !model.quirks.absentInfoMembers?.includes('minPINLength');
      expect(info.minPINLength).toBe(tells ? model.pin.minLength : undefined);
    }
    expect(info.versions).not.toContain('FIDO_2_2');
    if (model.usb) expect(model.usb.product).toContain('(software)');
    if (model.specification === '2.0') {
      expect(
        Object.keys(info)
          .filter((name) => info[name as never] !== undefined)
          .sort(),
      ).toEqual(['aaguid', 'extensions', 'maxMsgSize', 'options', 'pinUvAuthProtocols', 'versions']);
    }
  });
});

test('options follow the state', async () => {
  const on = bench();
  const client = new HandMadeClient(on);
  expect((await client.options()).clientPin).toBe(false);
  await client.setPin('1234');
  expect((await client.options()).clientPin).toBe(true);
  const context = complete('ctap-2.3');
  expect(infoOf(context).options).toMatchObject({ alwaysUv: false, makeCredUvNotRqd: true, ep: false });
  Object.assign(context.state.config, { alwaysUv: true, enterpriseAttestation: true });
  expect(infoOf(context).options).toMatchObject({ alwaysUv: true, makeCredUvNotRqd: false, ep: true });
});

describe('the encrypted members', () => {
  const { persistentPinUvAuthToken, members } = vectors.getInfoEncryptedMembers;
  for (const { info, value, plaintext } of members) {
    test(info, () => {
      const iv = fromHex(value).subarray(0, 16);
      expect(toHex(encryptMember(fromHex(persistentPinUvAuthToken), info, fromHex(plaintext), iv))).toBe(value);
    });
  }

  test('are there with perCredMgmtRO, and new each time', () => {
    const context = complete('ctap-2.3');
    const [first, second] = [infoOf(context), infoOf(context)];
    expect(first.encIdentifier).toHaveLength(32);
    expect(toHex(first.encIdentifier!)).not.toBe(toHex(second.encIdentifier!));
    expect(infoOf(complete('yubikey-5-nfc')).encIdentifier).toBeUndefined();
  });
});

describe('permissions of a complete key', () => {
  const grant = (model: string, permissions: number, rpId?: string) => {
    try {
      return permittedByPin(permissions, rpId, complete(model));
    } catch (error) {
      return (error as { status: number }).status;
    }
  };
  test('pcmr alone, and only where there is perCredMgmtRO', () => {
    expect(grant('ctap-2.3', 0x40)).toEqual({ permissions: 0x40 });
    expect(grant('ctap-2.3', 0x44)).toBe(0x40);
    expect(grant('yubikey-5-nfc', 0x40)).toBe(0x40);
  });
  test('what the options allow', () => {
    expect(grant('ctap-2.3', 0x3c)).toEqual({ permissions: 0x3c, rpId: undefined });
    expect(grant('yubikey-5-nfc', 0x08)).toBe(0x40);
    expect(grant('feitian-epass-nfc', 0x10)).toBe(0x40);
    expect(grant('yubikey-5-nfc', 0x20, 'ignored')).toEqual({ permissions: 0x20 });
    expect(grant('yubikey-5-nfc', 0x04, 'example.com')).toEqual({ permissions: 0x04, rpId: 'example.com' });
  });
});
