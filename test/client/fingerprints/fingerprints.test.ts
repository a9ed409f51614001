import { describe, expect, test, vi } from 'vitest';
import { errorDocument } from '../../../src/cli/errors.ts';
import { type Authorization, withAuthorization } from '../../../src/client/authorization/authorization.ts';
import { type EnrollOptions, enrollFingerprint } from '../../../src/client/fingerprints/enrollment.ts';
import {
  checkFingerprintName,
  deleteFingerprint,
  findFingerprint,
  fingerprintSensor,
  listFingerprints,
  renameFingerprint,
} from '../../../src/client/fingerprints/fingerprints.ts';
import type { EnrollSampleNotice } from '../../../src/client/interaction.ts';
import { Session } from '../../../src/client/session.ts';
import { ENROLL_SAMPLE_STATUS } from '../../../src/ctap2/commands/bio-enrollment.ts';
import { PERMISSION } from '../../../src/ctap2/commands/client-pin.ts';
import { fromHex, toHex } from '../../../src/encoding/bytes.ts';
import { type CborMap, type CborValue, encodeCbor } from '../../../src/encoding/cbor.ts';
import { FidoError } from '../../../src/errors.ts';
import {
  commands,
  encryptedToken,
  keyAgreement,
  pinRetries,
  requestMap,
  ScriptedPerson,
  tokenAnswer,
  uvRetries,
} from '../../support/authorized-key.ts';
import { exchanges } from '../../support/python-fido2.ts';
import { type Answer, discovered, infoAnswer, ScriptedDevice } from '../../support/scripted-device.ts';
import { map, TOKEN, withScriptedToken } from '../../support/scripted-session.ts';
import { vectors } from '../../support/vectors.ts';

const OPTIONS = { clientPin: true, pinUvAuthToken: true, bioEnroll: false };
const ID = fromHex('0001');
const begun = (remaining: number, status = 0): Answer => map([4, ID], [5, status], [6, remaining]);
const sample = (remaining: number, status = 0): Answer => map([5, status], [6, remaining]);
const listed = (...fingerprints: [id: string, name?: string][]): Answer =>
  map([
    7,
    fingerprints.map(([id, name]) => map([1, fromHex(id)], ...(name ? ([[2, name]] as [number, CborValue][]) : []))),
  ]);

/** An answer to a request during which the person presses Ctrl-C: the transport sends CANCEL, the key answers this. */
const interruption = (answer: Answer, interrupt: AbortController, seen: boolean[]): Answer => {
  return ({ signal }) => {
    interrupt.abort();
    seen.push(signal?.aborted ?? false);
    return answer;
  };
};

const manage = <T>(
  answers: Answer[],
  work: (session: Session, authorization: Authorization) => Promise<T>,
  { options = OPTIONS, signal }: { options?: Record<string, boolean>; signal?: AbortSignal } = {},
) => withScriptedToken([infoAnswer(options), ...TOKEN, ...answers], PERMISSION.be, work, { signal });

function enroll(
  answers: Answer[],
  over: Partial<EnrollOptions> = {},
  context: { options?: Record<string, boolean>; signal?: AbortSignal } = {},
) {
  const notices: EnrollSampleNotice[] = [];
  const onSample = (notice: EnrollSampleNotice) => void notices.push(notice);
  const options = { sensor: { maxSamples: 3 }, timeoutMs: 60_000, onSample, ...over };
  const run = manage(answers, (session, a) => enrollFingerprint(session, a, options), context);
  const outcome = (device: ScriptedDevice) => ({ device, notices, sent: commands(device).slice(4).join(' ') });
  return run.then(
    ({ device, ...result }) => ({ ...outcome(device), ...result, failure: undefined }),
    (failure) => ({ ...outcome(failure.device), outcome: undefined, session: undefined, failure }),
  );
}

