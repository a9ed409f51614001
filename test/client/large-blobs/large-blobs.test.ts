import { createCipheriv, createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { errorDocument } from '../../../src/cli/errors.ts';
import { withAuthorization } from '../../../src/client/authorization/authorization.ts';
import { findCredential } from '../../../src/client/credentials/credential-id.ts';
import { enumerate } from '../../../src/client/credentials/enumeration.ts';
import {
  compactLargeBlobs,
  deleteLargeBlob,
  type LargeBlobLoss,
  setLargeBlob,
} from '../../../src/client/large-blobs/changes.ts';
import { getLargeBlob, listLargeBlobs } from '../../../src/client/large-blobs/large-blobs.ts';
import { withLargeBlobOwners } from '../../../src/client/large-blobs/owners.ts';
import { readLargeBlobArray, writeLargeBlobArray } from '../../../src/client/large-blobs/storage.ts';
import { Session } from '../../../src/client/session.ts';
import { PERMISSION } from '../../../src/ctap2/commands/client-pin.ts';
import { openLargeBlob, parseLargeBlobArray, serializeLargeBlobArray } from '../../../src/ctap2/large-blob-array.ts';
import { concat, fromHex, toHex, utf8 } from '../../../src/encoding/bytes.ts';
import { type CborValue, encodeCbor } from '../../../src/encoding/cbor.ts';
import { FidoError } from '../../../src/errors.ts';
import {
  commands,
  encryptedToken,
  keyAgreement,
  pinRetries,
  requestMap,
  ScriptedPerson,
} from '../../support/authorized-key.ts';
import { exchanges, largeBlobVectors } from '../../support/python-fido2.ts';
import { type Answer, discovered, infoAnswer, ScriptedDevice } from '../../support/scripted-device.ts';
import { map, onScriptedKey, TOKEN } from '../../support/scripted-session.ts';
import { vectors } from '../../support/vectors.ts';

const OPTIONS = { clientPin: true, pinUvAuthToken: true, credMgmt: true, largeBlobs: true };
/** Fragments of 64 bytes. */
const INFO: [number, CborValue][] = [
  [5, 128],
  [0x0b, 1024],
];
const FRAGMENT = 64;
const KEY = fromHex(largeBlobVectors.largeBlobKey);
const STRANGER = fromHex(largeBlobVectors.strangersLargeBlobKey);
/** Three entries: a stranger's, one in an unknown form, ours. */
const STORED = fromHex(largeBlobVectors.stored);
const ENTRIES = parseLargeBlobArray(STORED).entries;
const EMPTY = fromHex(vectors.largeBlobs.emptyArraySerialized);
const DATA = fromHex(largeBlobVectors.data);

const hash = (text: string) => new Uint8Array(createHash('sha256').update(text).digest());
/** Of which nothing is saved by compression: with the entries of others, three fragments. */
const NEW = concat(hash('new'), hash('newer')).slice(0, 48);
const rp = (id: string, total: number): Answer => map([3, new Map([['id', id]])], [4, hash(id)], [5, total]);
const descriptor = (id: number) =>
  new Map<CborValue, CborValue>([
    ['id', new Uint8Array(16).fill(id)],
    ['type', 'public-key'],
  ]);
const credential = (id: number, total?: number, largeBlobKey?: Uint8Array): Answer =>
  map(
    [7, descriptor(id)],
    ...((total === undefined ? [] : [[9, total]]) as [number, CborValue][]),
    ...((largeBlobKey ? [[0x0b, largeBlobKey.slice()]] : []) as [number, CborValue][]),
  );
/** Two credentials of one relying party: 0101… with our key, 0202… without any. */
const CREDENTIALS: Answer[] = [rp('a.example', 1), credential(1, 2, KEY), credential(2)];
const OURS = '01'.repeat(16);

/** The answers to reading `stored` in fragments. */
function reads(stored: Uint8Array): Answer[] {
  const answers: Answer[] = [];
  for (let at = 0; at <= stored.length; at += FRAGMENT) answers.push(map([1, stored.slice(at, at + FRAGMENT)]));
  return answers;
}

/** What the requests from `from` on wrote. */
function written(device: ScriptedDevice, from = 0): Uint8Array {
  const sets = device.requests.slice(from).filter((hex) => hex.startsWith('0c'));
  return concat(...sets.map((hex) => (requestMap(hex).get(2) as Uint8Array | undefined) ?? new Uint8Array(0)));
}

/** A key whose storage is bytes, as a test may change them; answers reads and writes by hand-made rules. */
class Storage {
  bytes: Uint8Array;
  device: ScriptedDevice | undefined;
  /** Called before each request is answered; what it returns is answered instead. */
  on: (request: ReturnType<typeof requestMap>, number: number) => Answer | undefined = () => undefined;
  count = 0;
  #arriving: Uint8Array = new Uint8Array(0);
  #total = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  readonly answer: Answer = () => {
    const request = requestMap(this.device?.requests.at(-1) ?? '');
    const instead = this.on(request, this.count++);
    if (instead !== undefined) return instead as Uint8Array;
    const [get, set, offset] = [request.get(1), request.get(2), request.get(3)] as [number, Uint8Array, number];
    if (get !== undefined) return map([1, this.bytes.slice(offset, offset + get)]);
    if (offset === 0) [this.#arriving, this.#total] = [new Uint8Array(0), request.get(4) as number];
    if (offset !== this.#arriving.length) return 0x04;
    this.#arriving = concat(this.#arriving, set);
    if (this.#arriving.length === this.#total) this.bytes = this.#arriving;
    return 0;
  };
}

interface KeyOptions {
  options?: Record<string, boolean>;
  info?: [number, CborValue][];
  signal?: AbortSignal;
}

const run = <T>(
  answers: Answer[],
  work: (session: Session, person: ScriptedPerson) => Promise<T>,
  { options = OPTIONS, info = INFO, signal }: KeyOptions = {},
  storage?: Storage,
) => {
  const prepare = (device: ScriptedDevice) => {
    if (storage) storage.device = device;
  };
  return onScriptedKey([infoAnswer(options, info), ...answers], work, { signal, prepare });
};

/** With a {@link Storage}: `before` reads, then token and credentials, then as many exchanges as it takes. */
function change<T>(
  storage: Storage,
  before: number,
  work: (session: Session, person: ScriptedPerson) => Promise<T>,
  over: KeyOptions & { credentials?: Answer[] } = {},
) {
  const answers = [
    ...Array(before).fill(storage.answer),
    ...TOKEN,
    ...(over.credentials ?? CREDENTIALS),
    ...Array(60).fill(storage.answer),
  ];
  return run(answers, work, over, storage);
}

const set = (data: Uint8Array) => (session: Session, person: ScriptedPerson) =>
  setLargeBlob(session, fromHex(OURS), data, person);
const remove = (session: Session, person: ScriptedPerson) => deleteLargeBlob(session, fromHex(OURS), person);
const compact = (session: Session, person: ScriptedPerson) => compactLargeBlobs(session, person);

describe('reading', () => {
  test('in fragments, as python-fido2 asks for them, and without token', async () => {
    const { device, outcome } = await run(reads(STORED), (session) => readLargeBlobArray(session));
    expect(toHex(outcome)).toBe(largeBlobVectors.stored);
    const recorded = exchanges.filter(({ name }) => name.includes('largeBlobs, protocol 2: get, fragments'));
    expect(device.requests.slice(1)).toEqual(recorded.map(({ requestBytes }) => toHex(requestBytes)));
  });

  test('whole, where it fits', async () => {
    const { device } = await run([map([1, EMPTY])], (session) => readLargeBlobArray(session), { info: [] });
    expect(device.requests[1]).toBe(vectors.largeBlobs.requests.getWhole);
  });

  test('one more exchange if the last fragment is full', async () => {
    const { device } = await run(reads(new Uint8Array(128)), (session) => readLargeBlobArray(session));
    expect(device.requests).toHaveLength(1 + 3);
  });

  test('a key without large blobs', async () => {
    await expect(
      run([], (session) => readLargeBlobArray(session), { options: { clientPin: true } }),
    ).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('largeBlobs') });
  });

  const full = map([1, new Uint8Array(FRAGMENT)]);

  test.each<[string, [number, CborValue][], number]>([
    ['1024 bytes', INFO, 17],
    ['2^53 − 1 bytes', [INFO[0]!, [0x0b, Number.MAX_SAFE_INTEGER]], 4097],
    ['nothing', [INFO[0]!], 17],
  ])('endless, with room for %s', async (_, info, exchangesMade) => {
    const failure = await run(Array(5_000).fill(full), (session) => readLargeBlobArray(session), { info }).catch(
      (error) => error,
    );
    expect(failure).toMatchObject({ code: 'malformed-response' });
    expect(failure.device.requests).toHaveLength(1 + exchangesMade);
  });

  test.each<[string, Answer, [number, CborValue][]]>([
    ['more than asked for', map([1, new Uint8Array(65)]), INFO],
    ['nothing at all', 0x00, INFO],
    ['text', map([1, 'x']), INFO],
    ['messages too small for anything', map([1, EMPTY]), [[5, 64]]],
  ])('hostile: %s', async (_, answer, info) => {
    await expect(run([answer], (session) => readLargeBlobArray(session), { info })).rejects.toMatchObject({
      code: 'malformed-response',
    });
  });
});

describe('list', () => {
  test('read, token, credentials: 3 + 3 + 3 exchanges besides getInfo', async () => {
    const { device, outcome } = await run([...reads(STORED), ...TOKEN, ...CREDENTIALS], listLargeBlobs);
    expect(outcome).toEqual({
      used: STORED.length,
      capacity: 1024,
      damaged: false,
      notAsked: [],
      entries: [
        { state: 'orphaned', size: 8 },
        { state: 'damaged' },
        {
          state: 'matched',
          credentialId: fromHex(OURS),
          shortId: '01010101',
          rpId: 'a.example',
          userName: undefined,
          size: DATA.length,
        },
      ],
    });
    expect(commands(device).join(' ')).toBe('04 0c 0c 0c 06/1 06/2 06/9 0a/2 0a/4 0a/5');
    expect(requestMap(device.requests[6]!).get(9)).toBe(PERMISSION.cm);
  });

  test('none: no PIN is asked for', async () => {
    const { device, outcome } = await run(reads(EMPTY), listLargeBlobs);
    expect(outcome).toEqual({ used: 17, capacity: 1024, damaged: false, entries: [], notAsked: [] });
    expect(device.requests).toHaveLength(2);
  });

  test('damaged: read once more, then told', async () => {
    const damaged = EMPTY.with(5, 0);
    const { outcome } = await run([...reads(damaged), ...reads(damaged)], listLargeBlobs);
    expect(outcome).toMatchObject({ damaged: true, used: 17, entries: [] });
  });

  test('torn by a program that wrote between two fragments: read again', async () => {
    const torn = concat(STORED.subarray(0, 64), new Uint8Array(30));
    const { outcome } = await run([...reads(torn), ...reads(EMPTY)], listLargeBlobs);
    expect(outcome).toMatchObject({ damaged: false, entries: [] });
  });

  test('torn for ever', async () => {
    let n = 0;
    const answer: Answer = () => map([1, new Uint8Array(20).fill(n++)]);
    await expect(run(Array(5).fill(answer), listLargeBlobs)).rejects.toMatchObject({ code: 'state-lost' });
  });

  test('an entry that claims 2^64 − 1 bytes has no size', async () => {
    const entry = encodeCbor(map([1, new Uint8Array(16)], [2, new Uint8Array(12)], [3, 2n ** 64n - 1n]));
    const stored = serializeLargeBlobArray([entry]);
    const { outcome } = await run([...reads(stored), ...TOKEN, ...CREDENTIALS], listLargeBlobs);
    expect(outcome.entries).toEqual([{ state: 'damaged' }]);
  });
});

/** An entry of ours that inflates to other than it says. */
function sealed(compressed: Uint8Array, origSize: number): Uint8Array {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(origSize));
  const nonce = new Uint8Array(12).fill(7);
  const cipher = createCipheriv('aes-256-gcm', KEY, nonce).setAAD(concat(utf8('blob'), size));
  const ciphertext = concat(cipher.update(compressed), cipher.final(), cipher.getAuthTag());
  return encodeCbor(map([1, ciphertext], [2, nonce], [3, origSize]));
}

