/** What BryanJacobs' FIDO2Applet does otherwise than the specification, by the source of its firmware 5. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { fido2Applet } from '../../../src/authenticator/models/fido2-applet.ts';
import type { Model } from '../../../src/authenticator/models/model.ts';
import { equalBytes } from '../../../src/encoding/bytes.ts';
import { bench } from '../support/bench.ts';
import type { Wire } from '../support/hand-made-client.ts';
import { ManagementClient, PERMISSION, PIN } from '../support/management-client.ts';

const RP_ID = 'example.com';
const rpIDHash = new Uint8Array(createHash('sha256').update(RP_ID).digest());
const clientDataHash = new Uint8Array(32).fill(1);
const map = (entries: Record<string, Wire>) => new Map<string, Wire>(Object.entries(entries));
const user = map({ id: Uint8Array.of(7), name: 'alice', displayName: 'Alice' });

/** The key, with one credential that has a largeBlobKey. */
async function applet(model: Model = fido2Applet) {
  const on = bench(model);
  const client = new ManagementClient(on, 2, 'nfc');
  await client.setPin(PIN);
  await client.authorise(PERMISSION.mc, RP_ID);
  const made = await client.command(0x01, {
    1: clientDataHash,
    2: map({ id: RP_ID, name: 'Example' }),
    3: user,
    4: [map({ alg: -7, type: 'public-key' })],
    6: map({ largeBlobKey: true }),
    7: map({ rk: true }),
    8: client.mac(clientDataHash),
    9: 2,
  });
  expect(made.status).toBe(0);
  await client.authorise(PERMISSION.cm);
  const listed = await client.credMgmt(4, { 1: rpIDHash });
  const id: Map<string, Wire> = listed.members.get(7);
  return { on, client, listed: listed.members, id, largeBlobKey: made.members.get(5) as Uint8Array };
}

test('a listed credential has no largeBlobKey; getAssertion gives it, and nobody is asked for a touch', async () => {
  const { on, client, listed, id, largeBlobKey } = await applet();
  expect(listed.get(11)).toBeUndefined();
  await client.authorise(PERMISSION.ga, RP_ID);
  const assertion = await client.command(0x02, {
    1: RP_ID,
    2: clientDataHash,
    3: [id],
    4: map({ largeBlobKey: true }),
    6: client.mac(clientDataHash),
    7: 2,
  });
  expect(assertion.status).toBe(0);
  expect(equalBytes(assertion.members.get(7), largeBlobKey)).toBe(true);
  expect(on.touchRequests).toEqual([]);
});

test('keeps neither displayName nor the name of the RP, and says OK to both', async () => {
  const { client, listed, id } = await applet();
  expect(listed.get(6)).toEqual(map({ id: Uint8Array.of(7), name: 'alice' }));
  expect((await client.credMgmt(2)).members.get(3)).toEqual(map({ id: RP_ID }));
  const renamed = map({ id: Uint8Array.of(7), name: 'bob', displayName: 'Bob' });
  expect((await client.credMgmt(7, { 2: id, 3: renamed })).status).toBe(0);
  const { members } = await client.credMgmt(4, { 1: rpIDHash });
  expect(members.get(6)).toEqual(map({ id: Uint8Array.of(7), name: 'bob' }));
});

test('says OK to the deletion of a credential that is not there', async () => {
  const { client } = await applet();
  const unknown = map({ id: new Uint8Array(112), type: 'public-key' });
  expect((await client.credMgmt(6, { 2: unknown })).status).toBe(0);
  expect((await client.credMgmt(1)).members.get(1)).toBe(1);
});

test('a key that pretends says OK and deletes and renames nothing', async () => {
  const { client, id } = await applet({
    ...fido2Applet,
    quirks: { ...fido2Applet.quirks, pretends: ['deleteCredential', 'updateUserInformation'] },
  });
  const renamed = map({ id: Uint8Array.of(7), name: 'bob' });
  expect((await client.credMgmt(7, { 2: id, 3: renamed })).status).toBe(0);
  expect((await client.credMgmt(6, { 2: id })).status).toBe(0);
  const { members } = await client.credMgmt(4, { 1: rpIDHash });
  expect(members.get(6).get('name')).toBe('alice');
});
