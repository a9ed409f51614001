import { describe, expect, test } from 'vitest';
import { Session } from '../../../src/client/session.ts';
import { FidoError } from '../../../src/errors.ts';
import { blank, configured, otherModel, sent, setUp } from '../../support/reset-setup.ts';
import { type Answer, discovered, ScriptedDevice } from '../../support/scripted-device.ts';

describe('the right key', () => {
  test('another model inserted is left alone, and waiting goes on', async () => {
    const { finder, devices, keys, run } = await setUp({ after: [[configured, 0, blank]] });
    const stranger = new ScriptedDevice([otherModel]);
    finder.onInsert = () => finder.insert(discovered(stranger, { path: '/dev/hidraw7', id: 'usb-other' }));
    finder.onWrongKey = () => finder.insert(keys[1]!);
    await run();
    expect(finder.told).toEqual(['remove', 'insert', 'wrong key', 'window']);
    expect(sent(stranger)).toEqual(['04']);
    expect(sent(devices[1]!)).toEqual(['04', '07', '04']);
  });

  test('the same model with another serial number is left alone', async () => {
    const serials = new Map<string, string>([
      ['/dev/hidraw0', '111'],
      ['/dev/hidraw7', '222'],
    ]);
    const { finder, keys, run } = await setUp({
      after: [[configured, 0, blank]],
      vendorSerial: (session) => serials.get(session.key.path ?? ''),
    });
    const twin = new ScriptedDevice([configured]);
    finder.onInsert = () => finder.insert(discovered(twin, { path: '/dev/hidraw7', id: 'usb-twin' }));
    finder.onWrongKey = () => finder.insert(keys[1]!);
    await run();
    expect(sent(twin)).toEqual(['04']);
  });

  test('another key, and then the right one, in the same place before anybody could see it empty', async () => {
    const { finder, devices, keys, run } = await setUp({ after: [[configured, 0, blank]] });
    const stranger = discovered(new ScriptedDevice([otherModel]));
    finder.onInsert = () => finder.insert(stranger);
    finder.onWrongKey = () => {
      finder.present.splice(finder.present.indexOf(stranger), 1);
      finder.insert(keys[1]!);
    };
    await run();
    expect(finder.told).toEqual(['remove', 'insert', 'wrong key', 'window']);
    expect(sent(devices[1]!)).toEqual(['04', '07', '04']);
  });

  test('another key that stays in is looked at again when something changes, told once, and no obstacle', async () => {
    const { finder, devices, keys, run } = await setUp({ after: [[configured, 0, blank]] });
    const stranger = new ScriptedDevice([otherModel, new FidoError('key-busy', 'busy'), otherModel]);
    const card = discovered(new ScriptedDevice([]), { transport: 'nfc', id: 'nfc', reader: 'R', path: undefined });
    finder.onInsert = () => finder.insert(discovered(stranger, { path: '/dev/hidraw7', id: 'usb-other' }));
    finder.onWrongKey = () => {
      setTimeout(() => finder.insert(card), 50);
      setTimeout(() => finder.remove(card), 150);
      setTimeout(() => finder.insert(keys[1]!), 250);
    };
    await run();
    expect(finder.told).toEqual(['remove', 'insert', 'wrong key', 'window']);
    expect(sent(stranger)).toEqual(['04', '04', '04']);
    expect(sent(devices[1]!)).toEqual(['04', '07', '04']);
  });

  test('two keys at once: neither is reset', async () => {
    const { finder, devices, keys, run } = await setUp({ after: [[configured]] });
    const twin = new ScriptedDevice([configured]);
    finder.onInsert = () => finder.insert(keys[1]!, discovered(twin, { path: '/dev/hidraw7' }));
    await expect(run()).rejects.toMatchObject({ code: 'several-keys' });
    expect([...sent(devices[1]!), ...sent(twin)]).not.toContain('07');
  });

  test('keys that stayed in are never touched', async () => {
    const bystander = new ScriptedDevice([]);
    const { finder, run } = await setUp({ after: [[configured, 0, blank]] });
    finder.insert(discovered(bystander, { path: '/dev/hidraw5', id: 'usb-bystander', name: 'Another Key' }));
    await run();
    expect(sent(bystander)).toEqual([]);
  });

  test('a key on the other transport does not count', async () => {
    const card = new ScriptedDevice([configured]);
    const { finder, keys, run } = await setUp({ after: [[configured, 0, blank]] });
    finder.onInsert = () =>
      finder.insert(discovered(card, { transport: 'nfc', reader: 'R', path: undefined }), keys[1]!);
    await run();
    expect(sent(card)).toEqual([]);
  });

  test('a key that comes on the other transport is said not to count, and is not opened', async () => {
    const card = new ScriptedDevice([]);
    const { finder, keys, run } = await setUp({ after: [[configured, 0, blank]], timeoutMs: 8000 });
    finder.onInsert = () =>
      finder.insert(discovered(card, { transport: 'nfc', id: 'nfc-1', reader: 'R', path: undefined }));
    finder.onWrongKey = () => finder.insert(keys[1]!);
    await run();
    expect(finder.told).toEqual(['remove', 'insert', 'other transport', 'window']);
    expect(sent(card)).toEqual([]);
  });

  test('a card that lay on a reader all along is not worth a word', async () => {
    const card = new ScriptedDevice([]);
    const { finder, keys, run } = await setUp({ after: [[configured, 0, blank]], timeoutMs: 8000 });
    finder.insert(discovered(card, { transport: 'nfc', id: 'nfc-1', reader: 'R', path: undefined }));
    finder.onInsert = () => setTimeout(() => finder.insert(keys[1]!), 2000);
    await run();
    expect(finder.told).toEqual(['remove', 'insert', 'window']);
  });
});

