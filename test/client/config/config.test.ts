import { describe, expect, test } from 'vitest';
import {
  authenticatorSettings,
  type ChangeOptions,
  enableEnterpriseAttestation,
  enableLongTouchForReset,
  type SettingsChange,
  setAlwaysUv,
} from '../../../src/client/config/config.ts';
import { setMinPinLength } from '../../../src/client/config/min-pin-length.ts';
import { Session } from '../../../src/client/session.ts';
import { concat, fromHex, toHex } from '../../../src/encoding/bytes.ts';
import { type CborMap, encodeCbor } from '../../../src/encoding/cbor.ts';
import {
  commands,
  encryptedToken,
  keyAgreement,
  pinRetries,
  requestMap,
  ScriptedPerson,
} from '../../support/authorized-key.ts';
import { type Answer, discovered, infoAnswer, ScriptedDevice } from '../../support/scripted-device.ts';
import { type Members, onScriptedKey, TOKEN } from '../../support/scripted-session.ts';
import { vectors } from '../../support/vectors.ts';

const NEW = {
  clientPin: false,
  pinUvAuthToken: true,
  authnrCfg: true,
  setMinPINLength: true,
  alwaysUv: false,
  ep: false,
};
const PROTECTED = { ...NEW, clientPin: true };
const MEMBERS: Members = [
  [0x0c, false],
  [0x0d, 4],
  [0x10, 1],
  [0x18, false],
];

const run = (answers: Answer[], work: (session: Session, person: ScriptedPerson) => Promise<SettingsChange>) =>
  onScriptedKey(answers, work);

const info = (options: Record<string, boolean> = {}, members: Members = []) =>
  infoAnswer({ ...PROTECTED, ...options }, [...new Map([...MEMBERS, ...members])]);

test('show is getInfo alone, and leaves out what the key does not have', async () => {
  const device = new ScriptedDevice([infoAnswer({ clientPin: true }, [[0x0d, 6]]), info()]);
  const session = await Session.open(discovered(device));
  expect(await authenticatorSettings(session)).toEqual({ minPINLength: 6 });
  session.forgetInfo();
  expect(await authenticatorSettings(session)).toEqual({
    alwaysUv: false,
    enterpriseAttestation: false,
    longTouchForReset: false,
    minPINLength: 4,
    forcePINChange: false,
    maxRPIDsForSetMinPINLength: 1,
  });
});

const WORK: Record<
  string,
  (session: Session, person: ScriptedPerson, options?: ChangeOptions) => Promise<SettingsChange>
> = {
  'always-uv on': (s, p, o) => setAlwaysUv(s, true, p, o),
  'always-uv off': (s, p, o) => setAlwaysUv(s, false, p, o),
  'enterprise-attestation': enableEnterpriseAttestation,
  'long-touch-reset': enableLongTouchForReset,
  'min-length 6': (s, p, o) => setMinPinLength(s, { newMinPINLength: 6 }, p, o),
  'force-change': (s, p, o) => setMinPinLength(s, { forceChangePin: true }, p, o),
};
const work = (name: string) => WORK[name]!;

describe('changing: token, one command, read again', () => {
  test.each<[string, Answer, Answer, number]>([
    ['always-uv on', info(), info({ alwaysUv: true }), 2],
    ['always-uv off', info({ alwaysUv: true }), info(), 2],
    ['enterprise-attestation', info(), info({ ep: true }), 1],
    ['long-touch-reset', info(), info({}, [[0x18, true]]), 4],
    ['min-length 6', info(), info({}, [[0x0d, 6]]), 3],
    ['force-change', info(), info({}, [[0x0c, true]]), 3],
  ])('%s', async (name, before, after, subCommand) => {
    const { device, outcome } = await run([before, ...TOKEN, 0, after], work(name));
    expect(commands(device)).toEqual(['04', '06/1', '06/2', '06/9', `0d/${subCommand}`, '04']);
    expect(requestMap(device.requests[3]!).get(9)).toBe(0x20);
    expect(outcome.changed).toBe(true);
  });
});

describe('nothing to do is said, and nothing is sent', () => {
  test.each<[string, Answer]>([
    ['always-uv on', info({ alwaysUv: true })],
    ['always-uv off', info()],
    ['enterprise-attestation', info({ ep: true })],
    ['long-touch-reset', info({}, [[0x18, true]])],
    ['min-length 6', info({}, [[0x0d, 6]])],
    ['force-change', info({}, [[0x0c, true]])],
  ])('%s', async (name, before) => {
    const { device, outcome } = await run([before], work(name));
    expect([outcome.changed, device.unused]).toEqual([false, 0]);
  });
});

describe('a key that cannot: the missing option is named, before anything is asked', () => {
  const without = (...names: string[]) =>
    infoAnswer(Object.fromEntries(Object.entries(PROTECTED).filter(([name]) => !names.includes(name))), MEMBERS);
  test.each<[string, Answer, string]>([
    ['always-uv on', without('authnrCfg'), 'authnrCfg'],
    ['always-uv on', without('alwaysUv'), 'alwaysUv'],
    ['enterprise-attestation', without('ep'), 'ep'],
    ['long-touch-reset', infoAnswer(PROTECTED, []), 'longTouchForReset'],
    ['long-touch-reset', info({}, [[0x1f, [1, 2, 3]]]), 'authenticatorConfigCommands'],
    ['min-length 6', without('setMinPINLength'), 'setMinPINLength'],
    ['force-change', info({ setMinPINLength: false }), 'setMinPINLength'],
  ])('%s', async (name, before, missing) => {
    const confirm = async () => expect.unreachable();
    await expect(run([before], (s, p) => work(name)(s, p, { confirm }))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining(missing),
    });
  });
});

