/**
 * A real pcscd with virtual readers, for one test file alone: in network and mount namespaces of its own, because vpcd
 * listens on every interface without asking who is there, and pcscd has one socket in /run for the whole machine.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Program, type ProgramOptions, type ProgramResult } from './program.ts';

const DRIVER = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so';
const FIRST_PORT = 35_963;
const SLOTS = 2;
/** A machine that is busy with other tests takes seconds for what takes milliseconds otherwise. */
const START_MS = 30_000;

// vpcd writes length and payload apart; without quick acknowledgements each APDU costs 40 ms (Nagle, delayed ACK).
const NAMESPACE = `
set -e
ip link set lo up
for route in "local 127.0.0.0/8" "local 127.0.0.1"; do
  ip route change $route dev lo proto kernel scope host src 127.0.0.1 table local quickack 1
done
mkdir -p /run/pcscd
mount -t tmpfs -o mode=755 tmpfs /run/pcscd
echo ready
exec sleep infinity
`;

export interface VirtualReader {
  /** As PC/SC lists it. */
  name: string;
  /** Where its card connects to, inside the namespace. */
  port: number;
}

/** A card that follows another one on the same reader has to leave it empty for a second (see serve/vpcd.ts). */
export class Pcscd {
  readonly readers: readonly VirtualReader[];
  readonly #directory: string;
  readonly #namespace: Program;
  readonly #programs = new Set<Program>();
  #daemon: Program | undefined;

  private constructor(directory: string, readers: readonly VirtualReader[], namespace: Program) {
    this.#directory = directory;
    this.readers = readers;
    this.#namespace = namespace;
  }

  /**
   * @param count of readers; they come in pairs, at most 16
   * @throws with the reason when this machine cannot do it (not root, packages missing)
   */
  static async start(count = SLOTS): Promise<Pcscd> {
    if (!existsSync(DRIVER)) throw new Error(`no ${DRIVER}: apt-get install vsmartcard-vpcd pcscd`);
    const directory = mkdtempSync(join(tmpdir(), 'seckey-pcscd-'));
    const readers = writeConfiguration(directory, Math.ceil(count / SLOTS)).slice(0, count);
    const namespace = new Program('unshare', ['--net', '--mount', 'bash', '-c', NAMESPACE]);
    const pcscd = new Pcscd(directory, readers, namespace);
    try {
      await namespace.says('ready', START_MS);
      await pcscd.startDaemon();
    } catch (error) {
      await pcscd.stop();
      throw error;
    }
    return pcscd;
  }

  async startDaemon(): Promise<void> {
    const daemon = this.spawn('pcscd', ['--foreground', '--error', '--config', join(this.#directory, 'conf')]);
    this.#daemon = daemon;
    const socket = `/proc/${this.#namespace.pid}/root/run/pcscd/pcscd.comm`;
    for (let waited = 0; !existsSync(socket); waited += 10) {
      if (waited > START_MS) {
        const { code, stdout, stderr } = await daemon.stop();
        throw new Error(`pcscd did not come up (${code}):\n${stdout}${stderr}`);
      }
      await sleep(10);
    }
  }

  /** Leaves clients and cards without a pcscd, as when its service is stopped. */
  async stopDaemon(): Promise<void> {
    await this.#daemon?.stop();
    this.#daemon = undefined;
  }

  /** What begins a line of shell that runs where this pcscd is the only one. */
  get prefix(): string {
    return `nsenter --target ${this.#namespace.pid} --mount --net --`;
  }

  /** Starts a program where this pcscd is the only one. It is stopped along with it. */
  spawn(command: string, args: readonly string[], options: ProgramOptions = {}): Program {
    const { pid } = this.#namespace;
    const inside = ['--target', `${pid}`, '--mount', '--net', `--wd=${options.cwd ?? process.cwd()}`, '--', command];
    const program = new Program('nsenter', [...inside, ...args], options);
    this.#programs.add(program);
    return program;
  }

  /** Runs a program there to its end. */
  async exec(command: string, args: readonly string[] = [], options: ProgramOptions = {}): Promise<ProgramResult> {
    const program = this.spawn(command, args, { ...options, input: options.input ?? '' });
    try {
      return await program.result(options.timeoutMs);
    } finally {
      this.#programs.delete(program);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#programs].map((program) => program.stop()));
    await this.#namespace.stop('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Every pair has a copy of the driver to itself: its two slots are static data, which a second pair would overwrite. */
function writeConfiguration(directory: string, pairs: number): VirtualReader[] {
  // pcscd takes every file of its configuration directory for text.
  const [drivers, conf] = [join(directory, 'drivers'), join(directory, 'conf')];
  mkdirSync(drivers);
  mkdirSync(conf);
  const readers: VirtualReader[] = [];
  let configuration = '';
  for (let pair = 0; pair < pairs; pair++) {
    const driver = join(drivers, `libifdvpcd${pair}.so`);
    copyFileSync(DRIVER, driver);
    const port = FIRST_PORT + SLOTS * pair;
    const channel = `0x${port.toString(16).toUpperCase()}`;
    const name = pairs === 1 ? 'Virtual PCD' : `Virtual PCD ${String.fromCharCode(65 + pair)}`;
    configuration += `FRIENDLYNAME "${name}"\nDEVICENAME /dev/null:${channel}\nLIBPATH ${driver}\nCHANNELID ${channel}\n\n`;
    for (let slot = 0; slot < SLOTS; slot++) {
      readers.push({ name: `${name} 00 0${slot}`, port: port + slot });
    }
  }
  writeFileSync(join(conf, 'readers'), configuration);
  return readers;
}
