import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FidoError } from '../../src/errors.ts';
import { openFileJournal } from '../../src/fleet/file-journal.ts';
import { type Journal, type JournalEntry, JournalError, journalEntry, signBatch } from '../../src/fleet/journal.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'seckey-journal-'));
  file = path.join(directory, 'journal.jsonl');
});
afterEach(() => rmSync(directory, { recursive: true }));

const signature = signBatch('1.2.3');
const entry = (id: string) => journalEntry(signature, { id, transport: 'usb' });

async function entries(journal: Journal): Promise<JournalEntry[]> {
  const all: JournalEntry[] = [];
  for await (const each of journal.read()) all.push(each);
  return all;
}

describe('a journal in a file', () => {
  test('has a line per entry, and is private', async () => {
    const journal = openFileJournal(file);
    await journal.append(entry('a'));
    await journal.append(entry('b'));
    await journal.close();
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(['a', 'b']);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('reads back what it has, of earlier runs too, and goes on', async () => {
    const first = openFileJournal(file);
    await first.append(entry('a'));
    await first.close();
    const second = openFileJournal(file);
    await second.append(entry('b'));
    expect((await entries(second)).map(({ id }) => id)).toEqual(['a', 'b']);
    // Reading moves nothing, and may be done again.
    await second.append(entry('c'));
    expect((await entries(second)).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    await second.close();
  });

  test('what a crash left of a line spoils neither the next one nor the reading', async () => {
    const first = openFileJournal(file);
    await first.append(entry('a'));
    await first.close();
    appendFileSync(file, '{"time":"2026');
    const second = openFileJournal(file);
    await second.append(entry('b'));
    expect((await entries(second)).map(({ id }) => id)).toEqual(['a', 'b']);
    await second.close();
  });

  test('lines of something else are no entries', async () => {
    appendFileSync(file, 'null\n[1]\n{"id":"x"}\n\n');
    const journal = openFileJournal(file);
    expect(await entries(journal)).toEqual([]);
    await journal.close();
  });

  test('that cannot be opened says so by its code, with what the system said', () => {
    const nowhere = path.join(directory, 'none', 'journal.jsonl');
    const failure = (() => {
      try {
        return openFileJournal(nowhere);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(JournalError);
    expect(failure).toMatchObject({
      code: 'invalid-input',
      operation: 'open',
      journal: nowhere,
      cause: { code: 'ENOENT' },
    });
    expect((failure as JournalError).hint).toBeUndefined();
  });

  test.runIf(process.platform === 'linux')('on a full disk does not take an entry, and says so', async () => {
    const journal = openFileJournal('/dev/full');
    await expect(journal.append(entry('a'))).rejects.toMatchObject({ operation: 'append', cause: { code: 'ENOSPC' } });
    expect(await entries(journal)).toEqual([]);
    await journal.close();
  });
});

describe('an entry', () => {
  test('says who did it, where and with what', () => {
    expect(signature).toMatchObject({ version: '1.2.3' });
    expect(signBatch('1.2.3').batch).not.toBe(signature.batch);
    expect(entry('a')).toMatchObject({ ...signature, id: 'a', result: 'reset' });
    expect(entry('a')).not.toHaveProperty('message');
  });

  test('of a key that failed has its code and its words', () => {
    const error = new FidoError('touch-timeout', 'the key was not touched in time; nothing was erased');
    const key = { id: 'a', transport: 'usb', serial: '7', model: 'Key' };
    expect(journalEntry(signature, key, { error })).toMatchObject({
      serial: '7',
      model: 'Key',
      result: 'touch-timeout',
      message: 'the key was not touched in time; nothing was erased',
    });
  });
});