describe('keys without a serial number of their own', () => {
  const constant = { serial: '1000000000', serialIsUnique: false };
  const twinKey = (answers: Answer[] = []) =>
    discovered(new ScriptedDevice(answers), { ...constant, path: '/dev/hidraw7', id: 'usb-twin' });

  test.each([
    ['no serial', {}],
    ["a maker's constant", constant],
  ])('%s: with a twin inserted it is refused before anyone unplugs anything', async (_, serial) => {
    const { finder, devices, run } = await setUp({ after: [], key: serial });
    finder.insert({ ...twinKey(), ...serial });
    await expect(run()).rejects.toMatchObject({ code: 'several-keys' });
    expect(finder.told).toEqual([]);
    expect(sent(devices[0]!)).toEqual(['04']);
  });

  test('a constant serial is no reason to take another key for it', async () => {
    const { finder, devices, keys, run } = await setUp({ after: [[configured, 0, blank]], key: constant });
    const stranger = new ScriptedDevice([otherModel]);
    finder.onInsert = () => finder.insert(discovered(stranger, { ...constant, path: '/dev/hidraw7', id: 'usb-other' }));
    finder.onWrongKey = () => finder.insert(keys[1]!);
    await run();
    expect(finder.told).toEqual(['remove', 'insert', 'wrong key', 'window']);
    expect(sent(stranger)).toEqual(['04']);
    expect(sent(devices[1]!)).toEqual(['04', '07', '04']);
  });

  test('a serial that only one of two listings calls unique is still the same key', async () => {
    const serial = { serial: '4711', serialIsUnique: false };
    const { run } = await setUp({ after: [[configured, 0, blank]], key: serial, back: { serialIsUnique: true } });
    await expect(run()).resolves.toBeInstanceOf(Session);
  });

  test('another serial is another key, unique or not', async () => {
    const { finder, keys, run } = await setUp({ after: [[configured, 0, blank]], key: constant });
    const other = discovered(new ScriptedDevice([configured]), { ...constant, serial: '2', id: 'usb-2' });
    finder.onInsert = () => finder.insert(other);
    finder.onWrongKey = () => {
      finder.remove(other);
      finder.insert(keys[1]!);
    };
    await run();
    expect(finder.told).toContain('wrong key');
  });

  test('keys whose iSerials differ are told apart by them, trusted or not', async () => {
    const { finder, devices, run } = await setUp({
      after: [[configured, 0, blank]],
      key: { ...constant, serial: '1' },
    });
    finder.insert({ ...twinKey(), serial: '2' });
    await expect(run()).resolves.toBeInstanceOf(Session);
    expect(sent(devices[1]!)).toEqual(['04', '07', '04']);
  });

  test('one whose descriptor is not read yet could be any of them', async () => {
    const { finder, run } = await setUp({ after: [], key: constant });
    finder.insert({ ...twinKey(), serial: undefined });
    await expect(run()).rejects.toMatchObject({ code: 'several-keys' });
  });

  test('twins with serial numbers may both be there', async () => {
    const serials = { '/dev/hidraw0': '111', '/dev/hidraw7': '222' } as Record<string, string>;
    const { finder, run } = await setUp({
      after: [[configured, 0, blank]],
      vendorSerial: (session) => serials[session.key.path ?? ''],
    });
    finder.insert(twinKey());
    await expect(run()).resolves.toBeInstanceOf(Session);
  });

  test('two cards that both left their readers: which one came back is not clear', async () => {
    const card = { transport: 'nfc', path: undefined, reader: 'Reader A', id: 'nfc-a' } as const;
    const { finder, devices, keys, run } = await setUp({ after: [[configured]], key: card });
    const twin = discovered(new ScriptedDevice([]), { ...card, reader: 'Reader B', id: 'nfc-b' });
    finder.insert(twin);
    finder.onInsert = () => {
      finder.remove(twin);
      setTimeout(() => finder.insert(keys[1]!), 700);
    };
    await expect(run()).rejects.toMatchObject({ code: 'several-keys' });
    expect(sent(devices[1]!)).toEqual(['04']);
  });
});
