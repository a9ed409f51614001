/**
 * Plugs a software key into the Linux kernel through /dev/uhid: a /dev/hidrawN appears, as for a key on USB. Each
 * insertion opens the device anew, and the endpoint too, so that a key taken out has lost its power.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { FidoError } from '../../errors.ts';
import { type PluggedKey, Serving } from './plugged-key.ts';
import { ReportPacer } from './report-pacer.ts';
import {
  createEvent,
  destroyEvent,
  inputEvent,
  parseUhidEvent,
  UHID,
  UHID_EVENT_SIZE,
  type UhidIdentity,
} from './uhid-event.ts';

const KERNEL_LOG = 'See what the kernel says of it: sudo dmesg | tail';

/** The USB side of a software key. Packets have 64 bytes. */
export interface ServedHidEndpoint {
  receive(packet: Uint8Array): void;
  close(): void;
}

/** Powers the key up; it sends its packets through `send`. */
export type HidEndpointFactory = (send: (packet: Uint8Array) => void) => ServedHidEndpoint | Promise<ServedHidEndpoint>;

export interface UhidOptions extends UhidIdentity {
  /** In place of /dev/uhid. */
  device?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Called with exceptions of the endpoint, which are bugs. */
  onBug?: ((error: unknown) => void) | undefined;
}

/**
 * The longest request, in bytes, that certainly arrives: the kernel's queue has room for 31 reports, has no
 * back-pressure, and drops the rest when the client is quicker than we are scheduled. A key with a larger maxMsgSize
 * should announce this one while it is served here. Answers may have any length.
 */
export const UHID_MAX_REQUEST = 57 + 30 * 59;

const DEVICE = '/dev/uhid';
const SETTLE_TIMEOUT_MS = 30_000;

/**
 * Plugs the key in; resolves once the kernel has started the device.
 * @throws {FidoError} `usb-unavailable` no /dev/uhid, `access-denied`, `interrupted`, `transport-failed`
 */
export async function serveUhid(factory: HidEndpointFactory, options: UhidOptions): Promise<PluggedKey> {
  const { signal } = options;
  if (signal?.aborted) throw new FidoError('interrupted', 'serving was stopped before it began');
  let device: Device | undefined;
  const serving = new Serving(
    {
      insert: async () => {
        if (device !== undefined) return;
        const opened = new Device(options, () => void serving.end('disconnected'));
        await opened.start(factory);
        device = opened;
      },
      remove: async () => {
        await device?.destroy();
        device = undefined;
      },
    },
    signal,
  );
  try {
    await serving.insert();
  } catch (error) {
    await serving.stop();
    throw error;
  }
  return serving;
}

/**
 * Reads of /dev/uhid block, so a thread does nothing but read; on libuv's pool, four keys would leave no thread for
 * anything else. It ends with UHID_STOP, and is text because a bundled library has no second file to start.
 */
const READER = `
const { readSync } = require('node:fs');
const { parentPort, workerData: { fd, size, stop } } = require('node:worker_threads');
const event = Buffer.alloc(size);
let type;
do {
  try {
    readSync(fd, event, 0, size, null);
  } catch (error) {
    if (error.code === 'EINTR' || error.code === 'EAGAIN') continue;
    throw error;
  }
  type = event.readUInt32LE(0);
  parentPort.postMessage(new Uint8Array(event));
} while (type !== stop);
`;

/** The key from one insertion to the next removal. */
class Device {
  readonly #fd: number;
  readonly #options: UhidOptions;
  readonly #onLost: () => void;
  readonly #pacer: ReportPacer;
  readonly #started: Promise<void>;
  // Without it, a process that exits while /dev/uhid is read would wait for the reading thread for ever.
  readonly #onExit = () => this.#writeDestroy();
  #endpoint: ServedHidEndpoint | undefined;
  #onStarted: () => void = () => {};
  #ended: Promise<void> = Promise.resolve();
  #destroyed = false;

  constructor(options: UhidOptions, onLost: () => void) {
    this.#options = options;
    this.#onLost = onLost;
    this.#fd = openDevice(options.device ?? DEVICE);
    this.#pacer = new ReportPacer((report) => this.#write(inputEvent(report)));
    this.#started = new Promise((resolve) => {
      this.#onStarted = resolve;
    });
  }

  async start(factory: HidEndpointFactory): Promise<void> {
    try {
      this.#endpoint = await factory((packet) => this.#pacer.send(packet));
      writeSync(this.#fd, createEvent(this.#options));
    } catch (error) {
      this.#release();
      if (error instanceof FidoError || (error as NodeJS.ErrnoException).syscall !== 'write') throw error;
      throw new FidoError('transport-failed', 'the kernel refused the virtual key', { hint: KERNEL_LOG, cause: error });
    }
    // Only once the device exists, because without one the read would never end.
    this.#read();
    try {
      await within(Promise.race([this.#started, this.#ended]), 'the kernel did not start the device');
      if (this.#destroyed)
        throw new FidoError('transport-failed', 'the kernel removed the virtual key at once', { hint: KERNEL_LOG });
    } catch (error) {
      await this.destroy();
      throw error;
    }
  }

  /** Pulls the key out and waits until the kernel has let go of it. */
  async destroy(): Promise<void> {
    this.#writeDestroy();
    this.#closeEndpoint();
    await within(this.#ended, 'the kernel did not remove the device');
  }

  #read(): void {
    process.once('exit', this.#onExit);
    const reader = new Worker(READER, {
      eval: true,
      workerData: { fd: this.#fd, size: UHID_EVENT_SIZE, stop: UHID.STOP },
    });
    reader.on('message', (event: Uint8Array) => this.#onEvent(event));
    reader.on('error', (error) => this.#options.onBug?.(error));
    this.#ended = new Promise((resolve) => {
      reader.once('exit', () => {
        const lost = !this.#destroyed;
        this.#release();
        resolve();
        if (lost) this.#onLost();
      });
    });
  }

  #onEvent(bytes: Uint8Array): void {
    const event = parseUhidEvent(bytes);
    if (event.type === 'start') this.#onStarted();
    else if (event.type === 'report-request') this.#write(event.refusal);
    else if (event.type === 'output') {
      try {
        this.#endpoint?.receive(event.report);
      } catch (error) {
        this.#options.onBug?.(error);
      }
    }
  }

  #write(event: Uint8Array): void {
    if (this.#destroyed) return;
    try {
      // Synchronous: the kernel copies the event and returns, and the order is kept.
      writeSync(this.#fd, event);
    } catch (error) {
      this.#options.onBug?.(error);
    }
  }

  #writeDestroy(): void {
    if (this.#destroyed) return;
    this.#write(destroyEvent());
    this.#destroyed = true;
  }

  #closeEndpoint(): void {
    this.#pacer.close();
    this.#endpoint?.close();
    this.#endpoint = undefined;
  }

  #release(): void {
    process.removeListener('exit', this.#onExit);
    this.#destroyed = true;
    this.#closeEndpoint();
    closeSync(this.#fd);
  }
}

function openDevice(path: string): number {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') {
      throw new FidoError('access-denied', `no permission for ${path}`, {
        hint: 'Run this command as root: only root may add devices to the kernel.',
        cause: error,
      });
    }
    throw new FidoError('usb-unavailable', `no ${path}: this system cannot have virtual USB keys`, {
      hint: 'On Linux, load the kernel module with `sudo modprobe uhid`. Other systems do not have it.',
      cause: error,
    });
  }
}

async function within(promise: Promise<void>, message: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new FidoError('transport-failed', message, { hint: KERNEL_LOG })),
      SETTLE_TIMEOUT_MS,
    );
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
