/**
 * Pulls the key at the packets of an enrolment and of the writing of a large blob. Whatever happens, the key holds all of
 * it or nothing, and what is said afterwards is what is so.
 */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { addDemoContent } from '../../../src/authenticator/demo.ts';
import { modelById } from '../../../src/authenticator/models.ts';
import { withAuthorization } from '../../../src/client/authorization/authorization.ts';
import { enrollFingerprint } from '../../../src/client/fingerprints/enrollment.ts';
import { setLargeBlob } from '../../../src/client/large-blobs/changes.ts';
import { setPin } from '../../../src/client/pin/set.ts';
import type { Session } from '../../../src/client/session.ts';
import { PERMISSION } from '../../../src/ctap2/commands/client-pin.ts';
import { parseLargeBlobArray } from '../../../src/ctap2/large-blob-array.ts';
import { FidoError } from '../../../src/errors.ts';
import { faulty, removeAt } from '../../support/hid-faults.ts';
import { World } from '../../support/software-world.ts';

const PIN = '12345678';

interface Flow {
  prepare(): Promise<World>;
  run(world: World, session: Session): Promise<unknown>;
  /** What the key holds, as text: one before, another after. */
  held(world: World): string;
  /** Words of a failure, for as long as nothing can have been stored, and from then on. */
  words: { before: string; after: string };
}

const blob = new Uint8Array(randomBytes(400));

const FLOWS: Record<string, Flow> = {
  enrolment: {
    prepare: async () => {
      const world = new World('usb', 'yubikey-bio');
      const session = await world.openSession();
      await setPin(session, world.interaction({ new: PIN }));
      await session.close();
      return world;
    },
    run: (world, session) =>
      withAuthorization(session, { permissions: PERMISSION.be }, world.interaction({ current: PIN }), (a) =>
        enrollFingerprint(session, a, { sensor: { maxSamples: 5 }, timeoutMs: 5_000, onSample: () => {} }),
      ),
    held: ({ authenticator }) => String(authenticator.state.fingerprints.templates.length),
    words: { before: 'nothing was stored', after: 'stays on the key' },
  },
  'large blob': {
    prepare: async () => {
      const world = new World('usb', 'yubikey-5-nfc');
      const random = (length: number) => new Uint8Array(randomBytes(length));
      addDemoContent(world.authenticator.state, modelById('yubikey-5-nfc'), { randomBytes: random });
      return world;
    },
    run: (world, session) => {
      const { discoverable } = world.authenticator.state.credentials;
      const owner = discoverable.find(({ rpId }) => rpId === 'ssh:');
      return setLargeBlob(session, owner!.credentialId, blob, world.interaction({ current: PIN }));
    },
    held: ({ authenticator }) => String(authenticator.state.largeBlobs.serializedArray.length > 400),
    words: { before: 'keeps the blobs it had', after: 'had said that the blobs are written' },
  },
};

/** @param at the packet, of both directions, counted from 0 */
async function runFlow(flow: Flow, at: number) {
  const world = await flow.prepare();
  const before = flow.held(world);
  let packets = 0;
  world.damage = {
    hid: (connection, remove) => {
      const counted = faulty(connection, {
        deliver: (packet, _at, forward) => {
          packets++;
          forward(packet);
        },
        write: (packet, _at, forward) => {
          packets++;
          return forward(packet);
        },
      });
      return removeAt(counted, at, remove);
    },
  };
  const failure = await world
    .openSession()
    .then((session) => flow.run(world, session))
    .then(
      () => undefined,
      (error: FidoError) => error,
    );
  const { serializedArray } = world.authenticator.state.largeBlobs;
  if (serializedArray.length > 0) expect(parseLargeBlobArray(serializedArray).damaged).toBe(false);
  return { failure, packets, isChanged: flow.held(world) !== before };
}

describe.each(Object.entries(FLOWS))('%s', (_, flow) => {
  test('pulled here and there', { timeout: 60_000 }, async () => {
    const whole = await runFlow(flow, Number.POSITIVE_INFINITY);
    expect([whole.failure, whole.isChanged]).toEqual([undefined, true]);
    const seen = new Set<string>();
    for (let at = whole.packets - 1; at > 0; at -= at > whole.packets - 100 ? 1 : 10) {
      const { failure, isChanged } = await runFlow(flow, at);
      expect(failure).toBeInstanceOf(FidoError);
      expect(failure?.code).toBe('key-removed');
      const message = failure?.message ?? '';
      if (message.includes(flow.words.before)) expect(isChanged, `packet ${at}: ${message}`).toBe(false);
      if (message.includes(flow.words.after)) expect(isChanged, `packet ${at}: ${message}`).toBe(true);
      if (isChanged) expect(message).toMatch(new RegExp(`not known|${flow.words.after}`));
      seen.add(message);
    }
    // Not one message for all of it.
    expect(seen.size).toBeGreaterThan(2);
  });
});
