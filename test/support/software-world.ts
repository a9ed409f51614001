/** A software key on a wire that a test can damage, with a person who does what is asked at once. */
import { randomBytes } from 'node:crypto';
import { Authenticator } from '../../src/authenticator/authenticator.ts';
import type { Environment } from '../../src/authenticator/environment.ts';
import { HidEndpoint } from '../../src/authenticator/hid-endpoint.ts';
import { type Model, modelById } from '../../src/authenticator/models.ts';
import { NfcEndpoint } from '../../src/authenticator/nfc-endpoint.ts';
import { createState } from '../../src/authenticator/state.ts';
import type { Interaction } from '../../src/client/interaction.ts';
import { Session } from '../../src/client/session.ts';
import { utf8 } from '../../src/encoding/bytes.ts';
import { FidoError } from '../../src/errors.ts';
import { HidWire, NfcWire } from '../../src/keys/software/software-wires.ts';
import type { CtapDevice, DiscoveredKey } from '../../src/transport/device.ts';
import type { HidConnection } from '../../src/transport/hid/connection.ts';
import { openHidDevice } from '../../src/transport/hid/device.ts';
import type { CardConnection } from '../../src/transport/nfc/connection.ts';
import { openNfcDevice } from '../../src/transport/nfc/device.ts';

/** What a test does to the wire. Called anew each time the key is opened; `remove` pulls the key out. */
export interface Damage {
  hid?: (connection: HidConnection, remove: () => void) => HidConnection;
  nfc?: (connection: CardConnection, remove: () => void) => CardConnection;
}

/** Short for a test, and longer than the longest turn of the event loop when thirty tests do elliptic curves at once. */
const HID_LIMITS = { silenceMs: 2000, cancelMs: 2000, busyRetryMs: 5, busyLimitMs: 100 };
const NFC_LIMITS = { silenceLimitMs: 2000, cancelLimitMs: 2000, pollIntervalMs: 5 };

export class World {
  readonly authenticator: Authenticator;
  /** Requests that reached the key whole: `04`, `06/3`, `07` … */
  readonly processed: string[] = [];
  readonly told: string[] = [];
  damage: Damage = {};
  plugged = true;
  readonly #transport: 'usb' | 'nfc';
  #cut: () => void = () => {};
  readonly #listeners = new Set<() => void>();

  /** @param surroundings replace what the key sees of the world: the time, its person */
  constructor(
    transport: 'usb' | 'nfc',
    model: string | Model = 'yubikey-5-nfc',
    surroundings: Partial<Environment> = {},
  ) {
    this.#transport = transport;
    const environment = {
      now: () => Date.now(),
      randomBytes: (length: number) => new Uint8Array(randomBytes(length)),
      userPresence: async () => 'touched' as const,
      userVerification: async () => 'denied' as const,
      enrollSample: async () => ({ finger: 'right thumb' }),
      save: () => {},
      ...surroundings,
    };
    const description = typeof model === 'string' ? modelById(model) : model;
    this.authenticator = new Authenticator(
      description,
      createState(description, environment, 4711),
      environment as never,
    );
    const process = this.authenticator.process.bind(this.authenticator);
    this.authenticator.process = (request, options) => {
      // clientPIN: {1: protocol, 2: subCommand, …}, so the subcommand is the fifth byte.
      this.processed.push(request[0] === 0x06 ? `06/${request[5]}` : Buffer.of(request[0] ?? 0).toString('hex'));
      return process(request, options);
    };
  }

  count(command: string): number {
    return this.processed.filter((other) => other === command).length;
  }

  readonly key: DiscoveredKey = {
    id: 'world',
    transport: 'usb',
    name: 'World',
    open: () => this.#open(),
  };

  openSession(): Promise<Session> {
    return Session.open({ ...this.key, transport: this.#transport }, { interaction: this.interaction({}) });
  }

  async #open(): Promise<CtapDevice> {
    if (!this.plugged) throw new FidoError('key-removed', 'the key was removed');
    const remove = () => this.remove();
    if (this.#transport === 'usb') {
      const wire = new HidWire((send) => new HidEndpoint(this.authenticator, { send }));
      this.#cut = () => wire.cut();
      return openHidDevice(this.damage.hid?.(wire, remove) ?? wire, HID_LIMITS);
    }
    const endpoint = new NfcEndpoint(this.authenticator, { pollMs: 5 });
    endpoint.resume();
    const wire = new NfcWire(endpoint);
    this.#cut = () => wire.cut();
    const watchRemoval = (gone: () => void) => {
      void wire.removed.then(gone);
      return () => {};
    };
    return openNfcDevice(this.damage.nfc?.(wire, remove) ?? wire, { ...NFC_LIMITS, watchRemoval });
  }

  remove(): void {
    this.plugged = false;
    this.#cut();
    for (const listener of this.#listeners) listener();
  }

  async insert(): Promise<void> {
    await this.authenticator.powerCycle();
    this.plugged = true;
    for (const listener of this.#listeners) listener();
  }

  readonly finder = {
    list: async () => ({ keys: this.plugged ? [{ ...this.key, transport: this.#transport }] : [] }),
    watch: (changed: () => void) => {
      this.#listeners.add(changed);
      return () => this.#listeners.delete(changed);
    },
  };

  /** Somebody who types these PINs and does as told. */
  interaction(pins: { current?: string; new?: string }): Interaction {
    const note = (what: string) => void this.told.push(what);
    return {
      touch: () => note('touch'),
      processing: () => note('processing'),
      requestPin: async ({ which }) => {
        note(`${which} PIN`);
        return utf8(pins[which] ?? '');
      },
      verifyUser: () => undefined,
      userNotRecognised: () => undefined,
      userVerificationBlocked: () => undefined,
      enrollSample: ({ status, remaining }) => note(`sample ${status}, ${remaining} left`),
      confirmLastTry: async () => true,
      removeKey: () => {
        note('remove');
        setImmediate(() => this.remove());
      },
      insertKey: () => {
        note('insert');
        setImmediate(() => void this.insert());
      },
      wrongKey: () => note('wrong key'),
      resetWindow: () => note('window'),
      confirmRepeat: async () => false,
    };
  }
}