describe('sensor', () => {
  test('one exchange besides getInfo, and no token', async () => {
    const device = new ScriptedDevice([infoAnswer(OPTIONS), map([2, 2], [3, 5], [8, 64])]);
    const session = await Session.open(discovered(device));
    expect(await fingerprintSensor(session)).toEqual({ kind: 'swipe', maxSamples: 5, maxNameLength: 64 });
    expect(device.requests[1]).toBe('09a201010207');
  });

  test('what it leaves out, and a kind nobody knows', async () => {
    const device = new ScriptedDevice([infoAnswer(OPTIONS), map([2, 9])]);
    expect(await fingerprintSensor(await Session.open(discovered(device)))).toEqual({});
  });

  test('a key without one', async () => {
    const device = new ScriptedDevice([infoAnswer({ clientPin: true })]);
    await expect(fingerprintSensor(await Session.open(discovered(device)))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('bioEnroll'),
    });
  });
});

describe('list', () => {
  test('one exchange; a name may be missing', async () => {
    const { device, outcome } = await manage([listed(['0001', 'thumb'], ['0002'])], listFingerprints);
    expect(outcome).toEqual([{ templateId: fromHex('0001'), name: 'thumb' }, { templateId: fromHex('0002') }]);
    expect(commands(device)).toEqual(['04', '06/1', '06/2', '06/9', '09/4']);
    expect(requestMap(device.requests[3]!).get(9)).toBe(PERMISSION.be);
  });

  test.each<[string, Answer]>([
    ['2C', 0x2c],
    ['an empty list', listed()],
    ['no map', 0x00],
  ])('none: %s', async (_, answer) => expect((await manage([answer], listFingerprints)).outcome).toEqual([]));

  test('a key without PIN is told to set one', async () => {
    const device = new ScriptedDevice([infoAnswer({ clientPin: false, bioEnroll: false, pinUvAuthToken: true })]);
    const session = await Session.open(discovered(device));
    const request = { permissions: PERMISSION.be };
    const failure = await withAuthorization(session, request, new ScriptedPerson(), (a) =>
      listFingerprints(session, a),
    ).catch((error) => error);
    expect(errorDocument(failure)).toMatchObject({
      code: 'pin-not-set',
      hint: expect.stringContaining('seckey pin set'),
    });
  });

  test.each([
    [true, '04 06/7 06/2 06/6 09/4'],
    [false, '04 06/1 06/2 06/9 09/4'],
  ])('uvBioEnroll %s', async (uvBioEnroll, expected) => {
    const first = uvBioEnroll ? uvRetries(3) : pinRetries(8);
    const options = { ...OPTIONS, uv: true, bioEnroll: true, uvBioEnroll };
    const device = new ScriptedDevice([infoAnswer(options), first, keyAgreement, tokenAnswer, listed(['01'])]);
    const session = await Session.open(discovered(device));
    await withAuthorization(session, { permissions: PERMISSION.be }, new ScriptedPerson(), (a) =>
      listFingerprints(session, a),
    );
    expect(commands(device).join(' ')).toBe(expected);
  });

  test.each<[string, Answer]>([
    ['text for an id', map([7, [map([1, 'x'])]])],
    ['no list', map([7, 3])],
  ])('hostile: %s', async (_, answer) => {
    await expect(manage([answer], listFingerprints)).rejects.toMatchObject({ code: 'malformed-response' });
  });
});

describe('find', () => {
  const all = [{ templateId: fromHex('0a01'), name: 'thumb' }, { templateId: fromHex('0a02') }];

  test.each([
    ['0a01', 0],
    ['0A02', 1],
  ])('%s', (text, index) => expect(findFingerprint(all, text)).toBe(all[index]));

  test('a whole id wins over beginnings', () => {
    const short = { templateId: fromHex('0a') };
    expect(findFingerprint([...all, short], '0a')).toBe(short);
  });

  test.each([
    ['0a', 'ambiguous', '0a01 (thumb), 0a02'],
    ['0b', 'not-found', '0a01 (thumb), 0a02'],
    ['', 'not-found', '0a01 (thumb), 0a02'],
  ])('"%s": %s', (text, code, named) => {
    expect(() => findFingerprint(all, text)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(named) }),
    );
  });
});

