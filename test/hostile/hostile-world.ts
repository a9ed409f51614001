/** A key of any model, in this process, with a hand that does at once what it is told, and limits that a test can wait for. */
import { randomBytes } from 'node:crypto';
import { createAuthenticator, createHidEndpoint, createNfcEndpoint } from '../../src/authenticator/assemble.ts';
import { addDemoContent } from '../../src/authenticator/demo.ts';
import type { Environment } from '../../src/authenticator/environment.ts';
import { type Model, modelById } from '../../src/authenticator/models.ts';
import { type AuthenticatorState, createState, stateFromJson, stateToJson } from '../../src/authenticator/state.ts';
import type { Interaction } from '../../src/client/interaction.ts';
import { decodeCborTolerant } from '../../src/encoding/cbor.ts';
import { HidWire, NfcWire } from '../../src/keys/software/software-wires.ts';
import type { CtapDevice, DiscoveredKey } from '../../src/transport/device.ts';
import { openHidDevice } from '../../src/transport/hid/device.ts';
import { openNfcDevice } from '../../src/transport/nfc/device.ts';

const outside = { now: () => Date.now(), randomBytes: (length: number) => new Uint8Array(randomBytes(length)) };

/** Everything works on this one. */
export const NOISY = 'hostile-foreign-noise';

/** The PIN of every key here. */
export const PIN = '12345678';

/** A key with sample content: making the pairs of its credentials takes longer than most commands. */
const sample = (() => {
  const model = modelById('ctap-2.3');
  const state = createState(model, outside, 4711);
  addDemoContent(state, model, outside);
  return JSON.stringify(stateToJson(state));
})();

/** Of clientPIN, those that carry a PIN which may be wrong. */
const PIN_BEARING = new Set([0x04, 0x05, 0x09]);

export class HostileWorld {
  readonly state: AuthenticatorState;
  /** All that reached the key. */
  readonly requests: Uint8Array[] = [];
  /** How often a PIN went out. */
  pinsSent = 0;
  /** How often one went out and was not answered with OK. */
  pinsRefused = 0;
  readonly transports = undefined;
  readonly #model: Model;
  readonly #authenticator: ReturnType<typeof createAuthenticator>;
  readonly #wires = new Set<HidWire | NfcWire>();
  readonly #listeners = new Set<() => void>();
  #plugged = true;

  /** @param blank without PIN and content */
  constructor(model: Model, { blank }: { blank?: boolean | undefined } = {}) {
    this.#model = model;
    const environment: Environment = {
      ...outside,
      userPresence: async () => 'touched',
      userVerification: async () => ({ finger: 'right index' }),
      enrollSample: async () => ({ finger: 'right thumb' }),
      save: () => {},
    };
    this.state = blank
      ? createState(model, outside, 4711)
      : stateFromJson({ ...JSON.parse(sample), model: model.id }, model);
    this.#authenticator = createAuthenticator(model, this.state, environment, () => this.#remove());
    const process = this.#authenticator.process.bind(this.#authenticator);
    this.#authenticator.process = async (request, options) => {
      this.requests.push(request.slice());
      const carriesPin = request[0] === 0x06 && PIN_BEARING.has(subCommandOf(request));
      const answer = await process(request, options);
      if (carriesPin) {
        this.pinsSent++;
        if (answer[0] !== 0) this.pinsRefused++;
      }
      return answer;
    };
  }

  /** It may never answer; noise for somebody else does not keep it from that. */
  get isSlow(): boolean {
    const { id, hostile } = this.#model;
    return id !== NOISY && (hostile?.packets !== undefined || hostile?.apdus !== undefined);
  }

  async list(): Promise<{ keys: DiscoveredKey[]; failures: [] }> {
    const transport = this.#model.usb ? 'usb' : 'nfc';
    const key: DiscoveredKey = { id: 'virtual:h', transport, name: 'Hostile', open: () => this.#open(transport) };
    return { keys: this.#plugged ? [key] : [], failures: [] };
  }

  watch(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  async close(): Promise<void> {
    for (const wire of this.#wires) wire.cut();
  }

  withSimulatedUser(person: Interaction): Interaction {
    const hand: Interaction = Object.create(person);
    hand.removeKey = (key, gesture) => {
      person.removeKey(key, gesture);
      setImmediate(() => this.#remove());
    };
    hand.insertKey = (key, gesture) => {
      person.insertKey(key, gesture);
      setImmediate(() => void this.#insert());
    };
    // A `Person` has private fields, which only itself may look at.
    return new Proxy(hand, {
      get: (target, name) => {
        if (Object.hasOwn(target, name)) return Reflect.get(target, name);
        const value = Reflect.get(person, name, person) as unknown;
        return typeof value === 'function' ? value.bind(person) : value;
      },
    });
  }

  async #open(transport: 'usb' | 'nfc'): Promise<CtapDevice> {
    // Longer than a hostile key's pauses. Those that only lie get the time that many elliptic curves at once take.
    const [silence, cancel] = [this.isSlow ? 600 : 10_000, 300];
    if (transport === 'usb') {
      const wire = new HidWire((send) => createHidEndpoint(this.#authenticator, { send }));
      this.#wires.add(wire);
      return openHidDevice(wire, { silenceMs: silence, cancelMs: cancel, busyRetryMs: 20, busyLimitMs: 200 });
    }
    const endpoint = createNfcEndpoint(this.#authenticator, { pollMs: 5 });
    endpoint.resume();
    const wire = new NfcWire(endpoint);
    this.#wires.add(wire);
    const watchRemoval = (gone: () => void) => {
      void wire.removed.then(gone);
      return () => {};
    };
    return openNfcDevice(wire, { silenceLimitMs: silence, cancelLimitMs: cancel, pollIntervalMs: 10, watchRemoval });
  }

  #remove(): void {
    if (!this.#plugged) return;
    this.#plugged = false;
    for (const wire of this.#wires) wire.cut();
    this.#wires.clear();
    this.#notify();
  }

  async #insert(): Promise<void> {
    await this.#authenticator.powerCycle();
    this.#plugged = true;
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

function subCommandOf(request: Uint8Array): number {
  const members = decodeCborTolerant(request.subarray(1));
  return members instanceof Map ? Number(members.get(0x02)) : Number.NaN;
}
