/** reset-stage SECKEY PYTHON INFO.py SCENES.json: plays each scene and prints what became of it, a line of JSON each. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Cue, Played, PlayedKey, Scene } from '../support/reset-scenes.ts';
import { StagedKey } from '../support/staged-key.ts';

/** A guest takes seconds for a list, and most scenes say an id twice. */
const ids = new Map<StagedKey, Promise<string>>();

const [, , seckey = '', python = '', infoPeer = '', file = ''] = process.argv;
const PATIENCE_MS = 60_000;
/** So long a reader has to be empty before it takes another card. */
const READER_EMPTY_MS = 1_300;

let serial = 4_711_000;
for (const scene of JSON.parse(readFileSync(file, 'utf8')) as Scene[]) {
  process.stdout.write(`${JSON.stringify(await play(scene))}\n`);
}
process.exit(0);

async function play({ name, keys: parts, args, cues }: Scene): Promise<Played> {
  const keys = new Map(parts.map((part) => [part.name, new StagedKey(part, ++serial)]));
  try {
    for (const { name, out } of parts) if (!out) await keys.get(name)?.insert();
    const words = await Promise.all(args.map((word) => named(word, keys)));
    for (const key of keys.values()) key.commands.length = 0;
    const outcome = await run(words, cues, keys);
    const commands = new Map([...keys].map(([name, key]) => [name, [...key.commands]]));
    const after: Record<string, PlayedKey> = {};
    // Those that are out need the room of those that are in.
    for (const [name, key] of [...keys].sort(([, { place }]) => (place ? -1 : 1))) {
      key.calm();
      if (!key.place) {
        const before = [...keys.values()].filter(({ place }) => typeof place === 'object');
        for (const other of before) await other.remove();
        if (before.length > 0) await sleep(READER_EMPTY_MS);
        await key.insert();
      }
      after[name] = { commands: commands.get(name) ?? [], hasPin: await hasPin(key) };
    }
    return { name, ...outcome, keys: after };
  } finally {
    await Promise.all([...keys.values()].map((key) => key.stop()));
  }
}

async function run(args: readonly string[], cues: readonly Cue[], keys: Map<string, StagedKey>) {
  const child = spawn(process.execPath, [seckey, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SECKEY_DEBUG: '1' },
  });
  const ended = once(child, 'close');
  let [stdout, stderr, read] = ['', '', 0];
  const waiting = [...cues];
  let acting: Promise<unknown> = Promise.resolve();
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
    for (let cue = waiting[0]; cue; cue = waiting[0]) {
      const match = new RegExp(cue.when).exec(stderr.slice(read));
      if (!match) return;
      read += match.index + match[0].length;
      waiting.shift();
      const { do: acts } = cue;
      acting = acting.then(async () => {
        for (const act of acts) await perform(act, keys, child.pid as number);
      });
    }
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const [code, signal] = await ended;
  clearTimeout(timer);
  await acting;
  return { code: code ?? signal, stdout, stderr };
}

async function perform(act: string, keys: Map<string, StagedKey>, pid: number): Promise<unknown> {
  const [verb = '', object = '', argument] = act.split(' ');
  if (verb === 'wait') return sleep(Number(object));
  if (verb === 'stop') return process.kill(pid, 'SIGSTOP');
  if (verb === 'continue') return process.kill(pid, 'SIGCONT');
  const key = keys.get(object);
  if (!key) throw new Error(`"${act}": there is no such key`);
  switch (verb) {
    case 'remove':
      return key.remove();
    case 'insert':
      return key.insert(Number(argument ?? 0));
    case 'touch':
      return key.touch();
    case 'late':
      return key.late();
    case 'calm':
      return key.calm();
    case 'taps':
      return key.ignoreTaps(Number(argument));
    case 'cut':
    case 'brownout':
      return key.arm(verb);
    default:
      throw new Error(`nobody can do "${act}"`);
  }
}

async function named(text: string, keys: Map<string, StagedKey>): Promise<string> {
  const [, what, name = ''] = /^\{(\w+):(\w+)\}$/.exec(text) ?? [];
  const key = keys.get(name);
  if (!key) return text;
  if (what === 'serial') return String(key.authenticator.state.serial);
  ids.set(key, ids.get(key) ?? idOf(key));
  return ids.get(key) as Promise<string>;
}

async function idOf(key: StagedKey): Promise<string> {
  const transport = key.path ? 'usb' : 'nfc';
  const listed = JSON.parse(await output(process.execPath, [seckey, 'list', '--json', '--transport', transport]));
  const isIt = ({ path, reader }: Record<string, string>) => path === key.path && reader === readerOf(key);
  return listed.keys.find(isIt).id;
}

function readerOf({ place }: StagedKey): string | undefined {
  return typeof place === 'object' ? place.name : undefined;
}

/** As other people's programs see it: libfido2 over USB, python-fido2 on a reader. */
async function hasPin(key: StagedKey): Promise<boolean> {
  if (key.path) {
    const said = await output('fido2-token', ['-I', key.path]);
    const [, no] = /\b(no)?clientPin\b/.exec(said) ?? fail(`no word of a PIN in ${said}`);
    return no === undefined;
  }
  for (let tries = 0; ; tries++) {
    try {
      const { members } = JSON.parse(await output(python, [infoPeer, '--reader', `${readerOf(key)}`]));
      return members[4].clientPin;
    } catch (error) {
      // The reader says that there is a card before it has given it power.
      if (tries === 10) throw error;
    }
  }
}

function fail(message: string): never {
  throw new Error(message);
}

/** What a program prints; the keys go on living meanwhile. */
async function output(command: string, args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(command, args)).stdout;
}
