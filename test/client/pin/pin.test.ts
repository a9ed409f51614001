import { describe, expect, test } from 'vitest';
import { errorDocument } from '../../../src/cli/errors.ts';
import { pinStatus, verifyPin } from '../../../src/client/pin/pin.ts';
import { changePin, setPin } from '../../../src/client/pin/set.ts';
import { Session } from '../../../src/client/session.ts';
import { fromHex, utf8 } from '../../../src/encoding/bytes.ts';
import { decodeCborStrict } from '../../../src/encoding/cbor.ts';
import { type FidoError, PinError } from '../../../src/errors.ts';
import { type Answer, discovered, infoAnswer, ScriptedDevice } from '../../support/scripted-device.ts';
import { vectors } from '../../support/vectors.ts';

const keyAgreement = new Map([[1, decodeCborStrict(fromHex(vectors.keys.authenticatorCoseKey))]]);
const retries = (left: number, powerCycleState = false) =>
  new Map<number, number | boolean>([[3, left], ...(powerCycleState ? [[4, true] as const] : [])]);
const withPin = infoAnswer({ clientPin: true, pinUvAuthToken: true });
const withoutPin = infoAnswer({ clientPin: false, pinUvAuthToken: true });

async function open(answers: Answer[]): Promise<{ device: ScriptedDevice; session: Session }> {
  const device = new ScriptedDevice(answers);
  return { device, session: await Session.open(discovered(device)) };
}

/** Types these PINs when asked, and remembers what it was asked. */
function person(pins: { current?: string; new?: string }, lastTry = false) {
  const asked: { which: string; retries?: number | undefined }[] = [];
  const typed: Uint8Array[] = [];
  return {
    asked,
    typed,
    requestPin: async (request: { which: 'current' | 'new'; retries?: number | undefined }) => {
      asked.push(request);
      const pin = utf8(pins[request.which] ?? '');
      typed.push(pin);
      return pin;
    },
    confirmLastTry: async () => {
      asked.push({ which: 'last try' });
      return lastTry;
    },
  };
}

/** CTAP command and subcommand bytes of each request. */
function commands(device: ScriptedDevice): string[] {
  return device.requests.map((hex) => {
    const subCommand = hex.startsWith('06')
      ? (decodeCborStrict(fromHex(hex.slice(2))) as Map<number, number>).get(2)
      : undefined;
    return subCommand === undefined ? hex.slice(0, 2) : `06/${subCommand}`;
  });
}

describe('exchanges, counted', () => {
  test('set: getInfo, getKeyAgreement, setPIN, getInfo', async () => {
    const { device, session } = await open([withoutPin, keyAgreement, 0, withPin]);
    await setPin(session, person({ new: 'correct horse' }));
    expect(commands(device)).toEqual(['04', '06/2', '06/3', '04']);
  });

  test('change: getInfo, getPINRetries, getKeyAgreement, changePIN, getInfo', async () => {
    const { device, session } = await open([withPin, retries(8), keyAgreement, 0, withPin]);
    await changePin(session, person({ current: '1234', new: 'correct horse' }));
    expect(commands(device)).toEqual(['04', '06/1', '06/2', '06/4', '04']);
  });

  test('verify: getInfo, getPINRetries, getKeyAgreement, token', async () => {
    const { device, session } = await open([withPin, retries(8), keyAgreement, new Map([[2, new Uint8Array(48)]])]);
    await verifyPin(session, person({ current: '1234' }));
    expect(commands(device)).toEqual(['04', '06/1', '06/2', '06/9']);
    // ga for an RP that cannot exist: the token is good for nothing.
    const request = decodeCborStrict(fromHex(device.requests[3]!.slice(2))) as Map<number, unknown>;
    expect([request.get(9), request.get(10)]).toEqual([2, 'seckey.invalid']);
  });

  test('verify on a key without pinUvAuthToken uses getPinToken', async () => {
    const { device, session } = await open([
      infoAnswer({ clientPin: true }),
      retries(8),
      keyAgreement,
      new Map([[2, new Uint8Array(32)]]),
    ]);
    await verifyPin(session, person({ current: '1234' }));
    expect(commands(device)).toEqual(['04', '06/1', '06/2', '06/5']);
  });

  test('status of a key without PIN: getInfo alone', async () => {
    const { device, session } = await open([
      infoAnswer({ clientPin: false }, [
        [0x0d, 6],
        [0x1d, 20],
        [0x0c, true],
      ]),
    ]);
    expect(await pinStatus(session)).toEqual({
      supported: true,
      set: false,
      minLength: 6,
      maxLength: 20,
      forceChange: true,
    });
    expect(commands(device)).toEqual(['04']);
  });
});

