import { describe, expect, test } from 'vitest';
import { changePin } from '../../src/client/pin/set.ts';
import { Session } from '../../src/client/session.ts';
import { authenticatorConfig } from '../../src/ctap2/commands/authenticator-config.ts';
import { bioEnrollment } from '../../src/ctap2/commands/bio-enrollment.ts';
import { credentialManagement } from '../../src/ctap2/commands/credential-management.ts';
import { fromHex, toHex, utf8 } from '../../src/encoding/bytes.ts';
import { type CborValue, decodeCborStrict, encodeCbor } from '../../src/encoding/cbor.ts';
import { FidoError } from '../../src/errors.ts';
import { type TraceRecord, traced } from '../../src/trace/trace.ts';
import { discovered, infoAnswer, ScriptedDevice } from '../support/scripted-device.ts';
import { vectors } from '../support/vectors.ts';

const keyAgreement = new Map([[1, decodeCborStrict(fromHex(vectors.keys.authenticatorCoseKey))]]);

async function record(device: ScriptedDevice, work: (session: Session) => Promise<unknown>): Promise<TraceRecord[]> {
  const records: TraceRecord[] = [];
  const session = await Session.open(discovered(device), { wrap: (inner) => traced(inner, (r) => records.push(r)) });
  await work(session).catch(() => {});
  return records;
}

describe('a trace of a changed PIN', async () => {
  const device = new ScriptedDevice([
    infoAnswer({ clientPin: true }),
    new Map([[3, 8]]),
    keyAgreement,
    0x31,
    new Map([[3, 7]]),
  ]);
  const records = await record(device, (session) =>
    changePin(session, {
      requestPin: async ({ which }) => utf8(which === 'current' ? 'old-secret' : 'new-secret'),
      confirmLastTry: async () => true,
    }),
  );

  test('names commands and statuses, and keeps what may be public', () => {
    expect(records.map(({ command, subCommand, status }) => [command, subCommand, status])).toEqual([
      ['getInfo', undefined, 'CTAP2_OK'],
      ['clientPIN', 'getPINRetries', 'CTAP2_OK'],
      ['clientPIN', 'getKeyAgreement', 'CTAP2_OK'],
      ['clientPIN', 'changePIN', 'CTAP2_ERR_PIN_INVALID'],
      ['clientPIN', 'getPINRetries', 'CTAP2_OK'],
    ]);
    expect(records[0]!.response).toMatchObject({ aaguid: `h'${'07'.repeat(16)}'`, versions: ['FIDO_2_0', 'FIDO_2_1'] });
    expect(records[2]!.response).toMatchObject({ keyAgreement: { '-2': `h'${vectors.keys.authenticatorX}'` } });
    expect(records[4]!.response).toEqual({ pinRetries: 7 });
  });

  test('replaces what is secret or made of it by its length', () => {
    expect(records[3]!.request).toMatchObject({
      subCommand: 4,
      pinUvAuthParam: '<32 bytes>',
      newPinEnc: '<80 bytes>',
      pinHashEnc: '<32 bytes>',
    });
    const all = JSON.stringify(records);
    const request = decodeCborStrict(fromHex(device.requests[3]!.slice(2))) as Map<number, Uint8Array>;
    for (const key of [4, 5, 6]) expect(all).not.toContain(toHex(request.get(key)!));
    expect(all).not.toContain('secret');
  });
});

test('bytes of commands and answers that nobody declared are redacted', async () => {
  const device = new ScriptedDevice([Uint8Array.of(0, 0x43, 1, 2, 3)]);
  const records = await record(device, (session) => session.device.transact(Uint8Array.of(0x50, 0x42, 9, 9)));
  expect(records[0]).toMatchObject({ command: '0x50', request: '<2 bytes>', response: '<3 bytes>' });
});

test('failures of the transport and answers that are no CBOR are recorded', async () => {
  const device = new ScriptedDevice([Uint8Array.of(0, 0xff), new FidoError('key-removed', 'gone')]);
  const records = await record(device, async (session) => {
    await session.device.transact(Uint8Array.of(4));
    await session.device.transact(Uint8Array.of(4));
  });
  expect(records[0]!.response).toMatch(/^<1 bytes that are not CBOR/);
  expect(records[1]).toMatchObject({ error: { code: 'key-removed', message: 'gone' } });
  expect(records[1]!.status).toBeUndefined();
});

test('keepalives are recorded as they changed', async () => {
  const device = new ScriptedDevice([
    (options) => {
      options.onKeepalive?.(1);
      options.onKeepalive?.(2);
      return 0;
    },
  ]);
  const records = await record(device, (session) => session.device.transact(Uint8Array.of(0x0b)));
  expect(records[0]!.keepalives).toEqual([1, 2]);
});

test('a key that flips between keepalives without end does not fill memory and disk', async () => {
  const device = new ScriptedDevice([
    (options) => {
      for (let n = 0; n < 10_000; n++) options.onKeepalive?.(1 + (n % 2));
      return 0;
    },
  ]);
  const records = await record(device, (session) => session.device.transact(Uint8Array.of(0x0b)));
  expect(records[0]!.keepalives!.length).toBeLessThanOrEqual(64);
});

