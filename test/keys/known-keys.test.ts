import { expect, test } from 'vitest';
import { FidoError } from '../../src/errors.ts';
import { KnownKeys } from '../../src/keys/known-keys.ts';
import type { DiscoveredKey } from '../../src/transport/device.ts';
import { World } from '../support/software-world.ts';

/** A key at a place; `opened` counts how often somebody looked into it. */
function keyAt(path: string, { broken = false } = {}) {
  const world = new World('usb');
  const state = { opened: 0, broken };
  const key: DiscoveredKey = {
    ...world.key,
    id: `usb-${path}`,
    transport: 'usb',
    path,
    open: () => {
      state.opened++;
      if (state.broken) return Promise.reject(new FidoError('access-denied', 'not yet'));
      return world.key.open();
    },
  };
  return { key, state };
}

const ids = (candidates: readonly { description: { id: string } }[]) =>
  candidates.map(({ description }) => description.id);

test('a key is opened once while it stays, and again when it comes back', async () => {
  const known = new KnownKeys();
  const { key, state } = keyAt('/dev/hidraw0');
  expect(ids((await known.update([key])).added)).toEqual(['usb-/dev/hidraw0']);
  expect(await known.update([key])).toEqual({ added: [], removed: [] });
  expect(state.opened).toBe(1);
  expect(ids((await known.update([])).removed)).toEqual(['usb-/dev/hidraw0']);
  expect(known.all).toEqual([]);
  expect(ids((await known.update([key])).added)).toEqual(['usb-/dev/hidraw0']);
  expect(state.opened).toBe(2);
});

test('the others stay known when one goes', async () => {
  const known = new KnownKeys();
  const [a, b] = [keyAt('/dev/hidraw0'), keyAt('/dev/hidraw1')];
  await known.update([a.key, b.key]);
  const { added, removed } = await known.update([b.key]);
  expect({ added, removed: ids(removed) }).toEqual({ added: [], removed: ['usb-/dev/hidraw0'] });
  expect(b.state.opened).toBe(1);
});

test('a key that cannot be opened at first is tried again for a while, and then believed', async () => {
  const known = new KnownKeys({ retryMs: 60_000 });
  const { key, state } = keyAt('/dev/hidraw0', { broken: true });
  const first = await known.update([key]);
  expect(first.added[0]?.description.error?.code).toBe('access-denied');
  state.broken = false;
  const second = await known.update([key]);
  expect(second.added[0]?.description.error).toBeUndefined();
  expect(second.removed).toHaveLength(1);
  await known.update([key]);
  expect(state.opened).toBe(2);

  const patient = new KnownKeys();
  const other = keyAt('/dev/hidraw1', { broken: true });
  await patient.update([other.key]);
  await patient.update([other.key]);
  expect(other.state.opened).toBe(1);
});