describe('get', () => {
  const get = (id: string) => (session: Session, person: ScriptedPerson) =>
    getLargeBlob(session, (all) => findCredential(all, id), person);
  const answers = [...reads(STORED), ...TOKEN, ...CREDENTIALS];

  test('by its ID alone, which is whole or nobody’s', async () => {
    const by = (id: Uint8Array) => (session: Session, person: ScriptedPerson) => getLargeBlob(session, id, person);
    expect((await run(answers, by(fromHex(OURS)))).outcome.data).toEqual(DATA);
    await expect(run(answers, by(fromHex('0101')))).rejects.toMatchObject({ code: 'not-found' });
  });

  test('with the authorisation of a larger piece of work: no token of its own', async () => {
    const work = (session: Session, person: ScriptedPerson) =>
      withAuthorization(session, { permissions: PERMISSION.cm }, person, (authorization) =>
        getLargeBlob(session, fromHex(OURS), authorization),
      );
    const { device, outcome } = await run([...TOKEN, ...reads(STORED), ...CREDENTIALS], work);
    expect(outcome.data).toEqual(DATA);
    expect(commands(device).join(' ')).toBe('04 06/1 06/2 06/9 0c 0c 0c 0a/2 0a/4 0a/5');
  });

  test.each([OURS, '0101', 'AQEBAQ'])('by %s', async (id) => {
    const { outcome } = await run(answers, get(id));
    expect(outcome).toEqual({ credentialId: fromHex(OURS), shortId: '01010101', rpId: 'a.example', data: DATA });
  });

  test.each([
    ['no such credential', '03', 'not-found'],
    ['a credential without blob', '02', 'not-found'],
  ])('%s', async (_, id, code) => {
    await expect(run(answers, get(id))).rejects.toMatchObject({ code });
  });

  test('none on the key: no PIN is asked for', async () => {
    await expect(run(reads(EMPTY), get(OURS))).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a deflate bomb is not inflated', async () => {
    const bomb = deflateRawSync(new Uint8Array(512 * 1024));
    const stored = serializeLargeBlobArray([sealed(bomb, 10)]);
    const script = [map([1, stored]), ...TOKEN, ...CREDENTIALS];
    await expect(run(script, get(OURS), { info: [[0x0b, 4096]] })).rejects.toMatchObject({
      code: 'malformed-response',
      message: expect.stringContaining('damaged'),
    });
  });

  test('a large-blob key that is none', async () => {
    const credentials = [rp('a.example', 1), credential(1, 1, new Uint8Array(5))];
    await expect(run([...reads(STORED), ...TOKEN, ...credentials], get(OURS))).rejects.toMatchObject({
      code: 'malformed-response',
    });
  });
});

