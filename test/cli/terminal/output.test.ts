/** What is printed while a key works, for terminals, files and --quiet. */
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { Output } from '../../../src/cli/terminal/output.ts';

class Screen extends Writable {
  text = '';
  readonly isTTY: boolean;
  columns = 80;
  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}

function said(isTTY: boolean, quiet: boolean, work: (out: Output) => void): string {
  const stderr = new Screen(isTTY);
  const out = new Output({ json: false, quiet, color: false, stdout: new Screen(isTTY), stderr });
  work(out);
  out.waitingOver();
  return stderr.text;
}

const counting = (out: Output) => out.progress(() => 'Reading: 3 of 7', 'Reading');

test('progress counts on a terminal, and is one line without a count elsewhere', () => {
  expect(said(true, false, counting)).toContain('Reading: 3 of 7');
  expect(said(false, false, counting)).toBe('Reading\n');
});

test('--quiet is quiet for progress, and not for what somebody must do', () => {
  for (const isTTY of [true, false]) {
    expect(said(isTTY, true, counting)).toBe('');
    expect(said(isTTY, true, (out) => out.wait(() => 'Touch the key'))).toContain('Touch the key');
  }
});

test('progress takes the place of what was waited for, with --quiet too', () => {
  const after = said(true, true, (out) => {
    out.wait(() => 'Touch the key');
    counting(out);
  });
  expect(after.endsWith('\u001b[2K')).toBe(true);
});