describe('a refused PIN', () => {
  test.each([
    [0x31, retries(5), 'pin-invalid', 'wrong PIN, 5 tries left', 5],
    [0x31, retries(1), 'pin-invalid', 'wrong PIN, 1 try left', 1],
    [0x34, retries(5, true), 'pin-auth-blocked', 'three wrong PINs in a row', 5],
    [0x31, retries(5, true), 'pin-auth-blocked', 'three wrong PINs in a row', 5],
    [0x31, retries(0), 'pin-blocked', 'blocked for good', 0],
  ])(
    'status %i: tries left come from the key, and nothing is tried again',
    async (status, left, code, message, tries) => {
      const { device, session } = await open([withPin, retries(6), keyAgreement, status, left]);
      const failure = await changePin(session, person({ current: '0000', new: '123456' })).catch((error) => error);
      expect(failure).toBeInstanceOf(PinError);
      expect([failure.code, failure.retries]).toEqual([code, tries]);
      expect(failure.message).toContain(message);
      expect(commands(device)).toEqual(['04', '06/1', '06/2', '06/4', '06/1']);
    },
  );

  test('status 32: blocked for good', async () => {
    const { device, session } = await open([withPin, retries(1), keyAgreement, 0x32, retries(0)]);
    await expect(verifyPin(session, person({ current: '0000' }, true))).rejects.toMatchObject({
      code: 'pin-blocked',
      retries: 0,
    });
    expect(device.unused).toBe(0);
  });

  test('a key that does not say how many are left afterwards', async () => {
    const { session } = await open([withPin, retries(6), keyAgreement, 0x31, 0x7f, 0x7f]);
    const failure = await verifyPin(session, person({ current: '0000' })).catch((error) => error);
    expect(failure).toMatchObject({ code: 'pin-invalid', message: 'wrong PIN' });
    expect(failure.retries).toBeUndefined();
  });
});

describe('no try is spent', () => {
  test.each([
    ['blocked for good', retries(0), 'pin-blocked'],
    ['blocked until replug', retries(5, true), 'pin-auth-blocked'],
  ])('%s: the person is not even asked', async (_, left, code) => {
    const { device, session } = await open([withPin, left]);
    const somebody = person({ current: '1234' });
    await expect(verifyPin(session, somebody)).rejects.toMatchObject({ code });
    expect(somebody.asked).toEqual([]);
    expect(device.unused).toBe(0);
  });

  test('the last one only after a yes', async () => {
    const no = await open([withPin, retries(1)]);
    await expect(verifyPin(no.session, person({ current: '1234' }))).rejects.toMatchObject({ code: 'declined' });
    const yes = await open([withPin, retries(1), keyAgreement, new Map([[2, new Uint8Array(48)]])]);
    await verifyPin(yes.session, person({ current: '1234' }, true));
    expect(yes.device.unused).toBe(0);
  });

  test('a new PIN that breaks the rules costs no try of the current one', async () => {
    const { device, session } = await open([infoAnswer({ clientPin: true }, [[0x0d, 8]]), retries(8)]);
    await expect(changePin(session, person({ current: '1234', new: '1234567' }))).rejects.toMatchObject({
      code: 'pin-policy-violation',
      message: 'the new PIN has 7 characters; this key wants at least 8',
    });
    expect(device.unused).toBe(0);
  });

  test('verify on a key that wants its PIN changed', async () => {
    const { session } = await open([infoAnswer({ clientPin: true }, [[0x0c, true]])]);
    await expect(verifyPin(session, person({ current: '1234' }))).rejects.toMatchObject({
      code: 'pin-change-required',
    });
  });
});

describe('set and change are told apart', () => {
  test('set on a key that has a PIN sends nothing and names the right command', async () => {
    const { session } = await open([withPin]);
    const failure: FidoError = await setPin(session, person({ new: '123456' })).catch((error) => error);
    expect(failure).toMatchObject({ code: 'pin-already-set' });
    expect(errorDocument(failure).hint).toContain('seckey pin change');
  });
  test('set when another program was faster', async () => {
    const { session } = await open([withoutPin, keyAgreement, 0x33]);
    await expect(setPin(session, person({ new: '123456' }))).rejects.toMatchObject({ code: 'pin-already-set' });
  });
  test('change on a key without', async () => {
    const { session } = await open([withoutPin]);
    const failure: FidoError = await changePin(session, person({})).catch((error) => error);
    expect(failure).toMatchObject({ code: 'pin-not-set' });
    expect(errorDocument(failure).hint).toContain('seckey pin set');
  });
  test('a key that cannot have a PIN', async () => {
    const { session } = await open([infoAnswer({})]);
    await expect(setPin(session, person({}))).rejects.toMatchObject({ code: 'unsupported' });
  });
});