describe('set', () => {
  test('one token for both, a fresh read, fragments, and read back', async () => {
    const storage = new Storage(STORED);
    const { device, outcome } = await change(storage, 0, set(NEW));
    expect(requestMap(device.requests[3]!).get(9)).toBe(PERMISSION.cm | PERMISSION.lbw);
    const sent = device.requests.slice(7).map(requestMap);
    const sizes = (member: number) => sent.map((request) => request.get(member));
    const total = storage.bytes.length;
    // 3 reads, 3 writes, 3 reads.
    expect(sizes(1)).toEqual([64, 64, 64, undefined, undefined, undefined, 64, 64, 64]);
    expect(sizes(3)).toEqual([0, 64, 128, 0, 64, 128, 0, 64, 128]);
    expect(sizes(4).slice(3, 6)).toEqual([total, undefined, undefined]);
    expect(sent.slice(3, 6).map((request) => (request.get(2) as Uint8Array).length)).toEqual([64, 64, total - 128]);
    expect(outcome).toEqual({
      ...{ credentialId: fromHex(OURS), shortId: '01010101', rpId: 'a.example' },
      ...{ used: total, capacity: 1024 },
    });
  });

  test('the entries of others stay byte for byte, and in their place', async () => {
    const storage = new Storage(serializeLargeBlobArray([ENTRIES[2]!, ENTRIES[0]!, ENTRIES[1]!]));
    await change(storage, 0, set(NEW));
    const { entries } = parseLargeBlobArray(storage.bytes);
    expect(entries.slice(1).map(toHex)).toEqual([toHex(ENTRIES[0]!), toHex(ENTRIES[1]!)]);
    expect(openLargeBlob(KEY, entries[0]!)?.data).toEqual(NEW);
  });

  test('a first blob goes to the end; two of one credential become one', async () => {
    const storage = new Storage(serializeLargeBlobArray([ENTRIES[0]!]));
    await change(storage, 0, set(NEW));
    const first = parseLargeBlobArray(storage.bytes).entries;
    expect([first.length, toHex(first[0]!)]).toEqual([2, toHex(ENTRIES[0]!)]);
    const twice = new Storage(serializeLargeBlobArray([first[1]!, ENTRIES[0]!, ENTRIES[2]!]));
    await change(twice, 0, set(utf8('newer')));
    const { entries } = parseLargeBlobArray(twice.bytes);
    expect(entries).toHaveLength(2);
    expect(openLargeBlob(KEY, entries[0]!)?.data).toEqual(utf8('newer'));
  });

  test('a damaged array is replaced', async () => {
    const storage = new Storage(STORED.with(7, 0));
    await change(storage, 0, set(NEW));
    expect(parseLargeBlobArray(storage.bytes).entries).toHaveLength(1);
  });

  test('too long for the key: nothing is written', async () => {
    const storage = new Storage(STORED);
    const random = new Uint8Array(1200).map((_, i) => (i * i * 31) >> 3);
    const failure = await change(storage, 0, set(random)).catch((error) => error);
    expect(failure).toMatchObject({ code: 'too-large', message: expect.stringContaining('room for 1024') });
    expect(written(failure.device)).toHaveLength(0);
  });

  test('longer than any blob: nothing is even asked', async () => {
    await expect(run([], set(new Uint8Array(1024 * 1024 + 1)))).rejects.toMatchObject({ code: 'too-large' });
  });

  test('a credential made without', async () => {
    const storage = new Storage(EMPTY);
    const work = (session: Session, person: ScriptedPerson) =>
      setLargeBlob(session, (all) => findCredential(all, '02'), utf8('x'), person);
    await expect(change(storage, 0, work)).rejects.toMatchObject({ code: 'unsupported' });
  });

  test.each<[string, Record<string, boolean>, string]>([
    ['largeBlobs', { clientPin: true, credMgmt: true }, 'unsupported'],
    ['credMgmt', { clientPin: true, largeBlobs: true }, 'unsupported'],
    ['a PIN', { ...OPTIONS, clientPin: false }, 'pin-not-set'],
  ])('a key without %s', async (_, options, code) => {
    await expect(run([], set(utf8('x')), { options })).rejects.toMatchObject({ code });
  });
});

