import { afterEach, describe, expect, test } from 'vitest';
import { FidoError } from '../../src/errors.ts';
import { KeyQueue } from '../../src/fleet/queue.ts';
import type { DiscoveredKey } from '../../src/transport/device.ts';
import { FakeKeyFinder } from '../support/fake-key-finder.ts';
import { discovered, infoAnswer, ScriptedDevice } from '../support/scripted-device.ts';

const info = infoAnswer({ clientPin: true });
const keyAt = (path: string, over: Partial<DiscoveredKey> = {}) =>
  discovered(new ScriptedDevice(Array(99).fill(info)), { path, id: `usb-${path}`, ...over });

let queue: KeyQueue;
function queueOf(finder: FakeKeyFinder, signal = new AbortController().signal): KeyQueue {
  queue = new KeyQueue(finder, signal);
  return queue;
}
afterEach(() => queue.close());

const never = () => expect.unreachable('somebody was there');

describe('key after key', () => {
  test('those that are present come one at a time, each once', async () => {
    const finder = new FakeKeyFinder();
    finder.insert(keyAt('/dev/hidraw0'), keyAt('/dev/hidraw1'));
    const keys = queueOf(finder);
    const paths: (string | undefined)[] = [];
    for (let i = 0; i < 2; i++) {
      const candidate = await keys.next(never);
      paths.push(candidate?.key.path);
      await keys.done(candidate!.key);
    }
    expect(paths).toEqual(['/dev/hidraw0', '/dev/hidraw1']);
  });

  test('one that stays in is not taken again; taken out and inserted again it is', async () => {
    const finder = new FakeKeyFinder();
    const key = keyAt('/dev/hidraw0');
    finder.insert(key);
    const keys = queueOf(finder);
    await keys.done((await keys.next(never))!.key);
    let told = 0;
    const again = keys.next(() => {
      told++;
      setTimeout(() => finder.remove(key), 20);
      setTimeout(() => finder.insert(key), 60);
    });
    expect((await again)?.key).toBe(key);
    expect(told).toBe(1);
  });

  test('a key that was put into another place by its reset is not another one', async () => {
    const finder = new FakeKeyFinder();
    const [before, after, next] = [keyAt('/dev/hidraw0'), keyAt('/dev/hidraw3'), keyAt('/dev/hidraw4')];
    finder.insert(before);
    const keys = queueOf(finder);
    await keys.next(never);
    finder.remove(before);
    finder.insert(after);
    await keys.done(before, after);
    setTimeout(() => finder.insert(next), 50);
    expect((await keys.next(() => {}))?.key).toBe(next);
  });

  test('one whose reset failed after it was taken out and put back is not taken again', async () => {
    const finder = new FakeKeyFinder();
    const cardAt = (reader: string, arrival: string) =>
      keyAt('', { transport: 'nfc', path: undefined, reader, id: `nfc-${reader}`, arrival });
    const [before, after, next] = [cardAt('A', '1'), cardAt('A', '3'), cardAt('B', '1')];
    finder.insert(before);
    const keys = queueOf(finder);
    await keys.next(never);
    finder.remove(before);
    finder.insert(after);
    await keys.done(before);
    setTimeout(() => finder.insert(next), 50);
    expect((await keys.next(() => {}))?.key).toBe(next);
  });

  test('another key in the same place, changed while nobody looked, is another one', async () => {
    const finder = new FakeKeyFinder();
    const cardAt = (arrival: string) =>
      keyAt('', { transport: 'nfc', path: undefined, reader: 'Reader', id: 'nfc-1', arrival });
    const [first, second] = [cardAt('1'), cardAt('3')];
    finder.insert(first);
    const keys = queueOf(finder);
    await keys.done((await keys.next(never))!.key);
    finder.remove(first);
    finder.insert(second);
    expect((await keys.next(never))?.key).toBe(second);
  });

  test("the card's face of a key on USB is not a second key", async () => {
    const finder = new FakeKeyFinder();
    const usb = keyAt('/dev/hidraw0', { serial: '77', name: 'Key' });
    const face = keyAt('', { transport: 'nfc', path: undefined, reader: 'Key 00', serial: '77', id: 'nfc-77' });
    const next = keyAt('/dev/hidraw4', { serial: '78' });
    finder.insert(face, usb);
    const keys = queueOf(finder);
    const first = await keys.next(never);
    expect(first?.key).toBe(usb);
    await keys.done(usb);
    setTimeout(() => finder.insert(next), 50);
    expect((await keys.next(() => {}))?.key).toBe(next);
  });

  test('one that cannot be opened comes last, with its reason; one without FIDO2 never', async () => {
    const finder = new FakeKeyFinder();
    const failing = (path: string, code: 'access-denied' | 'unsupported') =>
      keyAt(path, { open: () => Promise.reject(new FidoError(code, code)) });
    const fine = keyAt('/dev/hidraw2');
    finder.insert(failing('/dev/hidraw0', 'unsupported'), failing('/dev/hidraw1', 'access-denied'), fine);
    const keys = queueOf(finder);
    expect((await keys.next(never))?.key).toBe(fine);
    await keys.done(fine);
    expect((await keys.next(() => {}))?.description.error?.code).toBe('access-denied');
  });

  test('ends when interrupted', async () => {
    const interruption = new AbortController();
    const keys = queueOf(new FakeKeyFinder(), interruption.signal);
    expect(await keys.next(() => interruption.abort())).toBeUndefined();
  });
});

test('nothing is waited for where the only transport that is looked at does not work', async () => {
  const error = new FidoError('pcscd-not-running', 'the smart card service is not running');
  const broken = {
    list: async () => ({ keys: [], failures: [{ transport: 'nfc' as const, error }] }),
    watch: () => () => {},
  };
  queue = new KeyQueue({ ...broken, transports: ['nfc'] }, new AbortController().signal);
  await expect(queue.next(never)).rejects.toBe(error);
  queue.close();
  queue = new KeyQueue({ ...broken, transports: ['usb', 'nfc'] }, new AbortController().signal);
  let waited = 0;
  expect(await queue.next(() => waited++, 50)).toBeUndefined();
  expect(waited).toBe(1);
});
