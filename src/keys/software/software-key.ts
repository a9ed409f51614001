/** One software key in this process: taken from the store, plugged in and out, reached through real packets or APDUs. */
import { randomBytes } from 'node:crypto';
import { createAuthenticator, createHidEndpoint, createNfcEndpoint } from '../../authenticator/assemble.ts';
import type { Authenticator } from '../../authenticator/authenticator.ts';
import type { Environment, UserPresenceRequest } from '../../authenticator/environment.ts';
import { usbName } from '../../authenticator/models/model.ts';
import { type Model, modelById } from '../../authenticator/models.ts';
import { stateFromJson } from '../../authenticator/state.ts';
import type { OpenVirtualKey, VirtualKeyStore } from '../../authenticator/store/store.ts';
import { FidoError } from '../../errors.ts';
import type { MakerEntry } from '../../makers/maker.ts';
import { findMaker } from '../../makers/makers.ts';
import type { CtapDevice, DiscoveredKey, Transport } from '../../transport/device.ts';
import { openHidDevice } from '../../transport/hid/device.ts';
import { openNfcDevice } from '../../transport/nfc/device.ts';
import { HidWire, NfcWire } from './software-wires.ts';

/** Who touches and replugs a software key: a simulated hand, or nobody. */
export type SimulatedUser = 'auto' | 'none';

/** How long the simulated user takes; long enough to be seen, short enough not to bore. */
const USER_MS = 150;

/** What the simulated user lays on a sensor, in the order in which it enrols them. */
const FINGERS = [
  'right index',
  'left index',
  'right thumb',
  'left thumb',
  'right middle',
  'left middle',
  'right ring',
  'left ring',
  'right little',
  'left little',
] as const;

const INTERFACES = new Map<Transport, string>([
  ['usb', 'USB'],
  ['nfc', 'NFC or contact'],
]);

export class SoftwareKey {
  readonly name: string;
  readonly model: Model;
  readonly hand: SimulatedUser;
  readonly authenticator: Authenticator;
  /** A hostile key takes itself out of wherever it is. */
  onUnplug: () => void = () => void this.remove();
  readonly #stored: OpenVirtualKey;
  #plugged = true;
  #wires = new Set<HidWire | NfcWire>();
  #onChange: () => void = () => {};
  #touch: () => void = () => {};

  private constructor(stored: OpenVirtualKey, maxMsgSize: number) {
    const { name, model, hand, state } = stored.document;
    this.#stored = stored;
    this.name = name;
    this.hand = hand;
    this.model = withMaxMsgSize(modelById(model), maxMsgSize);
    this.authenticator = createAuthenticator(this.model, stateFromJson(state, this.model), this.#environment(), () =>
      this.onUnplug(),
    );
  }

  /**
   * @param options `maxMsgSize`: the longest request, in bytes, that the way to the key carries.
   * @throws {FidoError} `no-key`, `virtual-key-in-use`, `invalid-input` for a damaged file
   */
  static async load(store: VirtualKeyStore, name: string, { maxMsgSize = Infinity } = {}): Promise<SoftwareKey> {
    const stored = await store.open(name);
    try {
      return new SoftwareKey(stored, maxMsgSize);
    } catch (error) {
      stored.close();
      throw error;
    }
  }

  get plugged(): boolean {
    return this.#plugged;
  }

  set onChange(listener: () => void) {
    this.#onChange = listener;
  }

