/** The only file that knows node-hid. On Linux its hidraw flavour: libusb would detach the kernel's driver. */
import type * as NodeHidModule from 'node-hid';
import { FidoError, type FidoErrorCode, type FidoErrorOptions } from '../../errors.ts';
import type { HidConnection } from './connection.ts';
import { PACKET_SIZE } from './framing.ts';
import { UDEV_RULE, UDEV_RULES_PATH } from './udev-rules.ts';

const FIDO_USAGE_PAGE = 0xf1d0;
const FIDO_USAGE = 1;

/** The part of node-hid that is used; tests bring their own. */
export type NodeHid = Pick<typeof NodeHidModule, 'devicesAsync' | 'setDriverType'> & {
  HIDAsync: { open(path: string, options?: { nonExclusive?: boolean }): Promise<NodeHidModule.HIDAsync> };
};

/** A HID interface with the FIDO usage. */
export interface HidInfo {
  path: string;
  /** As the library gives them: possibly signed. */
  vendorId: number;
  productId: number;
  manufacturer?: string | undefined;
  product?: string | undefined;
  serialNumber?: string | undefined;
}

/** @throws {FidoError} `usb-unavailable` */
export async function loadNodeHid(): Promise<NodeHid> {
  try {
    const nodeHid = await import('node-hid');
    nodeHid.setDriverType('hidraw');
    return nodeHid;
  } catch (error) {
    throw unavailable(error);
  }
}

/** @throws {FidoError} `usb-unavailable`: the native library is loaded by the first call only */
export async function listFidoInterfaces(nodeHid: NodeHid): Promise<HidInfo[]> {
  const devices = await nodeHid.devicesAsync().catch((error: unknown) => {
    throw unavailable(error);
  });
  const found = new Map<string, HidInfo>();
  for (const { path, usagePage, usage, ...info } of devices) {
    if (path !== undefined && usagePage === FIDO_USAGE_PAGE && usage === FIDO_USAGE) found.set(path, { path, ...info });
  }
  return [...found.values()];
}

/** @throws {FidoError} `access-denied`, `key-removed`, `key-busy`, `transport-failed`, `usb-unavailable` */
export async function openNodeHid(
  nodeHid: NodeHid,
  path: string,
  platform: NodeJS.Platform = process.platform,
): Promise<HidConnection> {
  let hid: NodeHidModule.HIDAsync;
  try {
    // CTAPHID has channels so that programs can share a key; macOS alone would open it exclusively.
    hid = await nodeHid.HIDAsync.open(path, { nonExclusive: true });
  } catch (error) {
    throw libraryMissing(error) ? unavailable(error) : deviceError(error, OPEN_FAILED, platform);
  }
  const connection = new NodeHidConnection(hid, platform);
  // Reading begins on the next tick; closed before that, node-hid would throw where nobody can catch it.
  await new Promise((resolve) => setImmediate(resolve));
  return connection;
}

class NodeHidConnection implements HidConnection {
  readonly #hid: NodeHidModule.HIDAsync;
  readonly #platform: NodeJS.Platform;
  #writes: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;
  #lost: FidoError | undefined;
  #packetListener: (packet: Uint8Array) => void = () => {};
  #closedListener: (error?: FidoError) => void = () => {};

