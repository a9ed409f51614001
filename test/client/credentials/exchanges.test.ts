/** How many exchanges a listing takes on a whole software key, and how much of it is kept in memory. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { addCredential } from '../../../src/authenticator/state/credentials.ts';
import { withAuthorization } from '../../../src/client/authorization/authorization.ts';
import {
  credentialMetadata,
  credentialReadPermission,
  listCredentials,
} from '../../../src/client/credentials/credentials.ts';
import { setPin } from '../../../src/client/pin/set.ts';
import { utf8 } from '../../../src/encoding/bytes.ts';
import { COSE_ALG } from '../../../src/encoding/cose.ts';
import { World } from '../../support/software-world.ts';

const PIN = '24681357';
const bytes = (label: string, length: number) =>
  new Uint8Array(createHash('sha256').update(label).digest().subarray(0, length));

/** A key with `total` credentials, spread evenly over `rps` relying parties. */
async function filled(rps: number, total: number): Promise<World> {
  const world = new World('usb', 'ctap-2.3');
  const session = await world.openSession();
  await setPin(session, world.interaction({ new: PIN }));
  await session.close();
  for (let i = 0; i < total; i++) {
    const rpId = `site-${i % rps}.example`;
    addCredential(world.authenticator.state.credentials, {
      credentialId: bytes(`credential ${i}`, 32),
      rpIDHash: new Uint8Array(createHash('sha256').update(rpId).digest()),
      rpId,
      user: { id: utf8(`user ${i}`), name: `user-${i}@${rpId}`, displayName: `User ${i}` },
      alg: COSE_ALG.ES256,
      privateKey: bytes(`private ${i}`, 32),
      credProtect: 1,
      credRandomWithUV: bytes(`with ${i}`, 32),
      credRandomWithoutUV: bytes(`without ${i}`, 32),
      thirdPartyPayment: false,
      signCount: 0,
    });
  }
  world.processed.length = 0;
  return world;
}

test('100 credentials of 30 relying parties take R + C + 5 exchanges', async () => {
  const world = await filled(30, 100);
  const session = await world.openSession();
  const seen: string[] = [];
  const permissions = credentialReadPermission(await session.info());
  await withAuthorization(session, { permissions }, world.interaction({ current: PIN }), async (authorization) => {
    const metadata = await credentialMetadata(session, authorization);
    expect(metadata.existing).toBe(100);
    for await (const { id, credentials } of listCredentials(session, authorization, { metadata })) {
      for (const { user } of credentials) seen.push(`${id} ${user?.name}`);
    }
  });
  await session.close();
  expect(new Set(seen).size).toBe(100);
  expect(world.processed).toHaveLength(30 + 100 + 5);
  // getInfo, tries left, key agreement, token, then nothing but credential management.
  expect(world.processed.slice(0, 4)).toEqual(['04', '06/1', '06/2', '06/9']);
  expect(new Set(world.processed.slice(4))).toEqual(new Set(['0a']));
});

test('of 1,000 credentials, those of one relying party are read only once the others were taken', async () => {
  const world = await filled(50, 1000);
  const session = await world.openSession();
  await withAuthorization(
    session,
    { permissions: 0x40 },
    world.interaction({ current: PIN }),
    async (authorization) => {
      const metadata = await credentialMetadata(session, authorization);
      const before = world.processed.length;
      let taken = 0;
      for await (const { credentials } of listCredentials(session, authorization, { metadata })) {
        taken++;
        expect(credentials).toHaveLength(20);
        // All relying parties, and the credentials of those taken so far: none is read ahead, none is kept behind.
        expect(world.processed.length - before).toBe(50 + 20 * taken);
      }
      expect(taken).toBe(50);
    },
  );
  await session.close();
});