describe('names', () => {
  test.each([
    ['x'.repeat(64), true],
    ['x'.repeat(65), false],
    ['ü'.repeat(32), true],
    ['ü'.repeat(33), false],
    ['👍'.repeat(17), false],
  ])('%s in 64 bytes: %s', (name, fits) => {
    const check = () => checkFingerprintName(name, { maxNameLength: 64 });
    if (fits) check();
    else expect(check).toThrow(expect.objectContaining({ code: 'too-large' }));
  });

  test('a key that tells no limit is asked', () => checkFingerprintName('x'.repeat(500), {}));
});

describe('rename', () => {
  test('two exchanges, the second to see it', async () => {
    const { device, outcome } = await manage([0, listed(['0001', 'new'])], (s, a) =>
      renameFingerprint(s, ID, 'new', a),
    );
    expect(outcome).toEqual({ templateId: ID, name: 'new' });
    expect(commands(device).slice(4)).toEqual(['09/5', '09/4']);
  });

  test.each<[string, Answer[], string]>([
    ['too long for the key', [0x03], 'too-large'],
    ['unknown template', [0x2c], 'not-found'],
    ['said done, but not shown', [0, listed(['0001', 'old'])], 'refused'],
    ['said done, but gone', [0, 0x2c], 'refused'],
  ])('%s', async (_, answers, code) => {
    const failure = await manage(answers, (s, a) => renameFingerprint(s, ID, 'new', a)).catch((error) => error);
    expect([failure.code, failure.device.unused]).toEqual([code, 0]);
  });
});

describe('delete', () => {
  test('two exchanges, then getInfo is asked anew', async () => {
    const { device, session } = await manage([0, 0x2c, infoAnswer(OPTIONS)], (s, a) => deleteFingerprint(s, ID, a));
    await session.info();
    expect(commands(device).slice(4)).toEqual(['09/6', '09/4', '04']);
  });

  test.each<[string, Answer[], string]>([
    ['unknown template', [0x2c], 'not-found'],
    ['said done, but still listed', [0, listed(['0001'])], 'refused'],
  ])('%s', async (_, answers, code) => {
    await expect(manage(answers, (s, a) => deleteFingerprint(s, ID, a))).rejects.toMatchObject({ code });
  });
});

