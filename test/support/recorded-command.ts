/** The command of a recording, to be run again: its arguments, and whoever answers its questions. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { toHex } from '../../src/encoding/bytes.ts';
import type { TraceRecord } from '../../src/trace/trace.ts';
import { isObject, relyingPartyId } from './recorded-answer.ts';
import type { RecordedKeys } from './recorded-key.ts';
import { isExchange, type Recording } from './recording.ts';

/** The first word, or the first two, of the commands that can be run again. */
const REPLAYABLE = /^(list|info|identify|reset|pin \S+|config \S+|credentials \S+|fingerprints \S+|blobs (list|get))$/;

export class RecordedCommand {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'seckey-recording-'));
  readonly #recording: Recording;
  readonly #keys: RecordedKeys;

  /** @throws {Error} for a command of which a trace does not tell enough */
  constructor(recording: Recording, keys: RecordedKeys) {
    const { start, end } = recording;
    const words = start.command.join(' ');
    if (!REPLAYABLE.test(words)) throw new Error(`what "seckey ${words}" depends on is not in a trace`);
    if (end.error?.code === 'interrupted') throw new Error('a command that was interrupted cannot be run again');
    this.#recording = recording;
    this.#keys = keys;
  }

  /** Without node and script. */
  argv(): string[] {
    const { start, end } = this.#recording;
    const options = Object.entries(start.options).flatMap(([name, value]) => this.#option(name, value));
    // Nobody comes, so nobody need be waited for.
    if (end.error?.code === 'person-timeout') options.push('--timeout', '1');
    const given = start.arguments.map((shown, index) =>
      typeof shown === 'number' ? `${shown}` : this.#argument(shown, index),
    );
    return [...start.command, ...options, ...(given.length ? ['--', ...given] : [])];
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** A PIN that is not the recorded one: a replayed key takes what its recording says that it took. */
  pin(which: 'current' | 'new'): string {
    if (which === 'current') return 'q7ZkW2mR';
    const { end, lines } = this.#recording;
    const wasSent = lines.some((line) => isExchange(line) && /^(set|change)PIN$/.test(line.subCommand ?? ''));
    if (end.error?.code === 'pin-policy-violation' && !wasSent) return '1';
    const lengths = lines.map((line) =>
      isExchange(line) && isObject(line.response) && typeof line.response.minPINLength === 'number'
        ? line.response.minPINLength
        : 0,
    );
    return 'mR4vX9tB'.repeat(8).slice(0, Math.max(8, ...lengths));
  }

  /** Whether the person said yes: then the recording goes on. */
  get saidYes(): boolean {
    return this.#keys.head !== undefined;
  }

  #option(name: string, value: string | number | boolean | (string | number)[]): string[] {
    if (value === true) return [name];
    if (name === '--pin-file') return [name, this.#file('pin', this.pin('current'))];
    if (name === '--new-pin-file') return [name, this.#file('new-pin', this.pin('new'))];
    if (name === '--journal' || name === '--output') return [name, path.join(this.directory, name.slice(2))];
    if (name === '--rp') return [name, this.#relyingParty()];
    if (Array.isArray(value)) return [name, ...value.map((each) => this.#keys.values.resolved(String(each)))];
    return [name, this.#keys.values.resolved(String(value))];
  }

  #file(name: string, content: string): string {
    const file = path.join(this.directory, name);
    // A command that could not read its file must not be able to now.
    if (this.#recording.end.error?.code !== 'invalid-input') writeFileSync(file, `${content}\n`);
    return file;
  }

  /** IDs of credentials and fingerprints are told by what the client then did with them. */
  #argument(shown: string, index: number): string {
    const [noun, verb] = this.#recording.start.command;
    const length = Number(/^<(\d+) characters/.exec(shown)?.[1]);
    const isId = noun === 'credentials' || noun === 'blobs' || (noun === 'fingerprints' && index === 0);
    if (!isId || !length) return this.#keys.values.resolved(shown);
    const { error } = this.#recording.end;
    if (error?.code === 'not-found') return 'no such id';
    if (error?.code === 'ambiguous') throw new Error(`which ID "${noun} ${verb}" was given is not in a trace`);
    const alias = noun === 'fingerprints' ? this.#templateIds()[0] : this.#credentialIds()[index];
    const id = alias && this.#keys.values.bytesOf(alias);
    if (!id) throw new Error(`which ID "${noun} ${verb}" was given is not in a trace`);
    // Synthetic IDs differ from the first bytes on, but a short beginning may fit two of them.
    return toHex(id).slice(0, Math.max(length, 12));
  }

  /** Aliases, of those that were changed or else of those that were listed. */
  #credentialIds(): string[] {
    const idIn = (message: unknown) => {
      const id = isObject(message as never) && (message as { credentialID?: { id?: unknown } }).credentialID?.id;
      return typeof id === 'string' ? [id] : [];
    };
    const changed = this.#exchanges().flatMap(({ request }) =>
      isObject(request) ? idIn(request.subCommandParams) : [],
    );
    const isBlob = this.#recording.start.command[0] === 'blobs';
    const listed = this.#exchanges().flatMap(({ response }) =>
      isObject(response) && (!isBlob || response.largeBlobKey !== undefined) ? idIn(response) : [],
    );
    return [...new Set(changed.length ? changed : listed)];
  }

  #templateIds(): string[] {
    return this.#exchanges().flatMap(({ request }) => {
      const params = isObject(request) ? request.subCommandParams : undefined;
      return isObject(params) && typeof params.templateId === 'string' ? [params.templateId] : [];
    });
  }

  /** The relying party of which the client listed credentials. */
  #relyingParty(): string {
    for (const { request } of this.#exchanges()) {
      const params = isObject(request) ? request.subCommandParams : undefined;
      const hash = isObject(params) ? params.rpIDHash : undefined;
      if (typeof hash !== 'string') continue;
      const shown = this.#exchanges().find(
        ({ response }) => isObject(response) && response.rpIDHash === hash,
      )?.response;
      const id =
        isObject(shown) && isObject(shown.rp) ? /^<(\d+) characters>$/.exec(String(shown.rp.id))?.[1] : undefined;
      if (id) return relyingPartyId(Number(id), Number(/#(\d+)/.exec(hash)?.[1]));
    }
    return 'none.invalid';
  }

  #exchanges(): TraceRecord[] {
    return this.#recording.lines.filter(isExchange);
  }
}
