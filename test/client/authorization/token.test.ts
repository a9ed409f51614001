import { createCipheriv } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Authorization, withAuthorization } from '../../../src/client/authorization/authorization.ts';
import { acquireToken, Token } from '../../../src/client/authorization/token.ts';
import { credentialReadPermission } from '../../../src/client/credentials/credentials.ts';
import { Session } from '../../../src/client/session.ts';
import { PERMISSION } from '../../../src/ctap2/commands/client-pin.ts';
import { credentialManagement } from '../../../src/ctap2/commands/credential-management.ts';
import { PIN_UV_AUTH_PROTOCOLS } from '../../../src/ctap2/pin-uv-auth-protocol.ts';
import { concat, fromHex, toHex } from '../../../src/encoding/bytes.ts';
import type { CborValue } from '../../../src/encoding/cbor.ts';
import {
  commands,
  keyAgreement,
  pinRetries,
  requestMap,
  ScriptedPerson,
  tokenAnswer,
  uvRetries,
} from '../../support/authorized-key.ts';
import { type Answer, discovered, infoAnswer, ScriptedDevice } from '../../support/scripted-device.ts';
import { vectors } from '../../support/vectors.ts';

const PIN_KEY = { clientPin: true, pinUvAuthToken: true, credMgmt: true };
const UV_KEY = { ...PIN_KEY, uv: true };
const BY_PIN: Answer[] = [pinRetries(8), keyAgreement, tokenAnswer];

async function open(options: Record<string, boolean>, answers: Answer[], members: [number, CborValue][] = []) {
  const device = new ScriptedDevice([infoAnswer(options, members), ...answers]);
  const session = await Session.open(discovered(device));
  return { device, session, person: new ScriptedPerson() };
}

const cm = { permissions: PERMISSION.cm };

describe('by PIN', () => {
  test('getInfo, tries left, key agreement, token; the right permission and nothing more', async () => {
    const { device, session, person } = await open(PIN_KEY, BY_PIN);
    const token = await acquireToken(session, cm, person);
    expect(commands(device)).toEqual(['04', '06/1', '06/2', '06/9']);
    const request = requestMap(device.requests[3]!);
    expect([request.get(9), request.has(10)]).toEqual([4, false]);
    expect(token).toMatchObject({ permissions: 4, rpId: undefined, userVerifiedBy: 'pin' });
    expect(person.typed.every((pin) => pin.every((byte) => byte === 0))).toBe(true);
  });

  test('an RP ID goes along', async () => {
    const { device, session, person } = await open(PIN_KEY, BY_PIN);
    await acquireToken(session, { permissions: PERMISSION.ga, rpId: 'example.com' }, person);
    expect(requestMap(device.requests[3]!).get(10)).toBe('example.com');
  });

  test('a key without pinUvAuthToken: getPinToken, without permissions', async () => {
    const { device, session, person } = await open({ clientPin: true }, BY_PIN);
    await acquireToken(session, cm, person);
    expect(commands(device)).toEqual(['04', '06/1', '06/2', '06/5']);
    expect([...requestMap(device.requests[3]!).keys()]).toEqual([1, 2, 3, 6]);
  });

  test('protocol one, with a token as the vectors have it', async () => {
    const { protocol, bytes } = {
      protocol: PIN_UV_AUTH_PROTOCOLS[1],
      bytes: fromHex(vectors.keys.pinUvAuthToken),
    };
    const token = new Token({ protocol, bytes, userVerifiedBy: 'pin' }, cm);
    for (const { message, pinUvAuthParam } of vectors.pinProtocolOne.authenticateWithToken) {
      expect(toHex(token.authenticate(fromHex(message)))).toBe(pinUvAuthParam);
    }
  });

  test.each([
    [{ ...PIN_KEY, clientPin: false }, [], 'pin-not-set'],
    [{ pinUvAuthToken: true }, [], 'unsupported'],
    [PIN_KEY, [[0x0c, true]], 'pin-change-required'],
  ] as [Record<string, boolean>, [number, CborValue][], string][])(
    '%j %j: %s after getInfo alone',
    async (options, members, code) => {
      const { device, session, person } = await open(options, [], members);
      await expect(acquireToken(session, cm, person)).rejects.toMatchObject({ code });
      expect([device.unused, person.log]).toEqual([0, []]);
    },
  );

  test.each([
    [0x37, 'pin-change-required'],
    [0x40, 'unsupported'],
    [0x32, 'pin-blocked'],
  ])('status %i: %s', async (status, code) => {
    const { session, person } = await open(PIN_KEY, [pinRetries(8), keyAgreement, status]);
    await expect(acquireToken(session, cm, person)).rejects.toMatchObject({ code });
  });

  test('wrong PIN: the tries left are in the failure, the PIN is not', async () => {
    const { session, person } = await open(PIN_KEY, [pinRetries(8), keyAgreement, 0x31, pinRetries(7)]);
    const failure = await acquireToken(session, cm, person).catch((error) => error);
    expect(failure).toMatchObject({ code: 'pin-invalid', retries: 7 });
    expect(JSON.stringify(failure) + failure.message).not.toContain('1234');
  });

  test.each([
    ['nothing', new Map()],
    ['an empty token', new Map([[2, new Uint8Array(0)]])],
    ['15 bytes', new Map([[2, new Uint8Array(15)]])],
    ['an IV alone', new Map([[2, new Uint8Array(16)]])],
    ['a token of 80 bytes', new Map([[2, new Uint8Array(96)]])],
  ])('%s for a token', async (_, answer) => {
    const { session, person } = await open(PIN_KEY, [pinRetries(8), keyAgreement, answer]);
    await expect(acquireToken(session, cm, person)).rejects.toMatchObject({ code: 'malformed-response' });
  });
});