  constructor(hid: NodeHidModule.HIDAsync, platform: NodeJS.Platform) {
    this.#hid = hid;
    this.#platform = platform;
    // The listener makes node-hid read in a thread of its own; read() would hold up every write, CANCEL included.
    hid.on('data', (data: Buffer) => this.#packetListener(new Uint8Array(data.buffer, data.byteOffset, data.length)));
    hid.on('error', (error: unknown) => this.#lose(deviceError(error, READ_FAILED, this.#platform)));
  }

  onPacket(listener: (packet: Uint8Array) => void): void {
    this.#packetListener = listener;
  }

  onClosed(listener: (error?: FidoError) => void): void {
    this.#closedListener = listener;
    if (this.#lost) listener(this.#lost);
  }

  write(packet: Uint8Array): Promise<void> {
    const written = this.#writes.then(() => this.#write(packet));
    this.#writes = written.catch(() => {});
    return written;
  }

  async #write(packet: Uint8Array): Promise<void> {
    if (this.#lost) throw this.#lost;
    // hidapi wants the report id first on every system; CTAPHID has none, hence 0.
    const report = Buffer.alloc(1 + PACKET_SIZE);
    report.set(packet, 1);
    let count: number;
    try {
      count = await this.#hid.write(report);
    } catch (error) {
      const failure = deviceError(error, WRITE_FAILED, this.#platform);
      if (failure.code === 'key-removed') this.#lose(failure);
      throw failure;
    }
    // Some systems count the report id, some do not.
    if (count < PACKET_SIZE) throw new FidoError('transport-failed', `only ${count} bytes were written to the key`);
  }

  #lose(error: FidoError): void {
    if (this.#lost || this.#closed) return;
    this.#lost = error;
    this.#closedListener(error);
  }

  close(): Promise<void> {
    this.#closed ??= this.#hid.close();
    return this.#closed;
  }
}

interface Meaning {
  code: FidoErrorCode;
  message: string;
}
const REMOVED: Meaning = { code: 'key-removed', message: 'the key was removed' };

/** What hidapi's texts mean, on Linux (errno), Windows (Win32 code) and macOS (IOReturn). */
const DEVICE_ERRORS: readonly (readonly [RegExp, Meaning])[] = [
  [
    /permission denied|operation not permitted|access is denied|0x00000005\b|0xE00002(C1|E2)/i,
    { code: 'access-denied', message: 'this account may not use the key' },
  ],
  [
    /resource busy|0x00000020\b|0xE00002C5/i,
    { code: 'key-busy', message: 'another program has the key for itself alone' },
  ],
  [/timed out|0x00000079\b|0xE00002D6/i, { code: 'no-answer', message: 'the key does not take what is sent to it' }],
  [/no such (file|device)|disconnected|device mach entry not found/i, REMOVED],
  // While a key is being pulled out the kernel reports broken transfers before it reports the end.
  [/input\/output error|protocol error|endpoint shutdown|0x000000(02|03|1F)\b|0x0000048F|0xE00002C0/i, REMOVED],
];

const OPEN_FAILED: Meaning = { code: 'transport-failed', message: 'the key cannot be opened' };
const WRITE_FAILED: Meaning = { code: 'transport-failed', message: 'writing to the key failed' };
/** Reading ends for good with its first error, so the key is as good as gone. */
const READ_FAILED = REMOVED;

function deviceError(error: unknown, otherwise: Meaning, platform: NodeJS.Platform): FidoError {
  const text = messageOf(error);
  const [, { code, message }] = DEVICE_ERRORS.find(([pattern]) => pattern.test(text)) ?? ['', otherwise];
  const options: FidoErrorOptions = { cause: error };
  if (code === 'access-denied') options.hint = accessHint(platform);
  return new FidoError(code, message, options);
}

function accessHint(platform: NodeJS.Platform): string {
  if (platform === 'linux') {
    return `Only who sits at the machine gets access by itself, from udev 244 on; otherwise run as root, or put ${UDEV_RULE} into ${UDEV_RULES_PATH} and plug the key in again. seckey doctor tells more.`;
  }
  if (platform === 'win32') return 'Windows lets only administrators talk to security keys: run this as administrator.';
  return 'Allow this program to use the key in the system’s privacy settings (Input Monitoring).';
}

function libraryMissing(error: unknown): boolean {
  return /cannot open shared object file|ERR_DLOPEN_FAILED|No native build was found|Could not locate/i.test(
    `${(error as { code?: string } | null)?.code} ${messageOf(error)}`,
  );
}

/** The system library that node-hid asks for in vain, if that is what `error` says. */
export function missingUsbLibrary(error: unknown): string | undefined {
  return /(libusb|libudev)[\w.-]*/.exec(messageOf(error))?.[0];
}

function unavailable(error: unknown): FidoError {
  const library = missingUsbLibrary(error);
  return library
    ? new FidoError('usb-unavailable', `USB keys cannot be used: ${library} is missing`, {
        hint: 'Install the packages libusb-1.0-0 and libudev1 (Debian, Ubuntu).',
        cause: error,
      })
    : new FidoError('usb-unavailable', 'USB keys cannot be used: the module node-hid does not load', {
        hint: 'Install seckey again on this machine, with this version of Node.',
        cause: error,
      });
}

/** node-hid's 'error' event brings a string, its promises reject with an Error. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
