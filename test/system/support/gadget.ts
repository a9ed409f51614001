/**
 * A FIDO key on a USB bus: Linux's HID gadget on dummy_hcd, where one kernel is both ends of the cable. Unlike uhid it
 * has a USB device above it, with manufacturer, serial number and interface. Runs in the guest.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PluggedKey, Serving } from '../../../src/authenticator/serve/plugged-key.ts';
import type { HidEndpointFactory, ServedHidEndpoint } from '../../../src/authenticator/serve/uhid.ts';
import { FIDO_REPORT_DESCRIPTOR } from '../../../src/authenticator/serve/uhid-event.ts';

const GADGET = '/sys/kernel/config/usb_gadget/fido';
const DEVICE = '/dev/hidg0';
const UDC = '/sys/class/udc';
const REPORT = 64;

export interface GadgetIdentity {
  manufacturer: string;
  product: string;
  serial: string;
  vendorId?: number;
  productId?: number;
}

/** Attributes of the kernel's HID function. */
export interface GadgetInterface {
  protocol: string;
  /** In bytes. */
  report_length: string;
  report_desc: Uint8Array;
}

const FIDO: GadgetInterface = { protocol: '0', report_length: `${REPORT}`, report_desc: FIDO_REPORT_DESCRIPTOR };

/** Makes the gadget, plugs it in and serves an endpoint on it, a new one with every insertion. One at a time. */
export async function serveGadget(
  factory: HidEndpointFactory,
  identity: GadgetIdentity,
  face = FIDO,
): Promise<PluggedKey> {
  const controller = readdirSync(UDC)[0];
  if (controller === undefined) throw new Error('no USB device controller: is dummy_hcd loaded?');
  dismantle();
  describe(identity, face);
  let stay: Stay | undefined;
  const serving = new Serving(
    {
      insert: async () => {
        writeFileSync(join(GADGET, 'UDC'), controller);
        stay = await Stay.begin(factory);
        await until(() => hidrawCount() > 0);
      },
      remove: async () => {
        if (stay === undefined) return;
        await stay.end();
        stay = undefined;
        writeFileSync(join(GADGET, 'UDC'), '\n');
        await until(() => hidrawCount() === 0);
      },
    },
    undefined,
  );
  await serving.insert();
  return serving;
}

/** The time between plugging in and out: /dev/hidg0 exists only then. */
class Stay {
  readonly #fd: number;
  readonly #endpoint: ServedHidEndpoint;
  // Its read of a device that goes away would never return to Node; `cat` can be killed in it.
  readonly #reader = spawn('cat', [DEVICE], { stdio: ['ignore', 'pipe', 'inherit'] });
  #received = Buffer.alloc(0);

  private constructor(fd: number, endpoint: ServedHidEndpoint) {
    this.#fd = fd;
    this.#endpoint = endpoint;
    this.#reader.stdout.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      for (; this.#received.length >= REPORT; this.#received = this.#received.subarray(REPORT)) {
        this.#endpoint.receive(new Uint8Array(this.#received.subarray(0, REPORT)));
      }
    });
  }

  static async begin(factory: HidEndpointFactory): Promise<Stay> {
    await until(() => existsSync(DEVICE));
    const fd = openSync(DEVICE, 'w');
    // A write blocks until the host has fetched the report before: USB's own back-pressure.
    return new Stay(fd, await factory((packet) => void writeSync(fd, packet)));
  }

  async end(): Promise<void> {
    this.#endpoint.close();
    const ended = once(this.#reader, 'close');
    this.#reader.kill('SIGKILL');
    await ended;
    closeSync(this.#fd);
  }
}

const FUNCTION = join(GADGET, 'functions/hid.usb0');
const CONFIGURATION = join(GADGET, 'configs/c.1');

/** A gadget cannot be changed any more once it was plugged in; another one takes its place. */
function dismantle(): void {
  if (!existsSync(GADGET)) return;
  unlinkSync(join(CONFIGURATION, 'hid.usb0'));
  for (const directory of [CONFIGURATION, FUNCTION, join(GADGET, 'strings/0x409'), GADGET]) rmdirSync(directory);
}

function describe(identity: GadgetIdentity, face: GadgetInterface): void {
  const { manufacturer, product, serial, vendorId = 0x1209, productId = 0xf1d0 } = identity;
  const files: [directory: string, attributes: Record<string, string | Uint8Array>][] = [
    ['', { idVendor: `${vendorId}`, idProduct: `${productId}`, bcdDevice: '0x0512', bcdUSB: '0x0200' }],
    ['strings/0x409', { manufacturer, product, serialnumber: serial }],
    ['functions/hid.usb0', { subclass: '0', ...face }],
    ['configs/c.1', {}],
  ];
  for (const [directory, attributes] of files) {
    mkdirSync(join(GADGET, directory), { recursive: true });
    for (const [name, value] of Object.entries(attributes)) writeFileSync(join(GADGET, directory, name), value);
  }
  symlinkSync(FUNCTION, join(CONFIGURATION, 'hid.usb0'));
}

function hidrawCount(): number {
  return readdirSync('/dev').filter((name) => name.startsWith('hidraw')).length;
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 10_000) throw new Error(`waited in vain: ${condition}`);
    await sleep(20);
  }
}
