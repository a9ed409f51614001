/** The parts of nfc-pcsc and of its native addon that seckey uses, and what it takes to load them. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { FidoError } from '../../errors.ts';

type Callback<T = void> = (error: Error | null | undefined, value?: T) => void;

/** The addon's CardReader: the raw reader inside nfc-pcsc's Reader, which connects shared and asks cards for their UID. */
export interface RawReader {
  readonly name: string;
  connected: boolean;
  readonly SCARD_SHARE_EXCLUSIVE: number;
  readonly SCARD_LEAVE_CARD: number;
  readonly SCARD_STATE_PRESENT: number;
  connect(options: { share_mode: number }, callback: Callback<number>): void;
  disconnect(disposition: number, callback: Callback): void;
  transmit(data: Uint8Array, maxLength: number, protocol: number, callback: Callback<Uint8Array>): void;
  /** Ends the thread that watches the reader. Must not be called from one of the reader's own events: it would deadlock. */
  close(): void;
  on(event: 'status', listener: (status: { state: number }) => void): void;
  on(event: 'error' | 'end', listener: (error?: Error) => void): void;
  removeAllListeners(event: 'status'): void;
}

/** An instance of nfc-pcsc's NFC: one thread that watches the list of readers, and one per reader. */
export interface Nfc {
  readonly pcsc: { start(callback: Callback<Uint8Array>): void };
  on(
    event: 'reader',
    listener: (reader: { reader: RawReader; on(event: 'error', listener: () => void): void }) => void,
  ): void;
  on(event: 'error', listener: (error: Error) => void): void;
  close(): void;
}

export interface PcscBinding {
  /** Spins for ever, blocking everything, when the service does not accept the library: ask {@link CardReader} first. */
  NFC: new () => Nfc;
  /** Answers the same question on another thread, once. */
  CardReader: new (
    name: string,
  ) => RawReader;
}

/** @throws {FidoError} `nfc-unavailable`, with what to do about it */
export async function loadBinding(): Promise<PcscBinding> {
  try {
    const { NFC } = await import('nfc-pcsc');
    const fromHere = createRequire(import.meta.url);
    const fromNfcPcsc = createRequire(fromHere.resolve('nfc-pcsc'));
    const addon = fromNfcPcsc.resolve('@pokusew/pcsclite');
    const bindings = createRequire(addon)('bindings');
    // The very addon that nfc-pcsc has just loaded; its index.js keeps the class to itself.
    const { CardReader } = bindings({ bindings: 'pcsclite', module_root: join(dirname(addon), '..') });
    return { NFC, CardReader };
  } catch (error) {
    throw loadError(error);
  }
}

const PREPARE =
  process.platform === 'linux'
    ? 'Install pcscd, libpcsclite-dev, python3, make and g++ (Debian: apt install pcscd libpcsclite-dev python3 make g++), then '
    : '';

/** The ways in which the native addon can be out of reach. */
export type BindingFault = 'library-missing' | 'wrong-abi' | 'not-built' | 'absent' | 'broken';

/** @param cause what loading nfc-pcsc threw; the `cause` of {@link loadError} */
export function bindingFault(cause: unknown): BindingFault {
  const { code, message } = (cause ?? {}) as { code?: string; message?: string };
  const text = String(message);
  if (/libpcsclite\.so/.test(text)) return 'library-missing';
  if (code === 'ERR_DLOPEN_FAILED' && /NODE_MODULE_VERSION/.test(text)) return 'wrong-abi';
  if (/Could not locate the bindings file/.test(text)) return 'not-built';
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return 'absent';
  return 'broken';
}

const REBUILD = 'npm rebuild @pokusew/pcsclite';
const MEANINGS: Record<BindingFault, { reason: string; hint: string }> = {
  'library-missing': {
    reason: 'libpcsclite.so.1 is missing on this system',
    hint: 'Install it (Debian: apt install libpcsclite1 pcscd; Fedora: dnf install pcsc-lite-libs pcsc-lite).',
  },
  'wrong-abi': {
    reason: `the PC/SC library was built for another version of Node.js than ${process.version}`,
    hint: `Run: ${REBUILD}`,
  },
  'not-built': {
    reason: 'the PC/SC library is installed, but was not built',
    hint: `${PREPARE}${PREPARE ? 'r' : 'R'}un: ${REBUILD} (npm 12 and later: first npm approve-scripts @pokusew/pcsclite)`,
  },
  absent: {
    reason: 'the optional package nfc-pcsc is not installed',
    hint: `${PREPARE}${PREPARE ? 'i' : 'I'}nstall seckey again, or run: npm install nfc-pcsc (npm 12 and later: --allow-scripts=@pokusew/pcsclite)`,
  },
  broken: { reason: 'the PC/SC library of seckey cannot be loaded', hint: `Run: ${REBUILD}` },
};

/** The failure to load the addon, with what to do about it. */
export function loadError(cause: unknown): FidoError {
  const { reason, hint } = MEANINGS[bindingFault(cause)];
  return new FidoError('nfc-unavailable', reason, { hint, cause });
}