describe('by built-in user verification', () => {
  test('not where the PIN is at hand: nobody may be there to lay a finger on the key', async () => {
    const { device, session, person } = await open(UV_KEY, BY_PIN);
    const token = await acquireToken(session, cm, Object.assign(person, { prefersPin: true }));
    expect(commands(device)).toEqual(['04', '06/1', '06/2', '06/9']);
    expect(token.userVerifiedBy).toBe('pin');
  });

  test('first, and without asking for the PIN', async () => {
    const { device, session, person } = await open(UV_KEY, [uvRetries(5), keyAgreement, tokenAnswer]);
    const token = await acquireToken(session, cm, person);
    expect(commands(device)).toEqual(['04', '06/7', '06/2', '06/6']);
    expect([...requestMap(device.requests[3]!).keys()]).toEqual([1, 2, 3, 9]);
    expect([token.userVerifiedBy, person.log]).toEqual(['uv', ['verify, 5 left']]);
  });

  test('not recognised preferredPlatformUvAttempts times: the PIN', async () => {
    const { device, session, person } = await open(
      UV_KEY,
      [uvRetries(5), keyAgreement, 0x3f, uvRetries(4), keyAgreement, 0x3f, uvRetries(3), ...BY_PIN],
      [[0x11, 2]],
    );
    expect((await acquireToken(session, cm, person)).userVerifiedBy).toBe('pin');
    expect(person.log).toEqual([
      'verify, 5 left',
      'not recognised, 4 left',
      'verify, 4 left',
      'not recognised, 3 left',
      'PIN, 8 left',
    ]);
    expect(device.unused).toBe(0);
  });

  test.each([
    ['blocked before', [uvRetries(0), ...BY_PIN], ['blocked', 'PIN, 8 left']],
    ['blocked now', [uvRetries(1), keyAgreement, 0x3c, ...BY_PIN], ['verify, 1 left', 'blocked', 'PIN, 8 left']],
    ['the right refused to a finger', [uvRetries(5), keyAgreement, 0x40, ...BY_PIN], ['verify, 5 left', 'PIN, 8 left']],
    ['none enrolled after all', [uvRetries(5), keyAgreement, 0x30, ...BY_PIN], ['verify, 5 left', 'PIN, 8 left']],
    ['tries left not told', [0x3e, keyAgreement, tokenAnswer], ['verify, undefined left']],
  ])('%s', async (_, answers, log) => {
    const { device, session, person } = await open(UV_KEY, answers);
    await acquireToken(session, cm, person);
    expect([person.log, device.unused]).toEqual([log, 0]);
  });

  test.each([
    [PERMISSION.be, {}, '06/9'],
    [PERMISSION.be, { uvBioEnroll: true }, '06/6'],
    [PERMISSION.acfg, {}, '06/9'],
    [PERMISSION.acfg, { uvAcfg: true }, '06/6'],
  ])('permission %i with %j uses %s', async (permissions, options, subCommand) => {
    const { device, session, person } = await open({ ...UV_KEY, ...options }, [
      subCommand === '06/6' ? uvRetries(5) : pinRetries(8),
      keyAgreement,
      tokenAnswer,
    ]);
    await acquireToken(session, { permissions }, person);
    expect(commands(device).at(-1)).toBe(subCommand);
  });

  test.each([
    ['uv-blocked', [uvRetries(0)]],
    ['uv-invalid', [uvRetries(2), keyAgreement, 0x3f, uvRetries(1)]],
    ['touch-timeout', [uvRetries(2), keyAgreement, 0x2f]],
  ])('a key without PIN: %s', async (code, answers) => {
    const { session, person } = await open({ ...UV_KEY, clientPin: false }, answers, [[0x11, 1]]);
    await expect(acquireToken(session, cm, person)).rejects.toMatchObject({ code });
  });

  test('a key that claims a thousand attempts gets no more than it has tries', async () => {
    const { device, session, person } = await open(
      { ...UV_KEY, clientPin: false },
      [uvRetries(1), keyAgreement, 0x3f, uvRetries(0)],
      [[0x11, 1000]],
    );
    await expect(acquireToken(session, cm, person)).rejects.toMatchObject({ code: 'uv-blocked' });
    expect(device.unused).toBe(0);
  });
});