test('a map with very many keys of one length is told in no time', async () => {
  const members = Array.from({ length: 9_900 }, (_, n) => [`k${String(n).padStart(5, '0')}`, n] as [string, number]);
  const cbor = encodeCbor(new Map<CborValue, CborValue>([[99, new Map(members)]]));
  const device = new ScriptedDevice([new Uint8Array(Buffer.concat([Buffer.of(0), cbor]))]);
  const start = performance.now();
  const records = await record(device, (session) => session.device.transact(Uint8Array.of(4)));
  expect(performance.now() - start).toBeLessThan(4_000);
  const shown = Object.entries((records[0]!.response as { 99: object })[99]);
  expect(shown).toHaveLength(9_900);
  expect([shown[0], shown.at(-1)]).toEqual([
    ['<6 characters>', 0],
    ['<6 characters> (9900)', 9_899],
  ]);
});

describe('what belongs to users and sites stays out', () => {
  const user = new Map<string, string | Uint8Array>([
    ['id', utf8('user-handle')],
    ['name', 'bala@contoso.com'],
    ['displayName', 'Bala Sandhu'],
    ['nickname', 'Bee'],
  ]);

  test('of a credential: its user, its site and its large-blob key', async () => {
    const device = new ScriptedDevice([
      new Map<number, CborValue>([
        [3, new Map([['id', 'intranet.contoso.com']])],
        [6, user],
        [
          7,
          new Map<string, CborValue>([
            ['id', utf8('credential-id')],
            ['type', 'public-key'],
          ]),
        ],
        [9, 1],
        [11, new Uint8Array(32).fill(0xbb)],
        [0x42, 'of a later specification'],
      ]),
    ]);
    const [traced] = await record(device, (session) =>
      session.call(credentialManagement, { subCommand: 4, subCommandParams: new Map([[1, new Uint8Array(32)]]) }),
    );
    expect(traced).toMatchObject({
      command: 'credentialManagement',
      subCommand: 'enumerateCredentialsBegin',
      request: { subCommand: 4, subCommandParams: { rpIDHash: '<32 bytes #1>' } },
      response: {
        rp: { id: '<20 characters>' },
        user: { id: '<11 bytes>', name: '<16 characters #1>', displayName: '<11 characters #2>' },
        credentialID: { id: '<13 bytes #2>', type: 'public-key' },
        totalCredentials: 1,
        largeBlobKey: '<32 bytes>',
        '66': '<24 characters>',
      },
    });
    const text = JSON.stringify(traced);
    for (const secret of ['bala', 'Bala', 'contoso', 'nickname', 'Bee', 'bbbbbb']) expect(text).not.toContain(secret);
  });

  test('of a fingerprint: its name', async () => {
    const device = new ScriptedDevice([0]);
    const params = new Map<CborValue, CborValue>([
      [1, Uint8Array.of(0, 1)],
      [2, "Bala's thumb"],
    ]);
    const [traced] = await record(device, (session) =>
      session.call(bioEnrollment, { modality: 1, subCommand: 5, subCommandParams: params }),
    );
    expect(traced).toMatchObject({
      subCommand: 'setFriendlyName',
      request: {
        modality: 1,
        subCommandParams: { templateId: '<2 bytes #1>', templateFriendlyName: '<12 characters #1>' },
      },
    });
  });

  test('of a configuration: the sites that may learn the minimum length', async () => {
    const device = new ScriptedDevice([0, 0]);
    const records = await record(device, async (session) => {
      const params = new Map<CborValue, CborValue>([
        [1, 8],
        [2, ['contoso.com']],
      ]);
      await session.call(authenticatorConfig, { subCommand: 3, subCommandParams: params });
      await session.call(authenticatorConfig, { subCommand: 0x77 });
    });
    expect(records[0]).toMatchObject({
      subCommand: 'setMinPINLength',
      request: { subCommandParams: { newMinPINLength: 8, minPinLengthRPIDs: ['<11 characters>'] } },
    });
    expect(records[1]).toMatchObject({ subCommand: '0x77' });
  });

  test('of a passkey: extensions are named, what is in them is not shown', async () => {
    const device = new ScriptedDevice([0x27]);
    const [traced] = await record(device, (session) =>
      session.device.transact(
        Uint8Array.of(
          2,
          ...encodeCbor(
            new Map<CborValue, CborValue>([
              [1, 'contoso.com'],
              [2, new Uint8Array(32)],
              [4, new Map([['hmac-secret', new Map([[2, new Uint8Array(64)]])]])],
            ]),
          ),
        ),
      ),
    );
    expect(traced).toMatchObject({
      command: 'getAssertion',
      request: {
        rpId: '<11 characters>',
        clientDataHash: '<32 bytes>',
        extensions: { 'hmac-secret': { '2': '<64 bytes>' } },
      },
    });
  });
});
