/** Scenes of a reset, as data: which keys there are, what seckey is asked, and what a hand does at which words. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../support/bundle.ts';
import type { VirtualReader } from './pcscd.ts';
import { PYTHON, peer } from './peers.ts';
import { SECKEY } from './seckey.ts';

/** In the kernel with or without a USB device above it, or on a reader. */
export type Place = 'uhid' | 'gadget' | VirtualReader;

export interface Part {
  name: string;
  model: string;
  /** Where it can be put; at first it is at the first of them. */
  places: readonly Place[];
  /** Whether its USB descriptor has a serial number. */
  serial?: boolean;
  /** Lies in the drawer at first. */
  out?: boolean;
  /** Wants to be held for five seconds to be reset. */
  longTouch?: boolean;
  /** How long it waits for a touch; the model's time if absent. */
  patienceMs?: number;
  /** How long it stays off its reader at least; little is enough once seckey has seen that it is away. */
  awayMs?: number;
  /** How long after power-up it takes a reset; the model's time if absent. */
  windowMs?: number;
}

export interface Cue {
  /** Regular expression for what seckey says next. */
  when: string;
  /**
   * One after the other: `remove NAME`, `insert NAME [PLACE]`, `touch NAME`, `late NAME`, `calm NAME`, `taps NAME COUNT`,
   * `cut NAME`, `brownout NAME`, `wait MS`; `stop` and `continue` hold seckey up as a busy machine would.
   */
  do: readonly string[];
}

export interface Scene {
  name: string;
  keys: readonly Part[];
  /** Of seckey. `{serial:NAME}` and `{id:NAME}` stand for what a key is called. */
  args: readonly string[];
  cues: readonly Cue[];
}

/** What became of a scene. */
export interface Played {
  name: string;
  code: number | string;
  stdout: string;
  stderr: string;
  keys: Record<string, PlayedKey>;
}

export interface PlayedKey {
  /** Command bytes in hex that came to it while seckey ran, two digits each. */
  commands: string[];
  /** Whether it has a PIN afterwards, as python-fido2 or libfido2 sees it. */
  hasPin: boolean;
}

/** The program that plays them, and a file with them for it. `done` removes the file. */
export async function stage(scenes: readonly Scene[]): Promise<{ args: string[]; done(): void }> {
  const program = await bundle(new URL('../programs/reset-stage.ts', import.meta.url));
  const directory = mkdtempSync(join(tmpdir(), 'seckey-scenes-'));
  const file = join(directory, 'scenes.json');
  writeFileSync(file, JSON.stringify(scenes));
  return {
    args: [program, SECKEY, PYTHON, peer('info'), file],
    done: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** By name, from the lines that the program printed. */
export function played(stdout: string): Map<string, Played> {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return new Map(lines.map((line) => JSON.parse(line)).map((scene: Played) => [scene.name, scene]));
}
