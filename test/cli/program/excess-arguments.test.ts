/** An argument that a command does not take is an error, whichever command it is. */
import type { Argument } from 'commander';
import { describe, expect, test } from 'vitest';
import type { CommandUnknownOpts } from '../../../src/cli/commander.ts';
import { errorDocument } from '../../../src/cli/errors.ts';
import { buildProgram, runProgram } from '../../../src/cli/program/program.ts';

const EXCESS = 'excess-8765';

function commandsOf(
  command: CommandUnknownOpts,
  path: readonly string[] = [],
): { path: string[]; command: CommandUnknownOpts }[] {
  if (command.commands.length === 0) return [{ path: [...path], command }];
  return command.commands.flatMap((each) => commandsOf(each, [...path, each.name()]));
}

async function failureOf(argv: readonly string[]): Promise<ReturnType<typeof errorDocument>> {
  const { signal } = new AbortController();
  const outcome = await runProgram(argv, signal).catch((error: unknown) => errorDocument(error));
  if (typeof outcome === 'number') throw new Error(`it ended with ${outcome}`);
  return outcome;
}

const all = commandsOf(buildProgram(() => async () => {}));
const isVariadic = ({ command }: { command: CommandUnknownOpts }) =>
  command.registeredArguments.some(({ variadic }) => variadic);
/** One that the command takes. */
const fitting = ({ argChoices }: Argument) => argChoices?.[0] ?? '8';

test('these alone take any number', () => {
  expect(all.length).toBeGreaterThan(30);
  expect(all.filter(isVariadic).map(({ path }) => path.join(' '))).toEqual(['credentials delete', 'virtual serve']);
});

test.each(all.filter((each) => !isVariadic(each)))('$path', async ({ path, command }) => {
  const argv = [...path, ...command.registeredArguments.map(fitting), EXCESS];
  const { code, exit, message, hint } = await failureOf(argv);
  expect({ code, exit }).toEqual({ code: 'usage', exit: 2 });
  expect(message).toContain(`${path.join(' ')} takes `);
  expect(message + hint).not.toContain(EXCESS);
});

describe('what is given to pin may be a PIN, and is not repeated', () => {
  test.each([
    [['pin', 'set', EXCESS], 'choose another one'],
    [['pin', 'change', EXCESS], 'seckey pin change'],
    [['pin', 'verify', '--json', EXCESS], 'seckey pin change'],
    [['pin', EXCESS], 'seckey pin change'],
    [['pin', 'set', '--', EXCESS], 'choose another one'],
  ])('%j', async (argv, advice) => {
    const { exit, message, hint } = await failureOf(argv);
    expect(exit).toBe(2);
    expect(message + hint).not.toContain(EXCESS);
    expect(hint).toContain("it may now be in your shell's history");
    expect(hint).toContain(advice);
  });

  test.each([
    [['pin', 'set', `--pin=${EXCESS}`]],
    [['pin', 'set', `-p${EXCESS}`]],
    [['pin', 'set', `--generate=${EXCESS}`]],
    [['--json', 'pin', 'set', '--pin', EXCESS]],
    [['pin', 'min-length', EXCESS]],
  ])('%j', async (argv) => {
    const { exit, message, hint } = await failureOf(argv);
    expect(exit).toBe(2);
    expect(message + hint).not.toContain(EXCESS);
  });
});