describe('add', () => {
  test('an exchange for each sample, one for the name, one to see it', async () => {
    const { device, outcome, notices, sent } = await enroll(
      [begun(2), sample(1), sample(0), 0, listed(['0001', 'thumb'])],
      { name: 'thumb' },
    );
    expect(outcome).toEqual({ templateId: ID, name: 'thumb', samples: 3 });
    expect(sent).toBe('09/1 09/2 09/2 09/5 09/4');
    expect(device.unused).toBe(0);
    expect(notices).toEqual([
      { remaining: 3, total: 3 },
      { status: 'FP_GOOD', remaining: 2, total: 3 },
      { status: 'FP_GOOD', remaining: 1, total: 3 },
      { status: 'FP_GOOD', remaining: 0, total: 3 },
    ]);
    const params = requestMap(device.requests[5]!).get(3) as CborMap;
    expect([params.get(1), params.get(3)]).toEqual([ID, 10_000]);
  });

  test('getInfo is asked anew afterwards', async () => {
    const success = await enroll([begun(0), listed(['0001']), infoAnswer(OPTIONS)], { sensor: {} });
    await success.session?.info();
    expect(success.device.unused).toBe(0);
  });

  const statuses = Object.entries(ENROLL_SAMPLE_STATUS).filter(([name]) => name !== 'FP_DATABASE_FULL');

  test.each(statuses)('%s: told, and repeated unless good', async (name, code) => {
    const left = name === 'FP_GOOD' ? 1 : 2;
    const rest = left === 2 ? [sample(1), sample(0)] : [sample(0)];
    const { notices, failure, sent } = await enroll([begun(2), sample(left, code), ...rest, listed(['0001'])]);
    expect(failure).toBeUndefined();
    expect(notices[2]).toEqual({ status: name, remaining: left, total: 3 });
    expect(sent).toBe(`09/1${' 09/2'.repeat(1 + rest.length)} 09/4`);
  });

  test('the first sample poor', async () => {
    const { outcome, notices } = await enroll([begun(3, 7), sample(2), sample(1), sample(0), listed(['0001'])]);
    expect(notices.slice(0, 2)).toEqual([
      { remaining: 3, total: 3 },
      { status: 'FP_POOR_QUALITY', remaining: 3, total: 3 },
    ]);
    expect(outcome?.samples).toBe(3);
  });

  test('a status of the future', async () => {
    const { notices } = await enroll([begun(1), sample(1, 0x77), sample(0), listed(['0001'])]);
    expect(notices.map(({ status }) => status)).toEqual([undefined, 'FP_GOOD', 'unknown', 'FP_GOOD']);
  });

  test.each([0x2f, 0x3a])('no touch told by status %i is repeated too', async (status) => {
    const { failure, notices } = await enroll([begun(1), status, sample(0), listed(['0001'])]);
    expect(failure).toBeUndefined();
    expect(notices[2]).toEqual({ status: 'NO_USER_ACTIVITY', remaining: 1, total: 2 });
  });

  test('no touch for the first sample: begun again', async () => {
    const { sent } = await enroll([0x2f, begun(0), listed(['0001'])]);
    expect(sent).toBe('09/1 09/1 09/4');
  });

  test('nobody comes for as long as a person may take', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const later: Answer = () => {
        vi.setSystemTime(Date.now() + 10_000);
        return sample(1, 0x0d);
      };
      const { failure, sent } = await enroll([begun(1), later, later, later, 0], { timeoutMs: 30_000 });
      expect(failure).toMatchObject({ code: 'touch-timeout' });
      expect(sent).toBe('09/1 09/2 09/2 09/2 09/3');
    } finally {
      vi.useRealTimers();
    }
  });

  test('a short --timeout is told to the key', async () => {
    const { device } = await enroll([begun(0), listed(['0001'])], { timeoutMs: 1_500 });
    expect((requestMap(device.requests[4]!).get(3) as CborMap).get(3)).toBe(1_500);
  });

  test('an enrolment that never ends is cancelled', async () => {
    const { failure, device } = await enroll([begun(5), ...Array(249).fill(sample(5)), 0]);
    expect(failure).toMatchObject({ code: 'malformed-response' });
    expect([device.unused, device.requests.at(-1)]).toEqual([0, '09a201010203']);
  });

  test('a name too long is refused before anything is sent', async () => {
    const { failure, sent } = await enroll([], { name: 'too long', sensor: { maxNameLength: 4 } });
    expect([failure.code, sent]).toEqual(['too-large', '']);
  });

  test.each<[string, Answer[], string, string]>([
    ['full', [0x17], 'too-large', '09/1'],
    ['full, said with the first sample by a FIDO_2_1_PRE key', [begun(3, 0x0c), 0], 'too-large', '09/1 09/3'],
    ['full, said later', [begun(2), sample(2, 0x0c), 0], 'too-large', '09/1 09/2 09/3'],
    ['the key gave it up', [begun(2), 0x30, 0], 'state-lost', '09/1 09/2 09/3'],
    ['the key forgot it', [begun(2), 0x2c, 0], 'state-lost', '09/1 09/2 09/3'],
    ['the token dropped in between is not replaced', [begun(2), 0x33, 0], 'refused', '09/1 09/2 09/3'],
    ['no templateId', [map([5, 0], [6, 2]), 0], 'malformed-response', '09/1 09/3'],
    ['no remainingSamples', [map([4, ID], [5, 0]), 0], 'malformed-response', '09/1 09/3'],
    ['refused on the key', [begun(2), 0x27, 0], 'operation-denied', '09/1 09/2 09/3'],
    ['and a cancel that is refused as well', [begun(2), 0x27, 0x01], 'operation-denied', '09/1 09/2 09/3'],
    ['said done, but not listed', [begun(0), 0x2c], 'refused', '09/1 09/4'],
  ])('%s', async (_, answers, code, expected) => {
    const { failure, sent, device } = await enroll(answers);
    expect([failure?.code, sent, device.unused]).toEqual([code, expected, 0]);
  });

  test('the token dropped before the first sample is replaced', async () => {
    const { failure, sent } = await enroll([0x33, ...TOKEN, begun(0), listed(['0001'])]);
    expect([failure, sent]).toEqual([undefined, '09/1 06/1 06/2 06/9 09/1 09/4']);
  });

  test('a name the key refuses: the finger is enrolled all the same, and that is said', async () => {
    const { failure, sent } = await enroll([begun(0), 0x03], { name: 'x' });
    expect(failure).toMatchObject({ code: 'too-large', message: expect.stringContaining('stays on the key as 0001') });
    expect(sent).toBe('09/1 09/5');
  });
});

