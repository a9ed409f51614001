/** A software key that a scene moves about, plugged into the real kernel or pcscd, with little patience and with accidents. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Authenticator,
  addDemoContent,
  createState,
  type Environment,
  HidEndpoint,
  modelById,
  NfcEndpoint,
  type PluggedKey,
  serveUhid,
  serveVpcd,
  stateFromJson,
  stateToJson,
} from '../../../src/authenticator/index.ts';
import { usbName } from '../../../src/authenticator/models/model.ts';
import { serveGadget } from './gadget.ts';
import type { Part, Place } from './reset-scenes.ts';

/** What happens to it in the middle of its next reset. */
export type Accident =
  /** It has erased everything, and loses power before it has answered. */
  | 'cut'
  /** It loses power before anything was erased for good. */
  | 'brownout';

const KEEPALIVE = 0xbb;
const NEVER = new Promise<never>(() => {});

export class StagedKey {
  readonly authenticator: Authenticator;
  /** Command bytes that came to it, in hex. */
  readonly commands: string[] = [];
  /** Device node, while it is in a USB port. */
  path: string | undefined;
  readonly #part: Part;
  readonly #plugs: (PluggedKey | undefined)[] = [];
  #at: number | undefined;
  #skewMs = 0;
  #late = false;
  #taps = 0;
  #accident: Accident | undefined;
  #silent = false;
  #before: ReturnType<typeof stateToJson> | undefined;
  #touch: () => void = () => {};

  /** With a PIN, credentials and whatever else the model has room for. */
  constructor(part: Part, serial: number) {
    this.#part = part;
    const known = modelById(part.model);
    const model = {
      ...known,
      info: { ...known.info, maxMsgSize: Math.min(known.info.maxMsgSize, 1024) },
      touchTimeoutMs: part.patienceMs ?? known.touchTimeoutMs,
      reset: { ...known.reset, windowMs: part.windowMs ?? known.reset.windowMs },
    };
    const environment = this.#environment();
    const state = createState(model, environment, serial);
    addDemoContent(state, model, environment);
    state.config.longTouchForReset = part.longTouch === true;
    this.authenticator = new Authenticator(model, state, environment);
    const process = this.authenticator.process.bind(this.authenticator);
    this.authenticator.process = (request, options) => {
      this.commands.push((request[0] ?? 0).toString(16).padStart(2, '0'));
      return process(request, options);
    };
  }

  /** Where it is now. */
  get place(): Place | undefined {
    return this.#at === undefined ? undefined : this.#part.places[this.#at];
  }

  async insert(index = 0): Promise<void> {
    const before = new Set(hidraws());
    this.#silent = false;
    const plug = this.#plugs[index];
    if (plug) await plug.insert();
    else this.#plugs[index] = await this.#serve(this.#part.places[index] as Place);
    this.#at = index;
    if (typeof this.place === 'object') return;
    while (this.path === undefined) {
      const node = hidraws().find((name) => !before.has(name));
      this.path = node && `/dev/${node}`;
      await sleep(10);
    }
  }

  async remove(): Promise<void> {
    if (this.#at === undefined) return;
    const plug = this.#plugs[this.#at];
    this.#at = undefined;
    this.path = undefined;
    await plug?.remove();
  }

  touch(): void {
    this.#touch();
  }

  /** At its next power-up the time for a reset is over before anybody can have asked for one. */
  late(): void {
    this.#late = true;
  }

  /** So many of its next tappings do not count as a touch. */
  ignoreTaps(count: number): void {
    this.#taps = count;
  }

  arm(accident: Accident): void {
    this.#accident = accident;
    this.#before = stateToJson(this.authenticator.state);
  }

  /** No more late, ignored taps and accidents. */
  calm(): void {
    this.#late = false;
    this.#taps = 0;
    this.#accident = undefined;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#plugs.map((plug) => plug?.stop()));
  }

  async #serve(place: Place): Promise<PluggedKey> {
    const { authenticator } = this;
    const { usb } = authenticator.model;
    if (typeof place === 'object') return this.#serveCard(place.port);
    if (!usb) throw new Error(`a ${this.#part.model} has no USB interface`);
    const factory = async (send: (packet: Uint8Array) => void) => {
      await this.#powerUp();
      return new HidEndpoint(authenticator, {
        send: (packet) => {
          if (!this.#silent || packet[4] === KEEPALIVE) send(packet);
        },
      });
    };
    const serial = this.#part.serial ? String(authenticator.state.serial) : '';
    const { vendorId, productId, manufacturer, product } = usb;
    return place === 'gadget'
      ? serveGadget(factory, { manufacturer, product, serial, vendorId, productId })
      : serveUhid(factory, { name: usbName(usb), vendorId, productId, version: 0x100, uniq: serial });
  }

  #serveCard(port: number): Promise<PluggedKey> {
    const endpoint = new NfcEndpoint(this.authenticator);
    const card = {
      atr: endpoint.atr,
      powerOn: async () => {
        await endpoint.powerOn();
        this.#poweredUp();
      },
      powerOff: () => endpoint.powerOff(),
      transmit: async (apdu: Uint8Array) => {
        const answer = await endpoint.transmit(apdu);
        return this.#silent ? NEVER : answer;
      },
    };
    return serveVpcd(card, { port, awayMs: this.#part.awayMs });
  }

  async #powerUp(): Promise<void> {
    await this.authenticator.powerCycle();
    this.#poweredUp();
  }

  #poweredUp(): void {
    const { model, state } = this.authenticator;
    if (this.#late) this.#skewMs += model.reset.windowMs + 1_000;
    if (this.#taps > 0) {
      this.#taps--;
      state.powerCycle.presenceUsed = true;
    }
  }

  #environment(): Environment {
    const nobody = async () => 'denied' as const;
    return {
      now: () => Date.now() + this.#skewMs,
      randomBytes: (length) => new Uint8Array(randomBytes(length)),
      userPresence: ({ timeoutMs, signal }) =>
        new Promise((resolve) => {
          const timer = setTimeout(() => resolve('timeout'), timeoutMs);
          const end = (answer: 'touched' | 'cancelled') => {
            clearTimeout(timer);
            resolve(answer);
          };
          this.#touch = () => end('touched');
          signal.addEventListener('abort', () => end('cancelled'), { once: true });
        }),
      userVerification: nobody,
      enrollSample: nobody,
      save: ({ resets }) => {
        if (!this.#accident || !this.#before || resets === this.#before.resets) return;
        const { state, model } = this.authenticator;
        if (this.#accident === 'brownout') Object.assign(state, stateFromJson(this.#before, model));
        this.#accident = undefined;
        this.#silent = true;
        // What was on its way to the computer before still arrives.
        setTimeout(() => void this.remove(), 200);
      },
      onBug: (error) => console.error(error),
    };
  }
}

function hidraws(): string[] {
  return readdirSync('/dev').filter((name) => name.startsWith('hidraw'));
}