test('a short current PIN from laxer times is accepted as current', async () => {
  const info = infoAnswer({ clientPin: true }, [[0x0d, 8]]);
  const { device, session } = await open([info, retries(8), keyAgreement, 0, info]);
  await changePin(session, person({ current: '1234', new: '12345678x' }));
  expect(device.unused).toBe(0);
});

test('the key finds the new PIN too simple: its rules are named', async () => {
  const info = infoAnswer({ clientPin: false }, [
    [0x1b, true],
    [0x1c, utf8('https://example.com/pin')],
  ]);
  const { session } = await open([info, keyAgreement, 0x37]);
  const failure: FidoError = await setPin(session, person({ new: '11111111' })).catch((error) => error);
  expect(failure).toMatchObject({ code: 'pin-policy-violation', message: 'the key found the new PIN too simple' });
  expect(failure.hint).toContain('https://example.com/pin');
});

test('a forced change to a PIN that the key had before: said so, and nothing of repeated characters', async () => {
  const forced = infoAnswer({ clientPin: true }, [[0x0c, true]]);
  const { session } = await open([forced, retries(8), keyAgreement, 0x37]);
  const failure: FidoError = await changePin(session, person({ current: '123456', new: '654321' })).catch((e) => e);
  expect(failure).toMatchObject({ code: 'pin-policy-violation', hint: 'Choose another one.' });
  expect(failure.message).toContain('it wants one that it did not have before');
});

test.each([
  ['a zero byte', '1234\0'],
  ['64 bytes', '1'.repeat(64)],
])('a current PIN with %s is refused before it costs a try', async (_, current) => {
  const { device, session } = await open([withPin, retries(8)]);
  await expect(verifyPin(session, person({ current }))).rejects.toMatchObject({ code: 'invalid-input' });
  expect(device.unused).toBe(0);
});

test('what was typed is wiped, on success and on failure', async () => {
  const good = person({ current: '1234', new: '567890' });
  const first = await open([withPin, retries(8), keyAgreement, 0, withPin]);
  await changePin(first.session, good);
  const bad = person({ current: '1234', new: '1' });
  const second = await open([withPin, retries(8)]);
  await changePin(second.session, bad).catch(() => {});
  expect([...good.typed, ...bad.typed]).toHaveLength(4);
  for (const pin of [...good.typed, ...bad.typed]) expect(pin.every((byte) => byte === 0)).toBe(true);
});

describe('a hostile key', () => {
  test('says that the PIN is set, and shows none', async () => {
    const { session } = await open([withoutPin, keyAgreement, 0, withoutPin]);
    await expect(setPin(session, person({ new: '123456' }))).rejects.toMatchObject({
      code: 'refused',
      message: 'the key said that the PIN is set, but it shows otherwise',
    });
  });

  test('says that the PIN is changed, and still wants it changed', async () => {
    const forced = infoAnswer({ clientPin: true }, [[0x0c, true]]);
    const { session } = await open([forced, retries(8), keyAgreement, 0, forced]);
    await expect(changePin(session, person({ current: '123456', new: '654321' }))).rejects.toMatchObject({
      code: 'refused',
    });
  });

  test('wants PINs of at least four and at most one character', async () => {
    const { device, session } = await open([infoAnswer({ clientPin: false }, [[0x1d, 1]])]);
    const somebody = person({ new: '1234' });
    await expect(setPin(session, somebody)).rejects.toMatchObject({ code: 'unsupported' });
    expect([somebody.asked, device.unused]).toEqual([[], 0]);
  });

  test.each([
    ['nothing', new Uint8Array(0)],
    ['no CBOR', Uint8Array.of(0, 0xff)],
    ['another type', Uint8Array.of(0, 0x01)],
    ['no key agreement', new Map()],
    [
      'a point off the curve',
      new Map([
        [
          1,
          new Map<number, number | Uint8Array>([
            [1, 2],
            [3, -25],
            [-1, 1],
            [-2, new Uint8Array(32)],
            [-3, new Uint8Array(32)],
          ]),
        ],
      ]),
    ],
  ])('answers getKeyAgreement with %s', async (_, answer) => {
    const { session } = await open([withoutPin, answer as Answer]);
    await expect(setPin(session, person({ new: '123456' }))).rejects.toMatchObject({ code: 'malformed-response' });
  });

  test('claims a minimum length of zero and a maximum of a thousand', async () => {
    const { session } = await open([
      infoAnswer({ clientPin: false }, [
        [0x0d, 0],
        [0x1d, 1000],
      ]),
    ]);
    expect(await pinStatus(session)).toMatchObject({ minLength: 4, maxLength: 63 });
  });

  test('claims protocols nobody knows', async () => {
    const info = infoAnswer({ clientPin: false });
    info.set(6, [9]);
    const { session } = await open([info]);
    await expect(setPin(session, person({ new: '123456' }))).rejects.toMatchObject({ code: 'unsupported' });
  });
});