describe('another program writes', () => {
  const theirs = serializeLargeBlobArray([...ENTRIES, encodeCbor('of theirs')]);

  test('before the write: applied to what is there then', async () => {
    const storage = new Storage(STORED);
    // Three reads to find the blob; then, while the person is asked, something else appears.
    const work = (session: Session, person: ScriptedPerson) =>
      deleteLargeBlob(session, fromHex(OURS), person, {
        confirm: async () => {
          storage.bytes = theirs;
        },
      });
    await change(storage, 3, work);
    const others = [ENTRIES[0]!, ENTRIES[1]!, encodeCbor('of theirs')];
    expect(toHex(storage.bytes)).toBe(toHex(serializeLargeBlobArray(others)));
  });

  test('during the write: once more, on what is there then', async () => {
    const storage = new Storage(STORED);
    let overtaken = false;
    storage.on = (request) => {
      if (overtaken || request.get(3) !== 64 || !request.has(2)) return undefined;
      overtaken = true;
      storage.bytes = theirs;
      return 0x04;
    };
    await change(storage, 0, set(NEW));
    const { entries } = parseLargeBlobArray(storage.bytes);
    expect(entries.map((entry) => toHex(entry)).filter((_, i) => i !== 2)).toEqual(
      [ENTRIES[0]!, ENTRIES[1]!, encodeCbor('of theirs')].map(toHex),
    );
  });

  test('during both: given up, and nothing is said to be written', async () => {
    const storage = new Storage(STORED);
    storage.on = (request) => (request.has(2) && request.get(3) === 64 ? 0x04 : undefined);
    await expect(change(storage, 0, set(NEW))).rejects.toMatchObject({ code: 'state-lost', status: 0x04 });
    expect(storage.bytes).toBe(STORED);
  });

  test('right after the write: what is read back differs, and it is not called done', async () => {
    const storage = new Storage(EMPTY);
    let wrote = false;
    storage.on = (request) => {
      if (wrote) storage.bytes = theirs;
      wrote ||= request.has(2) && request.get(3) === 64;
      return undefined;
    };
    await expect(change(storage, 0, set(NEW))).rejects.toMatchObject({ code: 'refused' });
  });
});

