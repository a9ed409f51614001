/** Deleted and renamed is what the key shows to be, whatever it says. On whole software keys, honest and lying ones. */
import { beforeEach, describe, expect, test } from 'vitest';
import { addDemoContent } from '../../../src/authenticator/demo.ts';
import { fido2Applet } from '../../../src/authenticator/models/fido2-applet.ts';
import type { Model, Quirks } from '../../../src/authenticator/models/model.ts';
import { type Authorization, withAuthorization } from '../../../src/client/authorization/authorization.ts';
import { deleteCredentials, updateUserInformation } from '../../../src/client/credentials/changes.ts';
import type { Session } from '../../../src/client/session.ts';
import { PERMISSION } from '../../../src/ctap2/commands/client-pin.ts';
import { utf8 } from '../../../src/encoding/bytes.ts';
import { FidoError } from '../../../src/errors.ts';
import { World } from '../../support/software-world.ts';

let world: World;
let session: Session;

async function key(model: string | Model): Promise<void> {
  world = new World(typeof model === 'string' ? 'usb' : 'nfc', model);
  const { state, environment } = world.authenticator;
  addDemoContent(state, world.authenticator.model, environment);
  session = await world.openSession();
}
const lying = (quirks: Partial<Quirks>): Model => ({ ...fido2Applet, quirks: { ...fido2Applet.quirks, ...quirks } });
beforeEach(() => key('feitian-epass-nfc'));

const stored = () => world.authenticator.state.credentials.discoverable;
const ofSite = (rpId: string) => stored().filter((credential) => credential.rpId === rpId);

async function authorized<T>(work: (authorization: Authorization) => Promise<T>): Promise<T> {
  const person = world.interaction({ current: '12345678' });
  return withAuthorization(session, { permissions: PERMISSION.cm }, person, (authorization) => {
    world.processed.length = 0;
    return work(authorization);
  });
}

const remove = (...sites: string[]) => {
  const wanted = sites.flatMap(ofSite);
  return authorized((authorization) => deleteCredentials(session, wanted, authorization));
};

describe('delete', () => {
  test('two of one site and one of another: what is left is read, and counted by the key', async () => {
    const outcome = await remove('example.com', 'ssh:');
    expect(outcome.deleted).toHaveLength(3);
    expect(outcome).toMatchObject({ kept: [], uncertain: [], existing: 5, failure: undefined });
    // Three to delete, one for each of two sites that have none left, and the count.
    expect(world.processed).toEqual(Array(3 + 2 + 1).fill('0a'));
  });

  test('a key that says OK and deletes nothing is not believed', async () => {
    await key(lying({ pretends: ['deleteCredential'] }));
    const outcome = await remove('example.com');
    expect(outcome).toMatchObject({ deleted: [], existing: 8, failure: { code: 'refused' } });
    expect(outcome.kept).toHaveLength(2);
    expect((outcome.failure as Error).message).toContain('still lists');
  });

  test('a key that loses its tongue after deleting: that it is deleted is not said', async () => {
    const process = world.authenticator.process;
    let deleted = false;
    world.authenticator.process = async (request, options) => {
      if (deleted) return Uint8Array.of(0x7f);
      deleted = request[0] === 0x0a && request[3] === 6;
      return process(request, options);
    };
    const outcome = await remove('ssh:');
    expect(outcome).toMatchObject({
      deleted: [],
      kept: [],
      uncertain: [{ rpId: 'ssh:' }],
      failure: { code: 'refused' },
    });
  });

  test('a key that is taken out: the one under way is uncertain, the one before as well, the next is kept', async () => {
    const process = world.authenticator.process;
    let deletions = 0;
    world.authenticator.process = async (request, options) => {
      const answer = await process(request, options);
      if (request[0] === 0x0a && request[3] === 6 && ++deletions === 2) world.remove();
      return answer;
    };
    const outcome = await remove('example.com', 'ssh:');
    expect(outcome).toMatchObject({ deleted: [], failure: { code: 'key-removed' } });
    expect([outcome.uncertain.length, outcome.kept.length]).toEqual([2, 1]);
  });
});

describe('update', () => {
  const update = (site: string, names: { name?: string; displayName?: string }) => {
    const [credential] = ofSite(site);
    if (!credential) throw new Error('no such credential');
    const before = { ...credential.user };
    return authorized((authorization) =>
      updateUserInformation(session, credential, { id: before.id, ...names }, authorization, { before }),
    );
  };

  test('what the key shows is what was wanted: one exchange, and one to see it', async () => {
    const { credential, shortened } = await update('ssh:', { name: 'bob', displayName: 'Bob' });
    expect([credential.user?.name, credential.user?.displayName, shortened]).toEqual(['bob', 'Bob', []]);
    expect(world.processed).toEqual(['0a', '0a']);
    expect((await update('ssh:', {})).credential.user?.name).toBeUndefined();
  });

  test('FIDO2Applet keeps no display name: says so, and what it did change', async () => {
    await key(fido2Applet);
    const failure = await update('ssh:', { name: 'bob', displayName: 'Bob' }).catch((error) => error);
    expect(failure).toBeInstanceOf(FidoError);
    expect(failure).toMatchObject({
      code: 'refused',
      message: 'the key changed the account name, but it keeps no display name',
    });
    expect((await update('ssh:', { name: 'carol' })).credential.user?.name).toBe('carol');
  });

  test.each([
    ['another name', 'bob'],
    ['a longer one that begins like the old one', 'alice of wonderland'],
  ])('a key that says OK and keeps the old name is not believed: %s', async (_, name) => {
    await key(lying({ pretends: ['updateUserInformation'] }));
    await expect(update('ssh:', { name })).rejects.toMatchObject({
      code: 'refused',
      message: 'the key said that the passkey is changed, but it still shows the old account name',
    });
  });

  test('a key may keep the beginning of a long name', async () => {
    const process = world.authenticator.process;
    world.authenticator.process = async (request, options) => {
      const answer = await process(request, options);
      const user = ofSite('ssh:')[0]?.user;
      if (request[3] === 7 && user?.name) user.name = new TextDecoder().decode(utf8(user.name).subarray(0, 63));
      return answer;
    };
    const { shortened } = await update('ssh:', { name: 'ü'.repeat(40) });
    expect(shortened).toEqual(['name']);
  });

  test('a credential that is gone afterwards', async () => {
    const process = world.authenticator.process;
    world.authenticator.process = async (request, options) => {
      const answer = await process(request, options);
      if (request[3] === 7) stored().splice(0);
      return answer;
    };
    await expect(update('ssh:', { name: 'bob' })).rejects.toMatchObject({ code: 'not-found' });
  });
});
