/** Whoever permits a function, a person or an authorisation: it does the same, with a token of its own or without. */
import { beforeEach, describe, expect, test } from 'vitest';
import { addDemoContent } from '../../../src/authenticator/demo.ts';
import { modelById } from '../../../src/authenticator/models.ts';
import {
  type Authorizer,
  config,
  credentials,
  fingerprints,
  largeBlobs,
  PERMISSION,
  Session,
  withAuthorization,
} from '../../../src/index.ts';
import { declaredKey, REAL_MODELS } from '../../support/real-models.ts';
import { World } from '../../support/software-world.ts';

const MODEL = 'ctap-2.3';
let world: World;
let session: Session;
let pin: string;

/** The same each time, so that what two of them answer can be compared. */
async function plugIn(): Promise<void> {
  world = new World('usb', MODEL);
  let drawn = 0;
  const random = (length: number) =>
    Uint8Array.from({ length }, () => {
      drawn += 7;
      return drawn & 0xff;
    });
  ({ pin } = addDemoContent(world.authenticator.state, modelById(MODEL), { randomBytes: random }));
  session = await world.openSession();
}

beforeEach(plugIn);

/** The first credential and the first fingerprint of the key. */
const first = () => {
  const { credentials: stored, fingerprints: fingers } = world.authenticator.state;
  const { credentialId, rpIDHash, user } = stored.discoverable[0]!;
  return { credential: { credentialId, rpIDHash }, user: { ...user, name: 'new' }, ...fingers.templates[0]! };
};

async function listed(authorizer: Authorizer): Promise<number> {
  let count = 0;
  for await (const rp of credentials.list(session, authorizer)) count += rp.credentials.length;
  return count;
}

const { cm, lbw, be, acfg } = PERMISSION;

const FUNCTIONS: [name: string, permissions: number, (authorizer: Authorizer) => Promise<unknown>][] = [
  ['credentials.metadata', cm, (a) => credentials.metadata(session, a)],
  ['credentials.list', cm, listed],
  ['credentials.updateUser', cm, (a) => credentials.updateUser(session, first().credential, first().user, a)],
  ['credentials.delete', cm, async (a) => (await credentials.delete(session, [first().credential], a)).kept],
  ['fingerprints.list', be, (a) => fingerprints.list(session, a)],
  ['fingerprints.rename', be, (a) => fingerprints.rename(session, first().templateId, 'new', a)],
  ['fingerprints.delete', be, (a) => fingerprints.delete(session, first().templateId, a)],
  ['largeBlobs.list', cm, (a) => largeBlobs.list(session, a)],
  ['largeBlobs.compact', cm | lbw, async (a) => (await largeBlobs.compact(session, a)).removed],
  ['config.setAlwaysUv', acfg, (a) => config.setAlwaysUv(session, true, a)],
  ['config.setMinPinLength', acfg, (a) => config.setMinPinLength(session, { newMinPINLength: 6 }, a)],
];

/** Knows the PIN, and has no finger that the key knows. */
const somebody = () => ({ ...world.interaction({ current: pin }), prefersPin: true });

/** Tokens that were got, by finger or PIN. */
const tokens = () => world.count('06/6') + world.count('06/9') + world.count('06/5');

describe.each(FUNCTIONS)('%s', (_, permissions, work) => {
  test('a person is asked for a token of its own, an authorisation is used', async () => {
    const person = somebody();
    const before = tokens();
    const outcome = await work(person);
    expect(tokens() - before).toBe(1);

    await plugIn();
    const again = await withAuthorization(session, { permissions }, somebody(), async (a) => {
      const got = tokens();
      const result = await work(a);
      expect(tokens()).toBe(got);
      return result;
    });
    expect(again).toEqual(outcome);
  });
});

test('supports() says of 108 models what requireSupport() says with a reason', async () => {
  const answers = { credentials: 0, fingerprints: 0, largeBlobs: 0 };
  for (const real of REAL_MODELS) {
    const info = await (await Session.open(declaredKey(real))).info();
    for (const [name, feature] of Object.entries({ credentials, fingerprints, largeBlobs })) {
      const supported = feature.supports(info);
      if (supported) feature.requireSupport(info);
      else expect(() => feature.requireSupport(info)).toThrow(expect.objectContaining({ code: 'unsupported' }));
      answers[name as keyof typeof answers] += Number(supported);
    }
    if (credentials.supportsUpdate(info)) credentials.requireUpdateSupport(info);
    else expect(() => credentials.requireUpdateSupport(info)).toThrow();
  }
  // Some have each feature, and some have not.
  for (const count of Object.values(answers)) expect([count > 0, count < REAL_MODELS.length]).toEqual([true, true]);
});