describe('writing goes wrong', () => {
  const removed = () => new FidoError('key-removed', 'the key was removed');

  test.each<[string, number, Answer, string, string]>([
    ['full', 0, 0x18, 'too-large', 'nothing was written'],
    ['damaged on the way', 128, 0x3d, 'refused', 'nothing was written'],
    ['the token dropped in between', 64, 0x33, 'refused', ''],
    ['removed at the first fragment', 0, removed(), 'key-removed', 'keeps the blobs it had'],
    ['removed at the second', 64, removed(), 'key-removed', 'keeps the blobs it had'],
    ['removed at the last', 128, removed(), 'key-removed', 'not known'],
    ['no answer to the last', 128, new FidoError('no-answer', 'no answer'), 'no-answer', 'not known'],
  ])('%s', async (_, at, answer, code, words) => {
    const storage = new Storage(STORED);
    storage.on = (request) => (request.has(2) && request.get(3) === at ? answer : undefined);
    const failure = await change(storage, 0, set(NEW)).catch((error) => error);
    expect([failure.code, failure.message.includes(words)]).toEqual([code, true]);
    if (code === 'key-removed') expect(errorDocument(failure).hint).toContain('seckey blobs list');
    expect(storage.bytes).toBe(STORED);
  });

  test('the token dropped before the first fragment is replaced', async () => {
    const storage = new Storage(EMPTY);
    let refused = false;
    const dropped: Answer = () => {
      refused = true;
      return 0x33;
    };
    const answers = [...TOKEN, ...CREDENTIALS, storage.answer, dropped, ...TOKEN, ...Array(9).fill(storage.answer)];
    await run(answers, set(NEW), {}, storage);
    expect([refused, parseLargeBlobArray(storage.bytes).entries.length]).toEqual([true, 1]);
  });

  test('removed while it is read back', async () => {
    const storage = new Storage(EMPTY);
    storage.on = (request, number) => (number > 2 && request.has(1) ? removed() : undefined);
    await expect(change(storage, 0, set(NEW))).rejects.toMatchObject({
      code: 'key-removed',
      message: expect.stringContaining('had said that the blobs are written'),
    });
  });

  test.each([0, 64, 128])('Ctrl-C at offset %i: nothing more is sent', async (at) => {
    const storage = new Storage(STORED);
    const interrupt = new AbortController();
    storage.on = (request) => {
      if (!request.has(2) || request.get(3) !== at) return undefined;
      interrupt.abort();
      return 0x2d;
    };
    const failure = await change(storage, 0, set(NEW), { signal: interrupt.signal }).catch((error) => error);
    expect(failure).toMatchObject({ code: 'interrupted', message: expect.stringContaining('nothing was written') });
    expect(requestMap(failure.device.requests.at(-1)).get(3)).toBe(at);
  });

  test('Ctrl-C too late for the last fragment: it is written, and seen', async () => {
    const storage = new Storage(EMPTY);
    const interrupt = new AbortController();
    storage.on = (request) => {
      if (request.has(2) && request.get(3) === 64) interrupt.abort();
      return undefined;
    };
    const { outcome } = await change(storage, 0, set(NEW), { signal: interrupt.signal });
    expect(outcome.used).toBe(storage.bytes.length);
  });
});

