import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Session } from '../../src/client/session.ts';
import { FidoError } from '../../src/errors.ts';
import { type BatchOptions, resetBatch } from '../../src/fleet/batch.ts';
import type { FleetEvent } from '../../src/fleet/events.ts';
import { type JournalEntry, JournalError } from '../../src/fleet/journal.ts';
import type { DiscoveredKey } from '../../src/transport/device.ts';
import { FakeKeyFinder } from '../support/fake-key-finder.ts';
import { blank, configured } from '../support/reset-setup.ts';
import { type Answer, discovered, ScriptedDevice } from '../support/scripted-device.ts';

const signature = { batch: 'b', user: 'u', host: 'h', version: '1' };
const full = new JournalError('journal.jsonl', 'append', Object.assign(new Error('full'), { code: 'ENOSPC' }));

/** A key in a port of its own: described once, opened once before its reset, and once after it was put back. */
class Keys {
  readonly finder = new FakeKeyFinder();
  readonly events: FleetEvent[] = [];
  readonly entries: JournalEntry[] = [];
  readonly interruption = new AbortController();
  readonly #back = new Map<string, DiscoveredKey>();
  readonly #devices = new Map<string, ScriptedDevice>();

  constructor() {
    this.finder.onRemove = (key) => {
      this.finder.remove(key);
      this.#devices.get(key.id)?.remove();
    };
    this.finder.onInsert = (key) => this.finder.insert(this.#back.get(key.id)!);
  }

  /** Present, with what it answers once it was put back. */
  insert(port: number, after: Answer[]): void {
    const over = { path: `/dev/hidraw${port}`, id: `usb-${port}`, serial: `${port}`, serialIsUnique: true };
    // Each look at the waiting ones reads them; so the last answers are never the same exchange.
    const device = new ScriptedDevice(Array(20).fill(configured));
    this.#devices.set(over.id, device);
    this.finder.insert(discovered(device, over));
    this.#back.set(over.id, discovered(new ScriptedDevice([...after, ...Array(20).fill(blank)]), over));
  }

  run(over: Partial<BatchOptions> = {}) {
    const { signal } = this.interruption;
    return resetBatch({
      finder: this.finder,
      interaction: this.finder.interaction,
      openSession: (key) => Session.open(key, { interaction: this.finder.interaction, signal }),
      timeoutMs: 2_000,
      waitMs: 300,
      signal,
      signature,
      journal: { append: async (entry) => void this.entries.push(entry) },
      report: (event) => this.events.push(event),
      ...over,
    });
  }

  /** The events in short, e.g. `2 key-failed operation-denied`. */
  get told(): string[] {
    return this.events.map((event) => {
      if (event.kind === 'waiting-for-key') return event.kind;
      if (event.kind === 'entry' || event.kind === 'entry-lost') return `${event.kind} ${event.entry.result}`;
      if (event.kind === 'batch-ended') return `${event.kind} ${event.ended} ${event.reset}+${event.failed}`;
      if (event.kind === 'key-failed') {
        const { code } = event.error as FidoError;
        return `${event.number} key-failed ${code}${event.goesOn ? '' : ', the end'}`;
      }
      return `${event.number} ${event.kind} ${event.key.id}`;
    });
  }
}

const RESET: Answer[] = [configured, 0];
const DENIED: Answer[] = [configured, 0x27];

let keys: Keys;
beforeEach(() => {
  keys = new Keys();
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(keys.finder.watchers).toBe(0);
});

describe('three keys, of which one fails', () => {
  test('the events come in order, and the others are reset', async () => {
    keys.insert(1, RESET);
    keys.insert(2, DENIED);
    keys.insert(3, RESET);
    const outcome = await keys.run({ count: 3 });
    expect(keys.told).toEqual([
      '1 key-taken usb-1',
      '1 key-reset usb-1',
      'entry reset',
      '2 key-taken usb-2',
      'entry operation-denied',
      '2 key-failed operation-denied',
      '3 key-taken usb-3',
      '3 key-reset usb-3',
      'entry reset',
      'batch-ended count-reached 2+1',
    ]);
    expect(outcome).toMatchObject({ ended: 'count-reached', reset: 2, failed: 1 });
    expect(outcome.lastError).toMatchObject({ code: 'operation-denied' });
  });

  test('each entry says who, which key, and what came of it, and is appended as it was told', async () => {
    keys.insert(1, RESET);
    keys.insert(2, DENIED);
    await keys.run({ count: 2 });
    expect(keys.entries).toMatchObject([
      { ...signature, id: 'usb-1', serial: '1', result: 'reset' },
      {
        ...signature,
        id: 'usb-2',
        result: 'operation-denied',
        message: 'the key refused the reset; nothing was erased',
      },
    ]);
    expect(keys.events.flatMap((event) => (event.kind === 'entry' ? [event.entry] : []))).toEqual(keys.entries);
  });
});

describe('how it ends', () => {
  test('nobody comes in time', async () => {
    const before = Date.now();
    expect(await keys.run({ count: 1 })).toMatchObject({ ended: 'none-came', reset: 0, failed: 0 });
    expect(keys.told).toEqual(['waiting-for-key', 'batch-ended none-came 0+0']);
    const [waiting] = keys.events;
    expect((waiting as { deadline: number }).deadline - before).toBeLessThan(1_300);
  });

  test('an interruption between two keys is the end, and no failure', async () => {
    keys.insert(1, RESET);
    const report = (event: FleetEvent) => {
      keys.events.push(event);
      if (event.kind === 'waiting-for-key') keys.interruption.abort();
    };
    expect(await keys.run({ report, waitMs: undefined })).toMatchObject({ ended: 'interrupted', reset: 1 });
    expect(keys.told.slice(3)).toEqual(['waiting-for-key', 'batch-ended interrupted 1+0']);
    const [waiting] = keys.events.slice(3);
    expect(waiting).toEqual({ kind: 'waiting-for-key', deadline: undefined });
  });

  test('an interruption in the middle of a key is noted, and thrown', async () => {
    keys.insert(1, RESET);
    keys.insert(2, RESET);
    keys.finder.onRemove = () => keys.interruption.abort();
    await expect(keys.run()).rejects.toMatchObject({ code: 'interrupted', message: 'nothing was erased' });
    expect(keys.told).toEqual([
      '1 key-taken usb-1',
      'entry interrupted',
      '1 key-failed interrupted, the end',
      'batch-ended failed 0+1',
    ]);
    expect(keys.entries).toHaveLength(1);
  });

  test('whoever interrupts the question leaves, and nothing is noted of that key', async () => {
    keys.insert(1, RESET);
    const confirm = () => Promise.reject(new FidoError('interrupted', 'interrupted'));
    expect(await keys.run({ confirm })).toMatchObject({ ended: 'left' });
    expect(keys.told).toEqual(['1 key-taken usb-1', 'batch-ended left 0+0']);
    expect(keys.finder.told).toEqual([]);
  });

  test('a key that is not meant is not reset, and the next one has its turn', async () => {
    keys.insert(1, RESET);
    keys.insert(2, RESET);
    const confirm = async ({ id }: { id: string }) => {
      if (id === 'usb-1') throw new FidoError('declined', 'that is not its name');
    };
    await keys.run({ confirm, count: 2 });
    expect(keys.entries.map(({ result }) => result)).toEqual(['declined', 'reset']);
  });

  test('a bug is noted as one, and thrown', async () => {
    keys.insert(1, RESET);
    const openSession = () => Promise.reject(new TypeError('x is undefined'));
    await expect(keys.run({ openSession })).rejects.toBeInstanceOf(TypeError);
    expect(keys.entries).toMatchObject([{ result: 'bug', message: 'this is a bug in seckey: x is undefined' }]);
    expect(keys.told.at(-1)).toBe('batch-ended failed 0+1');
  });
});

describe('a journal that cannot be written', () => {
  const journal = { append: () => Promise.reject(full) };

  test('ends the batch; what was done is told before', async () => {
    keys.insert(1, RESET);
    keys.insert(2, RESET);
    await expect(keys.run({ journal })).rejects.toBe(full);
    expect(keys.told).toEqual([
      '1 key-taken usb-1',
      '1 key-reset usb-1',
      'entry reset',
      'entry-lost reset',
      'batch-ended failed 1+0',
    ]);
  });

  test('the same for a key that failed', async () => {
    keys.insert(1, DENIED);
    await expect(keys.run({ journal })).rejects.toBe(full);
    expect(keys.told).toEqual([
      '1 key-taken usb-1',
      'entry operation-denied',
      'entry-lost operation-denied',
      'batch-ended failed 0+1',
    ]);
  });

  test('none at all is no obstacle', async () => {
    keys.insert(1, RESET);
    expect(await keys.run({ journal: undefined, count: 1 })).toMatchObject({ reset: 1 });
    expect(keys.told).toContain('entry reset');
  });
});
