/** Keys on a transport that seckey has never heard of: nothing takes them for cards, or for keys on USB. */
import { describe, expect, test } from 'vitest';
import { blink } from '../../src/client/identify/identify.ts';
import type { Interaction } from '../../src/client/interaction.ts';
import { checkReset } from '../../src/client/reset/check.ts';
import { resetGestures } from '../../src/client/reset/gestures.ts';
import { awaitReinsertion } from '../../src/client/reset/replug.ts';
import { identityOf, isLikelyTwin } from '../../src/client/reset/same-key.ts';
import { Session } from '../../src/client/session.ts';
import { FidoError } from '../../src/errors.ts';
import { describeKey } from '../../src/keys/describe.ts';
import { describeAll, selectKey } from '../../src/keys/select.ts';
import type { TraceLine } from '../../src/trace/events.ts';
import { KeyTracer } from '../../src/trace/keys.ts';
import type { Backend } from '../../src/transport/backend.ts';
import type { CtapDevice, DiscoveredKey } from '../../src/transport/device.ts';
import { Discovery } from '../../src/transport/discover.ts';
import type { TransportTraits } from '../../src/transport/traits.ts';
import { setUp } from '../support/reset-setup.ts';
import { discovered, infoAnswer, ScriptedDevice } from '../support/scripted-device.ts';

const SAYS_PRODUCT: TransportTraits = {
  reconnect: 'reconnect',
  inReader: false,
  namesProduct: true,
  getInfoNames: ['ble'],
};

/** A key on the third transport, as its backend lists it. */
function radioKey(over: Partial<DiscoveredKey> = {}, device: CtapDevice = new ScriptedDevice([infoAnswer({})])) {
  const { path: _, ...key } = discovered(device, { id: 'radio-1', transport: 'radio', name: 'Radio Key', ...over });
  return key;
}

function radio(...keys: DiscoveredKey[]): Backend {
  return { transport: 'radio', list: async () => keys, watch: () => () => {}, close: async () => {} };
}

const failureOf = (attempt: Promise<unknown>): Promise<FidoError> =>
  attempt.then(
    () => expect.unreachable(),
    (error) => error,
  );

describe('discovery', () => {
  const none = async (): Promise<Backend> => ({ ...radio(), list: async () => [] });

  test('looks everywhere, the transports of the program last', async () => {
    const discovery = new Discovery({ backends: { radio: async () => radio(radioKey()), usb: none, nfc: none } });
    expect(discovery.transports).toEqual(['usb', 'nfc', 'radio']);
    const { keys, failures } = await discovery.list();
    expect(keys).toMatchObject([{ id: 'radio-1', transport: 'radio' }]);
    expect(failures).toEqual([]);
  });
  test('one that fails is named, and its failure is neither of USB nor of readers', async () => {
    const broken = async () => ({ ...radio(), list: () => Promise.reject(new Error('no antenna')) });
    const { failures } = await new Discovery({ transports: ['radio'], backends: { radio: broken } }).list();
    expect(failures).toMatchObject([
      { transport: 'radio', error: { code: 'transport-failed', cause: new Error('no antenna') } },
    ]);
    expect(failures[0]?.error).toBeInstanceOf(FidoError);
  });
  test('nobody can ask for one that nobody has brought', () => {
    expect(() => new Discovery({ transports: ['radio'] })).toThrow(RangeError);
    expect(() => new Discovery({ transports: ['constructor'] })).toThrow(RangeError);
  });
});

describe('a list', () => {
  test('describes the key, with an id of its own once a serial number is read', async () => {
    expect(await describeKey(radioKey())).toMatchObject({ id: 'radio-1', transport: 'radio', name: 'Radio Key' });
    const vendor = { readSerial: async () => '42' };
    const aaguid = Uint8Array.from(Buffer.from('a25342c03cdc44148e46f4807fca511c', 'hex'));
    const yubikey = Object.assign(new ScriptedDevice([infoAnswer({}, [[3, aaguid]])]), { vendor });
    const described = await describeKey(radioKey({}, yubikey));
    expect(described).toMatchObject({ serial: '42', model: 'YubiKey 5 Series with NFC' });
    expect(described.id).toMatch(/^radio-[0-9a-f]{8}$/);
  });
  test('it is nobody’s second face', async () => {
    const device = () => new ScriptedDevice([infoAnswer({})]);
    const usb = discovered(device(), { name: 'Radio Key', serial: '1', serialIsUnique: true });
    const found = await describeAll([usb, radioKey({ serial: '1', serialIsUnique: true }, device())]);
    expect(found.map(({ key }) => key.transport)).toEqual(['usb', 'radio']);
  });
  test('it is selected by its id', async () => {
    const lister = { list: async () => ({ keys: [radioKey(), radioKey({ id: 'radio-2' })], failures: [] }) };
    expect((await selectKey(lister, 'radio-2')).id).toBe('radio-2');
  });
});

describe('identifying', () => {
  test('it winks where it can', async () => {
    const winks: string[] = [];
    const device = Object.assign(new ScriptedDevice([]), { wink: async () => void winks.push('wink') });
    expect(await blink(await Session.open(radioKey({}, device)), { blinkMs: 10 })).toBe('winked');
    expect(winks).toEqual(['wink']);
  });
  test('where it can do nothing, nobody says that it is a card', async () => {
    const device = new ScriptedDevice([0x01, infoAnswer({}), 0x01]);
    const failure = await failureOf(blink(await Session.open(radioKey({}, device)), { blinkMs: 10 }));
    expect(failure).toMatchObject({ code: 'unsupported' });
    expect(`${failure.message} ${failure.hint}`).not.toMatch(/card|reader/);
  });
});