describe('delete', () => {
  test('ours alone', async () => {
    const storage = new Storage(STORED);
    await change(storage, 3, remove);
    expect(toHex(storage.bytes)).toBe(toHex(serializeLargeBlobArray([ENTRIES[0]!, ENTRIES[1]!])));
  });

  test('not confirmed: nothing is written', async () => {
    const storage = new Storage(STORED);
    const declined = new Error('no');
    const work = (session: Session, person: ScriptedPerson) =>
      deleteLargeBlob(session, fromHex(OURS), person, { confirm: () => Promise.reject(declined) });
    await expect(change(storage, 3, work)).rejects.toBe(declined);
    expect(storage.bytes).toBe(STORED);
  });

  test('a credential without blob', async () => {
    const storage = new Storage(serializeLargeBlobArray([ENTRIES[0]!]));
    await expect(change(storage, 1, remove)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('compact', () => {
  test('drops what no credential opens, and keeps what it does not understand', async () => {
    const storage = new Storage(STORED);
    const losses: LargeBlobLoss[] = [];
    const work = (session: Session, person: ScriptedPerson) =>
      compactLargeBlobs(session, person, { confirm: async (loss) => void losses.push(loss) });
    const { outcome } = await change(storage, 3, work);
    expect(losses).toMatchObject([{ entries: [{ state: 'orphaned', size: 8 }], damaged: false }]);
    expect(losses.map(({ entries, stored }) => [toHex(entries[0]!.entry), toHex(stored)])).toEqual([
      [toHex(ENTRIES[0]!), toHex(STORED)],
    ]);
    expect(toHex(storage.bytes)).toBe(toHex(serializeLargeBlobArray([ENTRIES[1]!, ENTRIES[2]!])));
    expect(outcome).toEqual({ used: storage.bytes.length, capacity: 1024, removed: 1, unknown: 0, notAsked: [] });
  });

  test('what came while the credentials were read stays: its credential may be newer', async () => {
    const storage = new Storage(STORED);
    const newer = encodeCbor(map([1, new Uint8Array(20)], [2, new Uint8Array(12)], [3, 4]));
    const work = (session: Session, person: ScriptedPerson) =>
      compactLargeBlobs(session, person, {
        confirm: async () => {
          storage.bytes = serializeLargeBlobArray([...ENTRIES, newer]);
        },
      });
    await change(storage, 3, work);
    expect(toHex(storage.bytes)).toBe(toHex(serializeLargeBlobArray([ENTRIES[1]!, ENTRIES[2]!, newer])));
  });

  test('nothing to drop: nothing asked, nothing written', async () => {
    const credentials = [rp('a.example', 1), credential(1, 2, KEY), credential(2, undefined, STRANGER)];
    const storage = new Storage(STORED);
    const { device, outcome } = await change(storage, 3, compact, { credentials });
    expect([outcome.removed, written(device).length]).toEqual([0, 0]);
  });

  test('an empty array: no PIN is asked for', async () => {
    const { outcome } = await run(reads(EMPTY), compact);
    expect(outcome).toEqual({ used: 17, capacity: 1024, removed: 0, unknown: 0, notAsked: [] });
  });

  test('no credentials at all: nothing is dropped before somebody says that this is to be found out', async () => {
    const storage = new Storage(STORED);
    await expect(change(storage, 3, compact, { credentials: [0x2e] })).rejects.toMatchObject({ code: 'unsupported' });
    expect(storage.bytes).toBe(STORED);
    const find = (session: Session, person: ScriptedPerson) =>
      compactLargeBlobs(session, person, { findOwners: () => true });
    const credentials = [0x2e, ...TOKEN];
    await change(storage, 3, find, { credentials });
    expect(toHex(storage.bytes)).toBe(toHex(serializeLargeBlobArray([ENTRIES[1]!])));
  });

  test('a blob that another program put in the place of the one to be deleted stays', async () => {
    const storage = new Storage(STORED);
    const replaced = serializeLargeBlobArray([ENTRIES[0]!, sealed(deflateRawSync(NEW), NEW.length)]);
    const work = (session: Session, person: ScriptedPerson) =>
      deleteLargeBlob(session, fromHex(OURS), person, {
        confirm: async () => {
          storage.bytes = replaced;
        },
      });
    await expect(change(storage, 3, work)).rejects.toMatchObject({ code: 'state-lost' });
    expect(storage.bytes).toBe(replaced);
  });

  test('a list of credentials that breaks off drops nothing', async () => {
    const storage = new Storage(STORED);
    const credentials = [rp('a.example', 1), credential(1, 2, KEY), 0x7f];
    await expect(change(storage, 3, compact, { credentials })).rejects.toMatchObject({ code: 'refused' });
    expect(storage.bytes).toBe(STORED);
  });

  test('a damaged array is replaced by an empty one, once that is confirmed', async () => {
    const storage = new Storage(STORED.with(7, 0));
    await change(storage, 6, compact);
    expect(toHex(storage.bytes)).toBe(toHex(EMPTY));
  });

  test('with the preview of credential management alone nobody is sure', async () => {
    const options = { clientPin: true, pinUvAuthToken: true, largeBlobs: true, credentialMgmtPreview: true };
    await expect(run(reads(STORED), compact, { options })).rejects.toMatchObject({ code: 'unsupported' });
  });
});

describe('secrets', () => {
  test('a large-blob key whose list breaks off is wiped', async () => {
    const kept: { largeBlobKey: Uint8Array }[] = [];
    const items = [{ largeBlobKey: KEY.slice() }, { largeBlobKey: KEY.slice() }];
    const failing = enumerate({
      begin: async () => items[0],
      next: async () => items[1],
      totalOf: () => 3,
      read: (answer) => {
        if (answer) kept.push(answer);
        return answer;
      },
      identityOf: () => 'the same',
      discard: ({ largeBlobKey }) => largeBlobKey.fill(0),
    });
    await expect(failing).rejects.toMatchObject({ code: 'malformed-response' });
    expect(kept.map(({ largeBlobKey }) => toHex(largeBlobKey))).toEqual(Array(2).fill('00'.repeat(32)));
  });

  test('large-blob keys are wiped, also after a failure', async () => {
    for (const fails of [false, true]) {
      let seen: (Uint8Array | undefined)[] = [];
      const work = (session: Session, person: ScriptedPerson) =>
        withLargeBlobOwners(session, PERMISSION.cm, person, {}, async ({ all }) => {
          seen = all.map(({ largeBlobKey }) => largeBlobKey);
          expect(seen[0]).toEqual(KEY);
          if (fails) throw new Error('whatever');
        });
      await run([...TOKEN, ...CREDENTIALS], work).catch(() => {});
      expect(seen).toEqual([new Uint8Array(32), undefined]);
    }
  });
});

describe('bytes that pinUvAuthParam covers, against the vectors', () => {
  const expected = (name: string): { pinUvAuthParam: string } =>
    vectors.pinProtocolTwo.authenticateWithToken.find((vector: { name: string }) => vector.name === name);

  test.each([
    ['largeBlobs set, offset 0', EMPTY],
    ['largeBlobs set, offset 960', concat(new Uint8Array(960), EMPTY)],
  ])('%s', async (name, array) => {
    const token: Answer = () => encryptedToken(device);
    const device = new ScriptedDevice([
      infoAnswer(OPTIONS, [[5, 1024]]),
      ...[pinRetries(8), keyAgreement, token],
      ...Array(array.length > 960 ? 2 : 1).fill(0),
      ...(array.length > 960 ? [map([1, array.slice(0, 960)]), map([1, array.slice(960)])] : [map([1, array])]),
    ]);
    const session = await Session.open(discovered(device));
    await withAuthorization(session, { permissions: PERMISSION.lbw }, new ScriptedPerson(), (authorization) =>
      writeLargeBlobArray(session, authorization, array),
    );
    const request = requestMap(device.requests[array.length > 960 ? 5 : 4]!);
    expect(request.get(6)).toBe(2);
    expect(toHex(request.get(5) as Uint8Array)).toBe(expected(name).pinUvAuthParam);
    expect(device.unused).toBe(0);
  });
});