describe('Ctrl-C', () => {
  test.each([0, 1, 2])('while sample %i is awaited: CANCEL, 2D, then cancelCurrentEnrollment', async (at) => {
    const [interrupt, seen] = [new AbortController(), [] as boolean[]];
    const samples = [begun(2), sample(1)].slice(0, at);
    const answers = [...samples, interruption(0x2d, interrupt, seen), 0];
    const { failure, sent, device } = await enroll(answers, {}, { signal: interrupt.signal });
    expect(failure).toMatchObject({ code: 'interrupted', message: expect.stringContaining('nothing was stored') });
    expect(seen).toEqual([true]);
    expect(sent).toBe(
      ['09/1', '09/2', '09/2']
        .slice(0, at + 1)
        .concat('09/3')
        .join(' '),
    );
    expect([device.unused, device.requests.at(-1)]).toEqual([0, '09a201010203']);
  });

  test('too late to stop a sample: the next is not asked for', async () => {
    const [interrupt, seen] = [new AbortController(), [] as boolean[]];
    const answers = [begun(2), interruption(sample(1), interrupt, seen), 0];
    const { failure, sent } = await enroll(answers, {}, { signal: interrupt.signal });
    expect([failure.code, sent]).toEqual(['interrupted', '09/1 09/2 09/3']);
  });

  test('too late to stop the last: the finger is enrolled, and that is said', async () => {
    const [interrupt, seen] = [new AbortController(), [] as boolean[]];
    const answers = [begun(1), interruption(sample(0), interrupt, seen)];
    const { failure, sent } = await enroll(answers, { name: 'x' }, { signal: interrupt.signal });
    expect(failure).toMatchObject({
      code: 'interrupted',
      message: expect.stringContaining('stays on the key as 0001'),
    });
    expect(sent).toBe('09/1 09/2');
  });

  test('before the first sample nothing is asked for', async () => {
    const interrupt = new AbortController();
    const { device } = await manage([], async () => interrupt.abort(), { signal: interrupt.signal });
    expect(device.requests).toHaveLength(4);
  });
});

describe('removed', () => {
  const removed = () => new FidoError('key-removed', 'the key was removed');

  test.each<[string, Answer[], string]>([
    ['at the first sample', [removed()], 'nothing was stored'],
    ['at the second', [begun(2), removed()], 'nothing was stored'],
    ['at the last', [begun(2), sample(1), removed()], 'not known'],
    ['before it is named', [begun(2), sample(1), sample(0), removed()], 'stays on the key'],
    ['before it is seen', [begun(2), sample(1), sample(0), 0, removed()], 'stays on the key'],
  ])('%s', async (_, answers, words) => {
    const { failure, device, sent } = await enroll(answers, { name: 'thumb' });
    expect(failure).toMatchObject({ code: 'key-removed', message: expect.stringContaining(words) });
    expect(sent).not.toContain('09/3');
    expect(device.unused).toBe(0);
  });

  test('a sensor that does not say how many samples it wants may have stored the first', async () => {
    const { failure } = await enroll([removed()], { sensor: {} });
    expect(failure.message).toContain('not known');
  });
});