  /** As discovery would show it. @throws {FidoError} `unsupported` if the model has no such interface. */
  discovered(transport: Transport = this.model.usb ? 'usb' : 'nfc'): DiscoveredKey {
    const { usb, nfc } = this.model;
    const { usbSerial } = this.model.quirks;
    const base = {
      id: `virtual:${this.name}`,
      serial: usbSerial ?? String(this.authenticator.state.serial),
      serialIsUnique: usbSerial === undefined,
    };
    if (transport === 'usb' && usb) {
      const hex = (id: number) => id.toString(16).padStart(4, '0');
      const ids = { vendorId: hex(usb.vendorId), productId: hex(usb.productId) };
      return {
        ...base,
        transport,
        name: usbName(usb),
        vendor: usb.manufacturer,
        ...ids,
        open: () => this.#openHid(findMaker(ids)),
      };
    }
    if (transport === 'nfc' && nfc) {
      // A card has no product name of its own; either way it says that it is software.
      const name = usb?.product ?? `${this.model.description.split(',')[0]} (software)`;
      return { ...base, transport, name, open: () => this.#openNfc() };
    }
    throw new FidoError(
      'unsupported',
      `a ${this.model.id} has no ${INTERFACES.get(transport) ?? transport} interface`,
      {
        hint: `It has ${usb ? 'a USB' : 'an NFC'} interface.`,
        situation: { id: 'interface-missing', present: usb ? 'usb' : 'nfc' },
      },
    );
  }

  /** Takes the key out: whoever uses it loses it. */
  async remove(): Promise<void> {
    if (!this.#plugged) return;
    this.#plugged = false;
    for (const wire of this.#wires) wire.cut();
    this.#wires.clear();
    this.#onChange();
  }

  /** Puts it in: a new power cycle. */
  async insert(): Promise<void> {
    if (this.#plugged) return;
    await this.authenticator.powerCycle();
    this.#plugged = true;
    this.#onChange();
  }

  /** A touch by somebody else than the simulated user; nothing happens unless the key waits for one. */
  touch(): void {
    this.#touch();
  }

  close(): void {
    for (const wire of this.#wires) wire.cut();
    this.#stored.close();
  }

  async #openHid(maker: MakerEntry | undefined): Promise<CtapDevice> {
    this.#requirePlugged();
    const wire = new HidWire((send) => createHidEndpoint(this.authenticator, { send }));
    this.#wires.add(wire);
    return openHidDevice(wire, { maker });
  }

  async #openNfc(): Promise<CtapDevice> {
    this.#requirePlugged();
    const endpoint = createNfcEndpoint(this.authenticator);
    // The card has been on the reader all along: opening it again is no new power cycle.
    endpoint.resume();
    const wire = new NfcWire(endpoint);
    this.#wires.add(wire);
    return openNfcDevice(wire, {
      watchRemoval: (gone) => {
        void wire.removed.then(gone);
        return () => {};
      },
    });
  }

  #requirePlugged(): void {
    if (!this.#plugged) throw new FidoError('key-removed', 'the software key is not plugged in');
  }

  #environment(): Environment {
    return {
      now: () => Date.now(),
      randomBytes: (length) => new Uint8Array(randomBytes(length)),
      userPresence: (request) => this.#awaitTouch(request),
      userVerification: async ({ signal, timeoutMs }) => {
        const answer = await this.#awaitTouch({ timeoutMs, signal, long: false });
        return answer === 'touched' ? { finger: this.#enrolledFingers()[0] ?? FINGERS[0] } : answer;
      },
      enrollSample: async ({ signal, timeoutMs }) => {
        const answer = await this.#awaitTouch({ timeoutMs, signal, long: false });
        return answer === 'touched' ? { finger: this.#nextFinger() } : answer;
      },
      save: (state) => this.#stored.save({ ...this.#stored.document, state }),
    };
  }

  #enrolledFingers(): string[] {
    return this.authenticator.state.fingerprints.templates.map(({ finger }) => finger);
  }

  /** The same one until it is enrolled, then the next: a person who enrols twice means two fingers. */
  #nextFinger(): string {
    const enrolled = this.#enrolledFingers();
    return FINGERS.find((finger) => !enrolled.includes(finger)) ?? FINGERS[0];
  }

  #awaitTouch({ timeoutMs, signal, long }: UserPresenceRequest): ReturnType<Environment['userPresence']> {
    return new Promise((resolve) => {
      const timers = [setTimeout(() => end('timeout'), timeoutMs)];
      if (this.hand === 'auto') timers.push(setTimeout(() => end('touched'), long ? 2 * USER_MS : USER_MS));
      const cancelled = () => end('cancelled');
      const end = (answer: 'touched' | 'timeout' | 'cancelled') => {
        for (const timer of timers) clearTimeout(timer);
        signal.removeEventListener('abort', cancelled);
        this.#touch = () => {};
        resolve(answer);
      };
      this.#touch = () => end('touched');
      signal.addEventListener('abort', cancelled);
      if (signal.aborted) cancelled();
    });
  }
}

/** The model as it must announce itself where longer requests get lost on the way. */
function withMaxMsgSize(model: Model, maxMsgSize: number): Model {
  return { ...model, info: { ...model.info, maxMsgSize: Math.min(model.info.maxMsgSize, maxMsgSize) } };
}