describe('a reset', () => {
  const blank = infoAnswer({ clientPin: false, rk: true });
  const configured = infoAnswer({ clientPin: true, rk: true });
  const info = { versions: [], aaguid: new Uint8Array(16), transports: ['usb', 'nfc', 'smart-card'] };

  test('asks for the connection, not for a port or a reader', () => {
    const { remove, insert, touch } = resetGestures(radioKey(), info);
    expect([remove, insert, touch]).toEqual(['disconnect', 'connect', 'touch']);
  });
  test('is refused by transportsForReset only where that knows the transport', async () => {
    const over = (traits?: TransportTraits) =>
      Session.open(radioKey({ traits }, new ScriptedDevice([infoAnswer({}, [[0x1a, ['usb']]])])));
    await expect(checkReset(await over())).resolves.toBeUndefined();
    const failure = await failureOf(checkReset(await over(SAYS_PRODUCT)));
    expect(failure).toMatchObject({ code: 'unsupported', hint: 'Connect it over USB and try again.' });
    expect(failure.message).toBe('this key does not accept a reset over Bluetooth');
  });
  test('waits for removal and insertion, and is done', async () => {
    const key = { id: 'radio-1', transport: 'radio', name: 'Radio Key' };
    const { finder, run } = await setUp({ before: [configured], after: [[configured, 0, blank]], key });
    await expect(run()).resolves.toBeDefined();
    expect(finder.told).toEqual(['remove', 'insert', 'window']);
  });
  test('a status that only a card means is no wish to be tapped again', async () => {
    const key = { id: 'radio-1', transport: 'radio', name: 'Radio Key' };
    const { finder, run } = await setUp({ before: [configured], after: [[configured, 0x3b]], key });
    await expect(run()).rejects.toBeInstanceOf(FidoError);
    expect(finder.told.filter((told) => told === 'remove')).toHaveLength(1);
  });
  test('two that no name tells apart may be mistaken for each other', () => {
    expect(isLikelyTwin(radioKey(), radioKey({ id: 'radio-2', name: 'Other' }))).toBe(true);
    const traits = SAYS_PRODUCT;
    expect(isLikelyTwin(radioKey({ traits }), radioKey({ id: 'radio-2', name: 'Other', traits }))).toBe(false);
    expect(isLikelyTwin(radioKey({ traits }), radioKey({ id: 'radio-2', traits }))).toBe(true);
    expect(isLikelyTwin(radioKey({ traits }), discovered(new ScriptedDevice([]), { name: 'Radio Key' }))).toBe(false);
  });
  test('whoever waits for it is told which key is wanted', async () => {
    const before = new ScriptedDevice([configured]);
    const wanted = radioKey({}, before);
    const session = await Session.open(wanted);
    const present: DiscoveredKey[] = [wanted];
    const said: string[] = [];
    const interaction: Pick<Interaction, 'removeKey' | 'insertKey' | 'wrongKey'> = {
      removeKey: () => {
        present.splice(0, 1);
        before.remove();
      },
      insertKey: () => {
        present.push(discovered(new ScriptedDevice([]), { id: 'usb-1' }));
        setTimeout(() => present.push(radioKey({}, new ScriptedDevice([configured]))), 2_600);
      },
      wrongKey: (found, reason, { transport }) => said.push(`${found.id} ${reason}, not ${transport}`),
    };
    const back = await awaitReinsertion(
      session,
      await identityOf(session, async () => undefined),
      { remove: 'disconnect', insert: 'connect' },
      {
        finder: { list: async () => ({ keys: [...present] }), watch: () => () => {} },
        interaction,
        openSession: (key) => Session.open(key),
        vendorSerial: async () => undefined,
        timeoutMs: 10_000,
      },
    );
    expect(back.session.key.transport).toBe('radio');
    expect(said).toEqual(['usb-1 other-transport, not radio']);
  });
});

describe('a trace', () => {
  const traceOf = async (key: DiscoveredKey): Promise<TraceLine[]> => {
    const lines: TraceLine[] = [];
    const tracer = new KeyTracer((line) => lines.push(line));
    const { keys } = await tracer.list({ list: async () => ({ keys: [key], failures: [] }) });
    const session = await Session.open(keys[0] as DiscoveredKey);
    await session.info();
    await session.close();
    return lines;
  };

  test('names the transport, and hides a name that may be of a place', async () => {
    const device = Object.assign(new ScriptedDevice([infoAnswer({})]), { transport: 'radio' });
    const lines = await traceOf(radioKey({ name: 'living room' }, device));
    expect(lines).toMatchObject([
      { event: 'keys', keys: [{ transport: 'radio', name: '<11 characters #2>' }] },
      { event: 'open' },
      { command: 'getInfo', transport: 'radio' },
    ]);
  });
  test('shows what its transport says to be the product', async () => {
    const [listing] = await traceOf(radioKey({ traits: SAYS_PRODUCT }));
    expect(listing).toMatchObject({ keys: [{ name: 'Radio Key' }] });
    expect(JSON.stringify(listing)).not.toContain('traits');
  });
});
