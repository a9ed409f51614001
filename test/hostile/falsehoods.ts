/** What no command may say or do, whatever the key does. */

import type { Ending } from '../support/in-process-cli.ts';
import type { CommandLine } from './command-lines.ts';
import type { HostileWorld } from './hostile-world.ts';

const CONTRACT: readonly number[] = [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130];
const MOST_OUTPUT = 2_000_000;

/** What is said when nothing has happened. */
const NOTHING_DONE =
  /nothing (was|is|has been)|(was|were|is) not (changed|deleted|renamed|stored|written|erased|set)|unchanged/i;

// Line breaks are the layout's; whatever a key sent must be escaped.
const DANGEROUS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u061c\ufeff]/u;

export interface Scene {
  json: boolean;
  line: string;
  done: CommandLine['done'];
  before: HostileWorld['state'];
  world: HostileWorld;
}

/** What is wrong with how a command ended. */
export function falsehoods(
  { exit, stdout, stderr, late, bug, ms }: Ending,
  { json, line, done, before, world }: Scene,
): string[] {
  const failureTexts: string[] = [];
  if (late) failureTexts.push(`had to be interrupted after ${ms} ms`);
  if (!CONTRACT.includes(exit)) failureTexts.push(`exit ${exit}: ${bug instanceof Error ? bug.stack : String(bug)}`);
  // Lines of CSV end with CR LF (RFC 4180).
  if (DANGEROUS.test(stdout.replaceAll('\r\n', '\n'))) failureTexts.push(`standard output: ${shown(stdout)}`);
  if (DANGEROUS.test(stderr)) failureTexts.push(`standard error: ${shown(stderr)}`);
  if (stdout.length + stderr.length > MOST_OUTPUT)
    failureTexts.push(`${stdout.length + stderr.length} bytes of output`);
  if (exit !== 0 && stderr === '') failureTexts.push('says nothing of its failure');
  if (json && !isOneDocument(stdout)) failureTexts.push(`not JSON: ${shown(stdout.slice(0, 300))}`);
  if (done && exit === 0 && !done(world.state, before)) {
    failureTexts.push(`says that it is done, and it is not: ${shown(stdout + stderr)}`);
  }
  if (done && exit !== 0 && NOTHING_DONE.test(stdout + stderr) && done(world.state, before)) {
    failureTexts.push(`says that it is not done, and it is: ${shown(stdout + stderr)}`);
  }
  if (world.state.pin.pinRetries < before.pin.pinRetries - 1) failureTexts.push('more than one try was spent');
  if (world.pinsRefused > 1) failureTexts.push(`sent a PIN again that was refused (${world.pinsRefused})`);
  if (world.pinsSent > 0 && !line.includes('--pin-file')) failureTexts.push('sent a PIN that nobody gave');
  return failureTexts;
}

function isOneDocument(text: string): boolean {
  try {
    // A batch has a line for each key and then one for its end.
    return (
      text.trim() !== '' &&
      text
        .trim()
        .split('\n')
        .every((line) => typeof JSON.parse(line) === 'object')
    );
  } catch {
    return false;
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 600 ? `${text.slice(0, 600)}…` : text);
}
