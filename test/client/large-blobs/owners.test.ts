/**
 * Keys that list no large-blob keys, and give them to whoever signs in, as FIDO2Applet does: whose blobs are is not known
 * until the key was asked, and nothing is dropped before. On whole software keys.
 */
import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { addDemoContent } from '../../../src/authenticator/demo.ts';
import { compactLargeBlobs, deleteLargeBlob, setLargeBlob } from '../../../src/client/large-blobs/changes.ts';
import { getLargeBlob, listLargeBlobs } from '../../../src/client/large-blobs/large-blobs.ts';
import { LargeBlobMatching } from '../../../src/client/large-blobs/matching.ts';
import type { Session } from '../../../src/client/session.ts';
import { parseLargeBlobArray, sealLargeBlob } from '../../../src/ctap2/large-blob-array.ts';
import { toHex, utf8 } from '../../../src/encoding/bytes.ts';
import { World } from '../../support/software-world.ts';

const LONG_RP_ID = 'single-sign-on.accounts.international-company.example';

let world: World;
let session: Session;
/** Of the one credential with a blob. */
let live: Uint8Array;
let pinsAsked: number;

beforeEach(async () => {
  world = new World('nfc', 'fido2-applet');
  const { state, model, environment } = world.authenticator;
  addDemoContent(state, model, environment);
  live = state.credentials.discoverable.find(({ largeBlobKey }) => largeBlobKey)!.credentialId;
  session = await world.openSession();
  world.processed.length = 0;
});

const stored = () => parseLargeBlobArray(world.authenticator.state.largeBlobs.serializedArray).entries.map(toHex);
const person = () => world.interaction({ current: '12345678' });
const yes = { findOwners: () => true, rpIds: [LONG_RP_ID] };

describe('list', () => {
  test('calls nothing orphaned, and asks for no sign-in', async () => {
    const { entries } = await listLargeBlobs(session, person());
    expect(entries).toEqual([
      { state: 'unknown', size: 33 },
      { state: 'unknown', size: 35 },
    ]);
    expect(world.count('02')).toBe(0);
  });

  test('finds out when told to: one sign-in for each credential, each with its own token, and one PIN', async () => {
    const asked: string[] = [];
    const { entries, notAsked } = await listLargeBlobs(session, person(), {
      ...yes,
      onAsking: ({ rpId }, at, total) => asked.push(`${at}/${total} ${rpId}`),
    });
    expect(entries).toMatchObject([{ state: 'matched', rpId: 'ssh:', userName: 'alice' }, { state: 'orphaned' }]);
    expect(notAsked).toEqual([]);
    expect([asked.length, world.count('02'), world.count('06/9')]).toEqual([8, 8, 1 + 8]);
    pinsAsked = world.told.filter((what) => what === 'current PIN').length;
    expect(pinsAsked).toBe(1);
  });

  test('a credential of which the key keeps only a part of the RP ID cannot be asked: what it may own stays unknown', async () => {
    const { entries, notAsked } = await listLargeBlobs(session, person(), { findOwners: () => true });
    expect(entries.map(({ state }) => state)).toEqual(['matched', 'unknown']);
    expect(notAsked).toMatchObject([{ rpId: expect.stringContaining('company.example') }]);
    expect(world.count('02')).toBe(7);
  });

  test('one that the key lists and does not find cannot be asked either', async () => {
    const process = world.authenticator.process;
    world.authenticator.process = async (request, options) =>
      request[0] === 0x02 && Buffer.from(request).includes('bank.example')
        ? Uint8Array.of(0x2e)
        : process(request, options);
    const { entries, notAsked } = await listLargeBlobs(session, person(), yes);
    expect(entries.map(({ state }) => state)).toEqual(['matched', 'unknown']);
    expect(notAsked).toMatchObject([{ rpId: 'bank.example' }]);
  });

  test('a key that gave one large-blob key lists them all', async () => {
    world = new World('nfc', 'yubikey-5-nfc');
    const { state, model, environment } = world.authenticator;
    addDemoContent(state, model, environment);
    session = await world.openSession();
    const { entries } = await listLargeBlobs(session, person(), { findOwners: () => expect.unreachable() });
    expect(entries.map(({ state }) => state)).toEqual(['matched', 'orphaned']);
  });
});