describe('the persistent token', () => {
  test('is asked for where the key has one', () => {
    const info = { versions: [], aaguid: new Uint8Array(16) };
    const permission = (options: Record<string, boolean>) => credentialReadPermission({ ...info, options });
    expect(permission({ perCredMgmtRO: true, pinUvAuthToken: true })).toBe(PERMISSION.pcmr);
    expect(permission({ perCredMgmtRO: false, pinUvAuthToken: true })).toBe(PERMISSION.cm);
    expect(permission({})).toBe(PERMISSION.cm);
  });

  test('is kept in the session, and wiped with it', async () => {
    const { device, session, person } = await open({ ...PIN_KEY, perCredMgmtRO: true }, BY_PIN);
    const first = await acquireToken(session, { permissions: PERMISSION.pcmr }, person);
    first.release();
    const second = await acquireToken(session, { permissions: PERMISSION.pcmr }, person);
    expect(second).toBe(first);
    expect(second.authenticate(Uint8Array.of(1))).toHaveLength(32);
    expect(device.unused).toBe(0);
    await session.close();
    expect(() => second.authenticate(Uint8Array.of(1))).toThrow('wiped');
  });
});

describe('running commands with a token', () => {
  const metadata = (authorization: Authorization, session: Session, replay: boolean) =>
    authorization.run(
      (authenticate) => session.call(credentialManagement, { subCommand: 1, ...authenticate(Uint8Array.of(1)) }),
      { replay },
    );
  const empty = new Map<CborValue, CborValue>([[1, 0]]);

  test('33: one fresh token, one replay', async () => {
    const { device, session, person } = await open(PIN_KEY, [...BY_PIN, 0x33, ...BY_PIN, empty]);
    await withAuthorization(session, cm, person, (authorization) => metadata(authorization, session, true));
    expect(commands(device)).toEqual(['04', '06/1', '06/2', '06/9', '0a/1', '06/1', '06/2', '06/9', '0a/1']);
  });

  test('33 again: refused, not tried a third time', async () => {
    const { device, session, person } = await open(PIN_KEY, [...BY_PIN, 0x33, ...BY_PIN, 0x33]);
    await expect(
      withAuthorization(session, cm, person, (authorization) => metadata(authorization, session, true)),
    ).rejects.toMatchObject({ code: 'refused', status: 0x33 });
    expect(device.unused).toBe(0);
  });

  test('33 where a replay is not safe', async () => {
    const { device, session, person } = await open(PIN_KEY, [...BY_PIN, 0x33]);
    await expect(
      withAuthorization(session, cm, person, (authorization) => metadata(authorization, session, false)),
    ).rejects.toMatchObject({ code: 'refused' });
    expect(device.unused).toBe(0);
  });

  test('33 to the persistent token, e.g. after the PIN was changed: another one', async () => {
    const { device, session, person } = await open({ ...PIN_KEY, perCredMgmtRO: true }, [
      ...BY_PIN,
      0x33,
      ...BY_PIN,
      empty,
    ]);
    const pcmr = { permissions: PERMISSION.pcmr };
    const old = await acquireToken(session, pcmr, person);
    await withAuthorization(session, pcmr, person, (authorization) => metadata(authorization, session, true));
    expect(() => old.authenticate(Uint8Array.of(1))).toThrow('wiped');
    expect(device.unused).toBe(0);
  });

  test('a key thought unprotected that wants a token gets one', async () => {
    const { device, session, person } = await open(PIN_KEY, [0x36, ...BY_PIN, empty]);
    await session.info();
    await withAuthorization(session, cm, person, (authorization) => metadata(authorization, session, false), {
      unprotected: true,
    });
    expect([...requestMap(device.requests[1]!).keys()]).toEqual([1]);
    expect([...requestMap(device.requests.at(-1)!).keys()]).toEqual([1, 3, 4]);
  });

  test('the token is wiped whatever happens', async () => {
    const { session, person } = await open(PIN_KEY, BY_PIN);
    let kept: ((message: Uint8Array) => unknown) | undefined;
    await withAuthorization(session, cm, person, (authorization) =>
      authorization.run(
        async (authenticate) => {
          kept = authenticate;
          expect(authenticate(Uint8Array.of(1)).pinUvAuthParam).toHaveLength(32);
          throw new Error('something else');
        },
        { replay: true },
      ),
    ).catch(() => {});
    expect(kept?.(Uint8Array.of(1))).toEqual({});
  });
});

test('a token decrypts and authenticates as the vectors say, protocol two', () => {
  const protocol = PIN_UV_AUTH_PROTOCOLS[2];
  const secret = fromHex(vectors.pinProtocolTwo.sharedSecret);
  // Encrypted here by hand, so that only the client decrypts.
  const cipher = createCipheriv('aes-256-cbc', secret.subarray(32), new Uint8Array(16)).setAutoPadding(false);
  const encrypted = concat(new Uint8Array(16), cipher.update(fromHex(vectors.keys.pinUvAuthToken)), cipher.final());
  const token = new Token({ protocol, bytes: protocol.decrypt(secret, encrypted), userVerifiedBy: 'pin' }, cm);
  for (const { message, pinUvAuthParam } of vectors.pinProtocolTwo.authenticateWithToken) {
    expect(toHex(token.authenticate(fromHex(message)))).toBe(pinUvAuthParam);
  }
  token.wipe();
  expect(() => token.authenticate(new Uint8Array(1))).toThrow('wiped');
});