describe('keys of FIDO_2_1_PRE', () => {
  const PREVIEW = { clientPin: true, userVerificationMgmtPreview: false };

  test('the preview command, with a token of the old kind', async () => {
    const { device, failure } = await enroll(
      [begun(1), sample(0), 0, listed(['0001', 'x'])],
      { name: 'x' },
      {
        options: PREVIEW,
      },
    );
    expect(failure).toBeUndefined();
    expect(commands(device).join(' ')).toBe('04 06/1 06/2 06/5 40/1 40/2 40/5 40/4');
  });

  test('a key with both gets the final command', async () => {
    const { device } = await manage([listed()], listFingerprints, { options: { ...OPTIONS, ...PREVIEW } });
    expect(commands(device).at(-1)).toBe('09/4');
  });
});

describe('bytes, against others’', () => {
  const expected = (name: string): { message: string; pinUvAuthParam: string } =>
    vectors.pinProtocolTwo.authenticateWithToken.find((vector: { name: string }) => vector.name === `bio ${name}`);
  const work: Record<string, (s: Session, a: Authorization) => Promise<unknown>> = {
    enumerateEnrollments: (s: Session, a: Authorization) => listFingerprints(s, a),
    'enrollBegin with a 10 s timeout': (s: Session, a: Authorization) =>
      enrollFingerprint(s, a, { sensor: {}, timeoutMs: 60_000, onSample: () => {} }),
    setFriendlyName: (s: Session, a: Authorization) =>
      renameFingerprint(s, fromHex(expected('setFriendlyName').message.slice(10, 18)), nameOf('setFriendlyName'), a),
  };
  const nameOf = (vector: string) => Buffer.from(expected(vector).message.slice(22), 'hex').toString();

  test.each(Object.entries(work))('pinUvAuthParam of %s', async (vector, run) => {
    const script: Answer[] = [pinRetries(8), keyAgreement, () => encryptedToken(device), 0x02];
    const device = new ScriptedDevice([infoAnswer(OPTIONS), ...script]);
    const session = await Session.open(discovered(device));
    const permissions = PERMISSION.be;
    await withAuthorization(session, { permissions }, new ScriptedPerson(), (a) => run(session, a)).catch(() => {});
    const request = requestMap(device.requests[4]!);
    const params = request.get(3) as CborMap | undefined;
    const covered = Uint8Array.of(1, request.get(2) as number, ...(params ? encodeCbor(params) : []));
    expect(toHex(covered)).toBe(expected(vector).message);
    expect(toHex(request.get(5) as Uint8Array)).toBe(expected(vector).pinUvAuthParam);
  });

  test('a whole enrolment as python-fido2 sends and reads it', async () => {
    const recorded = (what: string) => {
      const found = exchanges.find((one) => one.name.endsWith(`: bioEnrollment, protocol 2: ${what}`));
      if (!found) throw new Error(`no recording of ${what}`);
      return found;
    };
    const [begin, good] = [recorded('enrollBegin'), recorded('enrollCaptureNextSample, FP_GOOD')];
    const last = recorded('enrollCaptureNextSample without timeout');
    const rename = recorded('setFriendlyName');
    const params = rename.request.subCommandParams as { templateFriendlyName: string };
    const answers = [begin.responseBytes, good.responseBytes, last.responseBytes, rename.responseBytes, 0x2c];
    const { device } = await enroll(answers, { name: params.templateFriendlyName });
    const unsigned = (request: Uint8Array | string) => {
      const hex = typeof request === 'string' ? request : toHex(request);
      return [hex.slice(0, 2), ...requestMap(hex)].filter((_, i) => i !== 5);
    };
    expect(unsigned(device.requests[4]!)).toEqual(unsigned(begin.requestBytes));
    expect(unsigned(device.requests[5]!)).toEqual(unsigned(good.requestBytes));
    expect(unsigned(device.requests[7]!)).toEqual(unsigned(rename.requestBytes));
  });
});
