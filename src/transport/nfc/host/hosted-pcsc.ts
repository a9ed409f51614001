/** PC/SC in a process of its own, so that this one can always go on, and end, whatever the native library does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { FidoError } from '../../../errors.ts';
import type { CardConnection } from '../connection.ts';
import { openPcsc, type Pcsc, probeService } from '../pcsc.ts';
import type { ReaderStatus } from '../pcsc-library.ts';
import { type Answer, type Call, type Change, type Notice, type Opened, toError } from './messages.ts';

/** Starting Node and the library takes a slow machine seconds; looking, and taking a card, at most `LIMIT_MS` in pcsc.ts. */
const OPEN_LIMIT_MS = 20_000;
const CALL_LIMIT_MS = 7_000;

/** An APDU is waited for by whoever sends it. */
const UNLIMITED: ReadonlySet<Call['call']> = new Set(['transmit']);

/**
 * As {@link openPcsc}, elsewhere where that can be: built programs have the other process's script beside them.
 * @param probe whether the service is there: without it no process is started
 * @throws {FidoError} `pcscd-not-running`, `pcscd-access-denied`, `nfc-unavailable`, `transport-failed`
 */
export async function openHostedPcsc(script = hostScript(), probe = probeService): Promise<Pcsc> {
  if (script === undefined) return openPcsc();
  await probe();
  const host = new Host(script);
  try {
    return new HostedPcsc(host, (await host.call({ call: 'open' })) as Opened);
  } catch (error) {
    host.end();
    throw error;
  }
}

const SCRIPT = 'pcsc-host.js';

/** Undefined in sources that were not built, and where this program is not run by Node itself. */
function hostScript(): string | undefined {
  if (process.versions.electron) return undefined;
  const url = import.meta.url;
  const directory = path.dirname(url.startsWith('file:') ? fileURLToPath(url) : url);
  return [directory, path.dirname(directory)].map((each) => path.join(each, SCRIPT)).find(existsSync);
}

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;

type Changed = (readers?: ReaderStatus[]) => void;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: FidoError): void;
}

class HostedPcsc implements Pcsc {
  readonly library: Opened;
  readonly #host: Host;

  constructor(host: Host, library: Opened) {
    this.#host = host;
    this.library = library;
  }

  readers(): Promise<ReaderStatus[]> {
    return this.#host.call({ call: 'readers' }) as Promise<ReaderStatus[]>;
  }

  async connect(reader: string): Promise<CardConnection> {
    const host = this.#host;
    const card = host.number();
    await host.call({ call: 'connect', card, reader });
    let closing: Promise<void> | undefined;
    const close = () => host.call({ call: 'close', card }).then(nothing, nothing);
    return {
      transmit: (apdu) => host.call({ call: 'transmit', card, apdu }) as Promise<Uint8Array>,
      reconnect: () => host.call({ call: 'reconnect', card }) as Promise<void>,
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  }

  watch(changed: Changed): () => void {
    return this.#host.watch(changed);
  }

  close(): void {
    this.#host.end();
  }
}

function nothing(): void {}

/** The other process: calls and their answers, watches and what they see. */
class Host {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #watches = new Map<number, Changed>();
  readonly #kill = () => this.#process.kill('SIGKILL');
  #count = 0;
  #gone: FidoError | undefined;

  constructor(script: string) {
    this.#process = spawn(process.execPath, [script], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
      // A session of its own keeps the terminal's signals away from it.
      detached: process.platform !== 'win32',
      windowsHide: true,
      // Cards that do not answer keep a thread each, and there are 16 readers at most.
      env: { ...process.env, UV_THREADPOOL_SIZE: '32' },
    });
    this.#process.on('message', (message: Answer | Change) => this.#receive(message));
    this.#process.on('error', (error) => this.#lose(error));
    this.#process.on('exit', () => this.#lose());
    process.on('exit', this.#kill);
  }

  /** One that nobody else has. */
  number(): number {
    return ++this.#count;
  }

  /** @throws {FidoError} the failure over there, `no-answer`, `transport-failed` */
  call(call: Unnumbered<Call>): Promise<unknown> {
    if (this.#gone) return Promise.reject(this.#gone);
    const id = this.number();
    return new Promise((resolve, reject) => {
      const limitMs = call.call === 'open' ? OPEN_LIMIT_MS : CALL_LIMIT_MS;
      const timer = UNLIMITED.has(call.call) ? undefined : setTimeout(() => settle(reject, tooSlow()), limitMs);
      const settle = <T>(how: (result: T) => void, result: T) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        how(result);
      };
      this.#waiting.set(id, {
        resolve: (value) => settle(resolve, value),
        reject: (error) => settle(reject, error),
      });
      this.#send({ id, ...call });
    });
  }

  watch(changed: Changed): () => void {
    const watch = this.number();
    this.#watches.set(watch, changed);
    this.#send({ watch });
    return () => {
      if (this.#watches.delete(watch)) this.#send({ unwatch: watch });
    };
  }

  /** By force: it may not be able to end otherwise. Nothing is waited for. */
  end(): void {
    this.#watches.clear();
    this.#lose();
    process.off('exit', this.#kill);
    this.#kill();
    this.#process.unref();
    if (this.#process.connected) this.#process.disconnect();
  }

  #send(message: Call | Notice): void {
    // A process that has gone says so by its end.
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  #receive(message: Answer | Change): void {
    if ('watch' in message) {
      this.#watches.get(message.watch)?.(message.readers);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    if ('failure' in message) waiting?.reject(toError(message.failure));
    else waiting?.resolve(message.value);
  }

  #lose(cause?: unknown): void {
    this.#gone ??= new FidoError('transport-failed', 'the process that talks to the smart card service has ended', {
      hint: 'Run the command again.',
      situation: { id: 'transport-trouble' },
      cause,
    });
    for (const { reject } of [...this.#waiting.values()]) reject(this.#gone);
    for (const changed of [...this.#watches.values()]) changed();
  }
}

function tooSlow(): FidoError {
  return new FidoError('no-answer', 'the smart card service, or the card, does not answer', {
    hint: 'Take the card off the reader and put it back. If that does not help, restart the service.',
    situation: { id: 'smart-card-service-silent' },
  });
}
