/** Ctrl-C while a software key waits for the touch of its reset, over real packets and APDUs. */
import { expect, test } from 'vitest';
import { resetKey } from '../../../src/client/reset/reset.ts';
import { Session } from '../../../src/client/session.ts';
import { World } from '../../support/software-world.ts';

test.each(['usb', 'nfc'] as const)('over %s: the key is told to stop, and nothing is erased', async (transport) => {
  const interruption = new AbortController();
  const { signal } = interruption;
  const world = new World(transport, 'ctap-2.3', { userPresence: () => new Promise(() => {}) });
  const person = world.interaction({});
  const interaction = {
    ...person,
    touch: (prompt: Parameters<typeof person.touch>[0]) => {
      person.touch(prompt);
      interruption.abort();
    },
  };
  const openSession = () => Session.open({ ...world.key, transport }, { interaction, signal });
  const resetting = resetKey(await openSession(), {
    finder: world.finder,
    interaction,
    openSession,
    vendorSerial: async () => undefined,
    timeoutMs: 5_000,
    signal,
  });
  await expect(resetting).rejects.toMatchObject({ code: 'interrupted', message: 'nothing was erased' });
  expect(world.told.slice(0, 4)).toEqual(['remove', 'insert', 'window', 'touch']);
  expect(world.authenticator.state.resets).toBe(0);
});
