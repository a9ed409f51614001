/** The built command line, as users have it, run inside a pcscd's namespaces with software keys of its own. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import { bundle } from '../../support/bundle.ts';
import type { Pcscd } from './pcscd.ts';
import { type PeerName, PYTHON, parsePeer, peer } from './peers.ts';
import type { Program, ProgramOptions, ProgramResult } from './program.ts';

export const SECKEY = fileURLToPath(new URL('../../../bin/seckey.js', import.meta.url));

/** @throws if dist/ is missing: a system test that cannot run says so. */
export function requireBuild(): void {
  const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
  if (!existsSync(main)) throw new Error('dist/ is missing: run "npm run build" first');
}

/** Readers of a pcscd have neighbouring ports, in a network of its own. */
const STEADY_POWER_OFFSET = 1000;

/** A JSON document whose shape the test knows. */
// biome-ignore lint/suspicious/noExplicitAny: what a program printed is data
export type Document = Record<string, any>;

export class InstalledSeckey {
  readonly pcscd: Pcscd;
  readonly directory = mkdtempSync(join(tmpdir(), 'seckey-test-'));
  #served: Program | undefined;
  #power: Program | undefined;
  #lifts = 0;

  constructor(pcscd: Pcscd) {
    requireBuild();
    this.pcscd = pcscd;
  }

  /** Runs seckey to its end. It must end by itself: a leak that only the exit at the end of its patience covers fails. */
  async seckey(args: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
    const result = await this.pcscd.exec('node', [SECKEY, ...args], this.#with(options));
    expect(result.stderr, `seckey ${args.join(' ')}`).not.toContain('did not end by itself');
    return result;
  }

  /** Runs seckey and expects this exit code; answers its JSON document. */
  async json(args: readonly string[], code = 0, options: ProgramOptions = {}): Promise<Document> {
    const result = await this.seckey([...args, '--json'], options);
    expect(`${result.code}`, `seckey ${args.join(' ')}:\n${result.stdout}${result.stderr}`).toBe(`${code}`);
    return JSON.parse(result.stdout);
  }

  /** Runs lines of shell with `seckey` as a command. */
  shell(lines: string, options: ProgramOptions = {}): Promise<ProgramResult> {
    return this.pcscd.exec('bash', ['-c', `seckey() { node '${SECKEY}' "$@"; }\n${lines}`], this.#with(options));
  }

  start(args: readonly string[], options: ProgramOptions = {}): Program {
    return this.pcscd.spawn('node', [SECKEY, ...args], this.#with(options));
  }

  /** What python-fido2 does on the first reader with a card; expected to succeed. */
  async python(name: PeerName, args: readonly string[] = [], input: unknown = {}): Promise<Document> {
    const result = await this.pythonResult(name, args, input);
    expect(result.code, `${name} ${args.join(' ')}:\n${result.stdout}${result.stderr}`).toBe(0);
    return parsePeer(result);
  }

  /** The same, however it ends. */
  pythonResult(name: PeerName, args: readonly string[] = [], input: unknown = {}): Promise<ProgramResult> {
    const options = { input: JSON.stringify(input) };
    return this.pcscd.exec(PYTHON, [peer(name), '--reader', 'Virtual PCD', ...args], options);
  }

  /** A file with a PIN in its first line. */
  pinFile(pin: string): string {
    const path = join(this.directory, `pin-${Buffer.from(pin).toString('hex')}`);
    writeFileSync(path, `${pin}\n`, { mode: 0o600 });
    return path;
  }

  /**
   * Makes a software key and lays it on the reader with this index.
   * @param steadyPower it keeps its power until it is lifted, see programs/steady-power.ts
   */
  async serve(
    name: string,
    model: string,
    { reader = 0, hand = 'auto', demo = false, steadyPower = false } = {},
  ): Promise<void> {
    await this.json(['virtual', 'create', name, '--model', model, '--hand', hand, ...(demo ? ['--demo'] : [])]);
    const slot = this.pcscd.readers[reader]?.port ?? 0;
    const port = steadyPower ? await this.#steadyPower(slot) : slot;
    this.#served = this.start(['virtual', 'serve', name, '--vpcd', `localhost:${port}`, '--stdin']);
    await this.#served.says('reader at');
  }

  /** A hand for the key that was served last: `remove`, `insert`, `replug` or `touch`. */
  hand(action: string): void {
    this.#served?.write(action);
  }

  /** Lifts the card and lays it down again: presence for one more ceremony. Returns once it can be used. */
  async lift(): Promise<void> {
    this.#lifts++;
    this.hand('replug');
    await this.#served?.complains(new RegExp(`(?:is in again[\\s\\S]*){${this.#lifts}}`));
    // The reader says that there is a card before it has given it power.
    await vi.waitFor(async () => expect((await this.pythonResult('info')).code).toBe(0), { timeout: 10_000 });
  }

  /** Ends serving; the program must end by itself. */
  async unserve(): Promise<ProgramResult | undefined> {
    const result = await this.#served?.stop('SIGINT');
    this.#served = undefined;
    this.#lifts = 0;
    return result;
  }

  async close(): Promise<void> {
    await this.unserve();
    await this.#power?.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** @returns the port where a card keeps its power on the reader at `slot`. */
  async #steadyPower(slot: number): Promise<number> {
    const port = slot + STEADY_POWER_OFFSET;
    const program = await bundle(new URL('../programs/steady-power.ts', import.meta.url));
    this.#power = this.pcscd.spawn(process.execPath, [program, `${port}`, `${slot}`]);
    await this.#power.says('steady');
    return port;
  }

  #with(options: ProgramOptions): ProgramOptions {
    return { ...options, env: { XDG_STATE_HOME: this.directory, SECKEY_DEBUG: '1', ...options.env } };
  }
}
