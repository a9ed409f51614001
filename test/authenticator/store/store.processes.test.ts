import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { VirtualKeyStore } from '../../../src/authenticator/store/store.ts';
import { bundle } from '../../support/bundle.ts';

let holder: string;
let saver: string;
let directory: string;
let store: VirtualKeyStore;
let children: ChildProcessWithoutNullStreams[];

beforeAll(async () => {
  holder = await bundle(new URL('../../support/programs/store-holder.ts', import.meta.url));
  saver = await bundle(new URL('../../support/programs/store-saver.ts', import.meta.url));
});

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'seckey-store-'));
  store = new VirtualKeyStore(directory);
  children = [];
  await store.create('demo', { model: 'm', hand: 'auto', state: { n: 0, filling: '0'.padEnd(10, '.') } });
});

afterEach(async () => {
  await Promise.all(children.map((child) => end(child, 'SIGKILL')));
  rmSync(directory, { recursive: true, force: true });
});

function start(program: string): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [program, directory, 'demo']);
  children.push(child);
  return child;
}

async function end(child: ChildProcessWithoutNullStreams, signal?: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  if (signal === undefined) child.stdin.end();
  else child.kill(signal);
  await exited;
}

async function firstLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  const [line] = await once(createInterface(child.stdout), 'line');
  return line;
}

describe('two processes', () => {
  test('cannot have one key; the message names the other, and leaving without a word gives it back', async () => {
    const other = start(holder);
    expect(await firstLine(other)).toBe('open');
    await expect(store.open('demo')).rejects.toMatchObject({
      code: 'virtual-key-in-use',
      message: expect.stringContaining(`process ${other.pid}`),
    });
    await end(other);
    expect(readdirSync(directory)).toEqual(['demo.json']);
    (await store.open('demo')).close();
  });

  test('a killed one is inherited from', async () => {
    const other = start(holder);
    expect(await firstLine(other)).toBe('open');
    await end(other, 'SIGKILL');
    expect(readdirSync(directory)).toHaveLength(2);
    (await store.open('demo')).close();
    expect(readdirSync(directory)).toEqual(['demo.json']);
  });

  test.skipIf(process.platform !== 'linux')(
    'a dead one whose number another process got is inherited from',
    async () => {
      writeFileSync(join(directory, 'demo.json@1-999999999-00.lock'), '1\n');
      (await store.open('demo')).close();
      expect(readdirSync(directory)).toEqual(['demo.json']);
    },
  );

  test('of many that find a dead owner at once, exactly one is the next', { timeout: 60_000 }, async () => {
    for (let round = 0; round < 4; round++) {
      const dead = start(holder);
      expect(await firstLine(dead)).toBe('open');
      await end(dead, 'SIGKILL');
      const racers = Array.from({ length: 6 }, () => start(holder));
      const lines = await Promise.all(racers.map(firstLine));
      expect(lines.filter((line) => line === 'open')).toHaveLength(1);
      expect(lines.filter((line) => line.startsWith('virtual-key-in-use'))).toHaveLength(5);
      await Promise.all(racers.map((racer) => end(racer)));
    }
  });
});

test('killed while saving, the file is always one whole version, and none that was confirmed is lost', async () => {
  let last = 0;
  for (let round = 0; round < 12; round++) {
    const child = start(saver);
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, 5 + round * 7));
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
    const { state } = JSON.parse(readFileSync(join(directory, 'demo.json'), 'utf8'));
    const confirmed = Number(said.trimEnd().split('\n').at(-1));
    expect([confirmed, confirmed + 1]).toContain(state.n);
    expect(state.filling).toBe(String(state.n).padEnd(state.n % 2 ? 200_000 : 10, '.'));
    last = state.n;
  }
  const key = await store.open('demo');
  expect(key.document.state).toMatchObject({ n: last });
  key.close();
  expect(readdirSync(directory)).toEqual(['demo.json']);
});