describe('one credential', () => {
  test('get, set and delete sign in with it, once', async () => {
    expect(await getLargeBlob(session, live, person())).toMatchObject({
      data: utf8('A certificate could be kept here.'),
    });
    expect(world.count('02')).toBe(1);
    await setLargeBlob(session, live, utf8('new'), person());
    // The token that signed in is good for writing.
    expect([world.count('02'), world.count('06/9')]).toEqual([2, 2 + 2]);
    expect(await getLargeBlob(session, live, person())).toMatchObject({ data: utf8('new') });
    const [own, stranger] = stored();
    const saved: string[] = [];
    await deleteLargeBlob(session, live, person(), {
      save: async ({ entries }) => {
        expect(stored()).toEqual([own, stranger]);
        saved.push(...entries.map(({ entry }) => toHex(entry)));
      },
    });
    expect([saved, stored()]).toEqual([[own], [stranger]]);
  });

  test('made without a large-blob key: that is true only once the key was asked', async () => {
    const other = world.authenticator.state.credentials.discoverable[0]!;
    const failure = setLargeBlob(session, other.credentialId, utf8('x'), person());
    await expect(failure).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('made without'),
    });
    expect(world.count('02')).toBe(1);
  });

  test('with a part of its RP ID: says so, and signs in nowhere', async () => {
    const shortened = world.authenticator.state.credentials.discoverable.at(-1)!;
    const set = (rpIds: string[]) => setLargeBlob(session, shortened.credentialId, utf8('x'), person(), { rpIds });
    await expect(set(['other.example'])).rejects.toMatchObject({
      code: 'unsupported',
      hint: expect.stringContaining('--rp-id'),
    });
    expect(world.count('02')).toBe(0);
    await expect(set([LONG_RP_ID])).rejects.toMatchObject({ message: expect.stringContaining('made without') });
  });

  test('a key that answers for another credential is not believed', async () => {
    const process = world.authenticator.process;
    world.authenticator.process = async (request, options) => {
      const answer = await process(request, options);
      // The RP's hash in authData, and whatever comes before it.
      return request[0] === 0x02 ? answer.map((byte, at) => (at > 60 && at < 200 ? byte ^ 1 : byte)) : answer;
    };
    await expect(getLargeBlob(session, live, person())).rejects.toMatchObject({ code: 'malformed-response' });
  });
});

describe('compact', () => {
  test('refuses while it is not known whose the blobs are, and drops nothing', async () => {
    const before = stored();
    const confirm = () => expect.unreachable();
    for (const findOwners of [undefined, () => false]) {
      await expect(compactLargeBlobs(session, person(), { findOwners, confirm })).rejects.toMatchObject({
        code: 'unsupported',
        hint: expect.stringContaining('--find-owners'),
      });
    }
    expect(stored()).toEqual(before);
  });

  test('once found out, drops what nobody opens, saved before', async () => {
    const [own, orphan] = stored();
    const events: string[] = [];
    const result = await compactLargeBlobs(session, person(), {
      ...yes,
      confirm: async ({ entries }) =>
        void events.push(`confirm ${entries.map(({ state, size }) => `${state} ${size}`)}`),
      save: async ({ entries, stored: array }) => {
        expect(array).toEqual(world.authenticator.state.largeBlobs.serializedArray);
        events.push(`save ${entries.map(({ entry }) => toHex(entry))}`);
      },
    });
    expect(events).toEqual(['confirm orphaned 35', `save ${orphan}`]);
    expect(result).toMatchObject({ removed: 1, unknown: 0 });
    expect(stored()).toEqual([own]);
  });

  test('what could not be found out stays', async () => {
    const before = stored();
    const result = await compactLargeBlobs(session, person(), { findOwners: () => true });
    expect(result).toMatchObject({ removed: 0, unknown: 1, notAsked: [{}] });
    expect(stored()).toEqual(before);
  });

  test('what cannot be saved is not dropped', async () => {
    const before = stored();
    const full = new Error('disk full');
    await expect(compactLargeBlobs(session, person(), { ...yes, save: () => Promise.reject(full) })).rejects.toBe(full);
    expect(stored()).toEqual(before);
  });
});

describe('2,700 blobs and 1,500 credentials', () => {
  const entries = Array.from({ length: 2_700 }, () => sealLargeBlob(new Uint8Array(randomBytes(32)), utf8('x')));
  const owners = Array.from({ length: 1_500 }, () => ({ largeBlobKey: new Uint8Array(randomBytes(32)) }));

  test('are tried up to a limit; what was not tried is nobody’s to call orphaned', { timeout: 60_000 }, async () => {
    const matching = new LargeBlobMatching(entries, undefined);
    const started = performance.now();
    for (const owner of owners) await matching.try(owner);
    // All of it took 50 s.
    expect(performance.now() - started).toBeLessThan(20_000);
    expect([matching.gaveUp, matching.open.length]).toEqual([true, entries.length]);
  });

  test('are given up when somebody says so, while they are tried', { timeout: 60_000 }, async () => {
    const interrupt = new AbortController();
    const matching = new LargeBlobMatching(entries, interrupt.signal);
    setTimeout(() => interrupt.abort(), 1);
    const work = async () => {
      for (const owner of owners) await matching.try(owner);
    };
    await expect(work()).rejects.toMatchObject({ code: 'interrupted' });
    expect(matching.gaveUp).toBe(false);
  });
});