describe('an unprotected key', () => {
  test('gets the command without token', async () => {
    const { device } = await run([infoAnswer(NEW, MEMBERS), 0, infoAnswer({ ...NEW, ep: true }, MEMBERS)], (s, p) =>
      enableEnterpriseAttestation(s, p),
    );
    expect(commands(device)).toEqual(['04', '0d/1', '04']);
    expect([...requestMap(device.requests[1]!).keys()]).toEqual([1]);
  });

  test('with alwaysUv: only toggling goes without, the rest needs a PIN first', async () => {
    const always = infoAnswer({ ...NEW, alwaysUv: true }, MEMBERS);
    const { device } = await run([always, 0, infoAnswer(NEW, MEMBERS)], (s, p) => setAlwaysUv(s, false, p));
    expect([...requestMap(device.requests[1]!).keys()]).toEqual([1]);
    await expect(run([always], (s, p) => enableEnterpriseAttestation(s, p))).rejects.toMatchObject({
      code: 'pin-not-set',
    });
  });

  test('force-change needs a PIN', async () => {
    await expect(run([infoAnswer(NEW, MEMBERS)], work('force-change'))).rejects.toMatchObject({ code: 'pin-not-set' });
  });
});

describe('refused', () => {
  test.each<[string, Answer, number, string]>([
    ['always-uv off', info({ alwaysUv: true }), 0x27, 'operation-denied'],
    ['min-length 6', info(), 0x37, 'pin-policy-violation'],
    ['min-length 6', info(), 0x28, 'too-large'],
    ['enterprise-attestation', info(), 0x3e, 'unsupported'],
    ['enterprise-attestation', info(), 0x02, 'refused'],
    ['always-uv on', info(), 0x33, 'refused'],
  ])('%s: status', async (name, before, status, code) => {
    const failure = await run([before, ...TOKEN, status], work(name)).catch((error) => error);
    expect(failure).toMatchObject({ code });
    expect(failure.device.unused).toBe(0);
  });

  test('33 is replayed once where doing it twice does no harm', async () => {
    const { device } = await run(
      [info(), ...TOKEN, 0x33, ...TOKEN, 0, info({ ep: true })],
      work('enterprise-attestation'),
    );
    expect(device.unused).toBe(0);
  });

  test('a key that says done and shows the old setting is not believed', async () => {
    await expect(run([info(), ...TOKEN, 0, info()], work('always-uv on'))).rejects.toMatchObject({ code: 'refused' });
  });

  test.each<[Parameters<typeof setMinPinLength>[1], Members, string]>([
    [{ newMinPINLength: 6 }, [[0x0d, 8]], 'pin-policy-violation'],
    [{ newMinPINLength: 3 }, [], 'pin-policy-violation'],
    [{ newMinPINLength: 21 }, [[0x1d, 20]], 'pin-policy-violation'],
    [{ newMinPINLength: 6, rpIds: ['a', 'b'] }, [], 'too-large'],
    [{ newMinPINLength: 6, rpIds: ['a'] }, [[0x10, 0]], 'unsupported'],
    [{ newMinPINLength: 6, rpIds: [''] }, [], 'invalid-input'],
  ])('%j with %j: %s, after getInfo alone', async (wanted, members, code) => {
    await expect(run([info({}, members)], (s, p) => setMinPinLength(s, wanted, p))).rejects.toMatchObject({ code });
  });

  test('not confirmed: no PIN is asked for', async () => {
    const declined = new Error('no');
    const confirm = () => Promise.reject(declined);
    await expect(run([info()], (s, p) => enableEnterpriseAttestation(s, p, { confirm }))).rejects.toBe(declined);
  });
});

describe('bytes that pinUvAuthParam covers, against the vectors', () => {
  const expected = (name: string): { message: string; pinUvAuthParam: string } =>
    vectors.pinProtocolTwo.authenticateWithToken.find((vector: { name: string }) => vector.name === `config ${name}`);

  test.each<[string, Answer, (session: Session, person: ScriptedPerson) => Promise<SettingsChange>]>([
    ['toggleAlwaysUv', info({ alwaysUv: true }), work('always-uv on')],
    [
      'setMinPINLength',
      info({}, [
        [0x0c, true],
        [0x0d, 6],
      ]),
      (s, p) => setMinPinLength(s, { newMinPINLength: 6, rpIds: [vectors.keys.rpId], forceChangePin: true }, p),
    ],
  ])('%s', async (name, after, change) => {
    const token: Answer = () => encryptedToken(device);
    const device = new ScriptedDevice([info(), pinRetries(8), keyAgreement, token, 0, after]);
    await change(await Session.open(discovered(device)), new ScriptedPerson());
    const request = requestMap(device.requests[4]!);
    const params = request.get(2) as CborMap | undefined;
    const head = concat(fromHex('ff'.repeat(32)), Uint8Array.of(0x0d, request.get(1) as number));
    const covered = params ? concat(head, encodeCbor(params)) : head;
    expect(toHex(covered)).toBe(expected(name).message);
    expect(toHex(request.get(4) as Uint8Array)).toBe(expected(name).pinUvAuthParam);
  });
});
