/**
 * Replays each recording beside this file: the same command over keys that answer as recorded must send the same requests
 * and end the same way. A recording is a trace as `seckey --trace FILE` writes it, of a software key
 * (UPDATE_RECORDINGS=1 npx vitest run test/recordings makes them anew) or from somebody's machine (docs/traces.md).
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TraceLine } from '../../src/trace/events.ts';
import { makeRecordings, NAMES, PINS } from '../support/make-recordings.ts';
import { isExchange, readRecording } from '../support/recording.ts';
import { replay, stage } from '../support/replay.ts';

vi.mock('node:tty', async (original) => ({
  ...(await original<typeof import('node:tty')>()),
  isatty: () => stage.live?.interactive ?? stage.recording?.start.interactive ?? false,
}));

vi.mock('../../src/index.ts', async (original) => ({
  ...(await original<typeof import('../../src/index.ts')>()),
  Discovery: function Discovery() {
    return stage.keys;
  },
  softwareKeys: {
    open: async () =>
      stage.live?.finder ?? Object.assign(stage.keys!, { withSimulatedUser: (person: unknown) => person }),
  },
}));

vi.mock('../../src/cli/terminal/prompts.ts', () => {
  const saysYes = () => stage.live?.yes ?? stage.command!.saidYes;
  return {
    askHidden: async (message: string) =>
      stage.live?.pin ?? stage.command!.pin(/^Current/.test(message) ? 'current' : 'new'),
    askYesNo: async () => saysYes(),
    askText: async (message: string) => (saysYes() ? (/^Type (.*) to /.exec(message)?.[1] ?? '') : ''),
    askChoice: async (_message: string, choices: { value: { key: { id: string } } }[]) => {
      const next = stage.keys!.head;
      const id = next && 'event' in next && next.event === 'open' ? stage.keys!.values.resolved(next.key) : undefined;
      return choices.find(({ value }) => value.key.id === id)?.value;
    },
  };
});

const directory = fileURLToPath(new URL('.', import.meta.url));
const { UPDATE_RECORDINGS } = process.env;
if (UPDATE_RECORDINGS) await makeRecordings(directory, UPDATE_RECORDINGS);
const names = readdirSync(directory).filter((name) => name.endsWith('.jsonl'));

let said = '';
beforeEach(() => {
  said = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      said += text;
      return true;
    });
  }
});
afterEach(() => vi.restoreAllMocks());

test('there are recordings', () => expect(names.length).toBeGreaterThanOrEqual(12));

describe.each(names)('%s', (name) => {
  const recording = readRecording(`${directory}${name}`);
  const { exit, error } = recording.end;

  test('ends as it did when it was recorded', async () => {
    const { mismatches, ...outcome } = await replay(recording);
    expect(mismatches, said).toEqual([]);
    expect(outcome, said).toEqual({ exit, ...(error ? { error } : {}) });
  });

  test('is noticed to differ when an exchange more or less is expected', async () => {
    // How many samples of a finger a key wants, it says itself.
    const isFixed = (line: TraceLine) => isExchange(line) && line.subCommand !== 'enrollCaptureNextSample';
    const exchanges = recording.lines.flatMap((line, index) => (isFixed(line) ? [index] : []));
    for (const index of exchanges) {
      const line = recording.lines[index]!;
      for (const lines of [recording.lines.toSpliced(index, 1), recording.lines.toSpliced(index, 0, line)]) {
        const { mismatches } = await replay({ ...recording, lines }, 400);
        expect(mismatches, `${index + 2}: ${JSON.stringify(line)}`).not.toEqual([]);
      }
    }
  });
});

describe('what belongs to people is in no recording', () => {
  const texts = names.map((name) => ({ name, text: readFileSync(`${directory}${name}`, 'utf8') }));

  test('neither PINs, nor what stands for them, nor names and sites', () => {
    const pins = [PINS.demo, PINS.pin, PINS.new, PINS.wrong].flatMap((pin) => {
      const bytes = Buffer.from(pin.normalize('NFC'));
      const hash = createHash('sha256').update(bytes).digest().subarray(0, 16);
      return [pin, ...[bytes, hash].flatMap((each) => [each.toString('hex'), each.toString('base64')])];
    });
    // Of `virtual create --demo`, and of those who made the recordings.
    const demo = ['example', 'Example', 'alice', 'Alice', 'bob', 'müller', 'Müller', 'bank', 'ssh:', 'right index'];
    for (const secret of [...pins, ...demo, ...NAMES, 'contoso', tmpdir()]) {
      expect(
        texts.filter(({ text }) => text.includes(secret)).map(({ name }) => name),
        secret,
      ).toEqual([]);
    }
  });

  test('bytes are shown only of members that are public', () => {
    const members: string[] = [];
    const visit = (value: unknown, path: string[]) => {
      // COSE labels are numbers: what they belong to counts.
      if (typeof value === 'string' && value.includes("h'"))
        members.push(path.findLast((name) => /[a-z]/i.test(name)) ?? '');
      if (typeof value !== 'object' || value === null) return;
      for (const [name, member] of Object.entries(value)) visit(member, [...path, name]);
    };
    for (const { text } of texts) for (const line of text.trim().split('\n')) visit(JSON.parse(line), []);
    expect(new Set(members)).toEqual(new Set(['aaguid', 'keyAgreement']));
  });
});
