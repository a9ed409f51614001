/**
 * Runs the transcripts beside this file. In a transcript, `$ ` begins a line of shell, `< ` a line of its standard input,
 * `> ` a line of standard output, `! ` a line of standard error, `? N` its exit code if that is not 0. `[...]` stands for
 * any text within a line. Other lines are comments.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scratch } from '../support/built-cli.ts';

interface Step {
  command: string;
  input: string;
  stdout: string[];
  stderr: string[];
  code: number;
}

function parse(text: string): Step[] {
  const steps: Step[] = [];
  for (const line of text.split('\n')) {
    const [mark, rest] = [line.slice(0, 1), line.slice(2)];
    const step = steps.at(-1);
    if (mark === '$') steps.push({ command: rest, input: '', stdout: [], stderr: [], code: 0 });
    else if (step && mark === '<') step.input += `${rest}\n`;
    else if (step && mark === '>') step.stdout.push(rest);
    else if (step && mark === '!') step.stderr.push(rest);
    else if (step && mark === '?') step.code = Number(rest);
  }
  return steps;
}

/** The actual lines, with what an expected `[...]` covers written as `[...]`. */
function fitted(actual: string, expected: readonly string[]): string[] {
  const lines = actual === '' ? [] : actual.replace(/\n$/, '').split('\n');
  return lines.map((line, i) => {
    const pattern = expected[i];
    if (!pattern?.includes('[...]')) return line;
    const source = pattern
      .split('[...]')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*');
    return new RegExp(`^${source}$`, 'u').test(line) ? pattern : line;
  });
}

const directory = new URL('.', import.meta.url);
const files = readdirSync(directory).filter((name) => name.endsWith('.txt'));

test('there are transcripts', () => expect(files.length).toBeGreaterThan(0));

describe.each(files)('%s', (file) => {
  let scratch: Scratch;
  beforeAll(() => {
    scratch = new Scratch();
  });
  afterAll(() => scratch.remove());

  for (const [index, step] of parse(readFileSync(new URL(file, directory), 'utf8')).entries()) {
    test(`${index + 1}. ${step.command}`, async () => {
      const outcome = await scratch.sh(step.command, step.input);
      expect({
        stdout: fitted(outcome.stdout, step.stdout),
        stderr: fitted(outcome.stderr, step.stderr),
        code: outcome.code,
      }).toEqual({ stdout: step.stdout, stderr: step.stderr, code: step.code });
    });
  }
});
