/** A key that is reset by {@link resetKey}, with a person who does as told unless a test says otherwise. */
import { resetKey } from '../../src/client/reset/reset.ts';
import { Session } from '../../src/client/session.ts';
import { FidoError } from '../../src/errors.ts';
import type { DiscoveredKey } from '../../src/transport/device.ts';
import { FakeKeyFinder } from './fake-key-finder.ts';
import { type Answer, discovered, infoAnswer, ScriptedDevice } from './scripted-device.ts';

export const configured = infoAnswer({ clientPin: true, rk: true });
export const blank = infoAnswer({ clientPin: false, rk: true });
export const otherModel = infoAnswer({ clientPin: true, rk: true }, [[0x0e, 99]]);
export const removed = new FidoError('key-removed', 'the key was removed');

export interface Setup {
  /** What the key answers before it is removed, and after each insertion. */
  before?: Answer[];
  after: Answer[][];
  key?: Partial<DiscoveredKey>;
  back?: Partial<DiscoveredKey>;
  vendorSerial?: (session: Session) => string | undefined;
  timeoutMs?: number;
  signal?: AbortSignal;
  /** The published name of its model. */
  model?: string;
  lookAgainMs?: number;
}

/** A key whose person removes and inserts it when asked. */
export async function setUp({
  before = [configured],
  after,
  key: over = {},
  back,
  vendorSerial,
  timeoutMs = 2000,
  signal,
  model,
  lookAgainMs = 100,
}: Setup) {
  const finder = new FakeKeyFinder();
  const devices = [before, ...after].map((answers) => new ScriptedDevice(answers));
  const keys = devices.map((device, i) => discovered(device, i === 0 ? over : { ...over, ...back }));
  finder.insert(keys[0]!);
  let out = 0;
  finder.onRemove = () => {
    finder.remove(keys[out]!);
    devices[out]!.remove();
  };
  finder.onInsert = () => {
    out++;
    finder.insert(keys[out]!);
  };
  const open = (key: DiscoveredKey) => Session.open(key, { interaction: finder.interaction, signal });
  const run = async () =>
    resetKey(await open(keys[0]!), {
      finder: finder,
      interaction: finder.interaction,
      openSession: open,
      vendorSerial: async (session) => vendorSerial?.(session),
      model,
      timeoutMs,
      lookAgainMs,
      signal,
    });
  return { finder, devices, keys, run };
}

export const sent = (device: ScriptedDevice) => device.requests;
