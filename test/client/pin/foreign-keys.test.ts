/** PINs on keys that differ from the specification: nobody is locked out, and no try is spent without a word. */
import { expect, test } from 'vitest';
import { errorDocument } from '../../../src/cli/errors.ts';
import { pinStatus, verifyPin } from '../../../src/client/pin/pin.ts';
import { changePin, setPin } from '../../../src/client/pin/set.ts';
import type { PinInteraction } from '../../../src/client/pin/tries.ts';
import { Session } from '../../../src/client/session.ts';
import { World } from '../../support/software-world.ts';

const RIGHT = '24681357';
const WRONG = '00001111';

async function withPin(transport: 'usb' | 'nfc', model: string): Promise<World> {
  const world = new World(transport, model);
  const session = await world.openSession();
  await setPin(session, world.interaction({ new: RIGHT }));
  await session.close();
  world.processed.length = 0;
  return world;
}

/** The key as it was inserted for the `arrival`-th time. */
function inserted(world: World, transport: 'usb' | 'nfc', arrival: string): Promise<Session> {
  return Session.open({ ...world.key, id: `of ${world.authenticator.state.serial}`, transport, arrival });
}

const typing = (world: World, current: string, more: Partial<PinInteraction> = {}): PinInteraction => ({
  ...world.interaction({ current }),
  ...more,
});

const miss = (world: World, session: Session) =>
  verifyPin(session, typing(world, WRONG)).then(
    () => 'verified',
    (error) => error.code,
  );

test('pico-fido over PC/SC: a wrong PIN is a wrong PIN, not a fault of the transport', async () => {
  const world = await withPin('nfc', 'pico-fido');
  const session = await world.openSession();
  const failure = await verifyPin(session, typing(world, WRONG)).catch((error) => error);
  expect(errorDocument(failure)).toMatchObject({
    code: 'pin-invalid',
    message: 'wrong PIN, 7 tries left',
    exit: 6,
    retries: 7,
    status: 'CTAP2_ERR_PIN_INVALID',
  });
  await verifyPin(session, typing(world, RIGHT));
});

test.each(['usb', 'nfc'] as const)(
  'pico-fido over %s: after a replug it still says that it wants one, and takes the right PIN',
  async (transport) => {
    const world = await withPin(transport, 'pico-fido');
    const first = await world.openSession();
    expect([await miss(world, first), await miss(world, first), await miss(world, first)]).toEqual([
      'pin-invalid',
      'pin-invalid',
      'pin-auth-blocked',
    ]);
    await first.close();
    await world.insert();
    const session = await world.openSession();
    expect(await pinStatus(session)).toMatchObject({ retries: 5, powerCycleNeeded: true });
    world.processed.length = 0;
    world.told.length = 0;
    // Nobody says that it was replugged, so that it might be the old power cycle: no PIN is sent.
    const failure = await verifyPin(session, typing(world, RIGHT)).catch((error) => error);
    expect(failure).toMatchObject({ code: 'pin-auth-blocked', retries: 5 });
    expect(errorDocument(failure).hint).toContain('seckey pin verify --replugged');
    expect([world.count('06/9'), world.told.includes('current PIN')]).toEqual([0, false]);
    await verifyPin(session, typing(world, RIGHT, { confirmReplugged: async () => true }));
    expect(await pinStatus(session)).toMatchObject({ retries: 8, powerCycleNeeded: false });
  },
);

test('pico-fido: where this process saw the key blocked and inserted again, nobody is asked', async () => {
  const world = await withPin('usb', 'pico-fido');
  const first = await inserted(world, 'usb', '1');
  for (let i = 0; i < 3; i++) await miss(world, first);
  await first.close();
  // Another session, the same insertion: not even a yes makes it send the PIN.
  const same = await inserted(world, 'usb', '1');
  const yes = { confirmReplugged: async () => true };
  await expect(verifyPin(same, typing(world, RIGHT, yes))).rejects.toMatchObject({ code: 'pin-auth-blocked' });
  await same.close();
  await world.insert();
  const second = await inserted(world, 'usb', '2');
  await verifyPin(second, typing(world, RIGHT));
});

test('pico-fido: a try that was spent although the key was not replugged is told', async () => {
  const world = await withPin('usb', 'pico-fido');
  const session = await world.openSession();
  for (let i = 0; i < 3; i++) await miss(world, session);
  await session.close();
  const again = await world.openSession();
  const untrue = { confirmReplugged: async () => true };
  await expect(verifyPin(again, typing(world, RIGHT, untrue))).rejects.toMatchObject({
    code: 'pin-auth-blocked',
    message:
      'the key refused the PIN: it is wrong, or the key was not removed and inserted again since three wrong ones; a PIN try was spent, 4 tries left',
    retries: 4,
  });
});

test('a key that keeps to the specification refuses without spending a try, and that is told', async () => {
  const world = await withPin('usb', 'yubikey-5-nfc');
  const session = await world.openSession();
  for (let i = 0; i < 3; i++) await miss(world, session);
  await session.close();
  const again = await world.openSession();
  await expect(verifyPin(again, typing(world, RIGHT, { confirmReplugged: async () => true }))).rejects.toMatchObject({
    code: 'pin-auth-blocked',
    message:
      'three wrong PINs in a row: the key takes no more until it is removed and inserted again; no PIN try was spent, 5 tries left',
  });
});

test.each(['canokey', 'solo-1'])(
  '%s does not tell whether it wants a replug: absent, until it was seen',
  async (model) => {
    const world = await withPin('usb', model);
    const session = await world.openSession();
    expect(await pinStatus(session)).not.toHaveProperty('powerCycleNeeded');
    expect([await miss(world, session), await miss(world, session)]).toEqual(['pin-invalid', 'pin-invalid']);
    expect(await pinStatus(session)).not.toHaveProperty('powerCycleNeeded');
    expect(await miss(world, session)).toBe('pin-auth-blocked');
    expect(await pinStatus(session)).toMatchObject({ retries: 5, powerCycleNeeded: true });
    world.processed.length = 0;
    await expect(verifyPin(session, typing(world, RIGHT))).rejects.toMatchObject({ code: 'pin-auth-blocked' });
    expect(world.processed).toEqual(['06/1']);
    // Another process knows nothing, sends the PIN, and the key refuses without spending a try.
    const other = await world.openSession();
    expect(await pinStatus(other)).not.toHaveProperty('powerCycleNeeded');
    await expect(verifyPin(other, typing(world, RIGHT))).rejects.toMatchObject({
      code: 'pin-auth-blocked',
      retries: 5,
    });
  },
);

test('solo-1: the last wrong PIN is blocked, whatever status it answers', async () => {
  const world = await withPin('usb', 'solo-1');
  world.authenticator.state.pin.pinRetries = 1;
  const session = await world.openSession();
  const failure = await verifyPin(session, typing(world, WRONG)).catch((error) => error);
  expect(errorDocument(failure)).toMatchObject({ code: 'pin-blocked', retries: 0, exit: 7 });
});

test('yubico-security-key: blocked, it refuses even to tell the tries, and that is "blocked, reset it"', async () => {
  const world = await withPin('usb', 'yubico-security-key');
  world.authenticator.state.pin.pinRetries = 1;
  const session = await world.openSession();
  const last = await verifyPin(session, typing(world, WRONG)).catch((error) => error);
  const next = await verifyPin(session, typing(world, RIGHT)).catch((error) => error);
  for (const failure of [last, next]) {
    expect(errorDocument(failure)).toMatchObject({ code: 'pin-blocked', retries: 0, exit: 7 });
    expect(errorDocument(failure).hint).toContain('seckey reset');
  }
  expect(await pinStatus(session)).toMatchObject({ set: true, retries: 0 });
});

test.each(['pico-fido', 'solo-1'])('%s: a PIN that another program set first is no riddle', async (model) => {
  const world = await withPin('usb', model);
  const session = await world.openSession();
  const info = await session.info();
  Object.assign(info, { options: { ...info.options, clientPin: false } });
  await expect(setPin(session, world.interaction({ new: RIGHT }))).rejects.toMatchObject({ code: 'pin-already-set' });
});

/** The answer to the first command with a PIN in it does not arrive, or with `carriedOut` false the command itself. */
function loseAnswer(world: World, { carriedOut = true, forGood = false } = {}): void {
  let lost = false;
  const failed = Uint8Array.of(0x6f, 0x00);
  world.damage = {
    nfc: (connection, remove) => ({
      transmit: async (apdu) => {
        if (lost && forGood) remove();
        if (lost) return connection.transmit(apdu);
        lost = !carriedOut && apdu.length > 100;
        if (lost) return failed;
        const before = world.processed.length;
        const answer = await connection.transmit(apdu);
        lost = world.processed.slice(before).some((command) => /^06\/[3-59]$/.test(command));
        return lost ? failed : answer;
      },
      reconnect: () => connection.reconnect(),
      close: () => connection.close(),
    }),
  };
}

test('the answer to a PIN is lost: whether a try was spent is read and told', async () => {
  const world = await withPin('nfc', 'yubikey-5-nfc');
  loseAnswer(world);
  const failure = await verifyPin(await world.openSession(), typing(world, WRONG)).catch((error) => error);
  expect(errorDocument(failure)).toMatchObject({ exit: 4, retries: 7 });
  expect(failure.message).toContain('a PIN try was spent, 7 tries left');
  expect(errorDocument(failure).hint).not.toMatch(/run the command again/i);

  loseAnswer(world);
  const right = await verifyPin(await world.openSession(), typing(world, RIGHT)).catch((error) => error);
  expect(right.message).toContain('no PIN try was spent, 8 tries left');
});

test('the key is gone: nobody knows whether a try was spent, and no hint says to run it again', async () => {
  const world = await withPin('nfc', 'yubikey-5-nfc');
  loseAnswer(world, { forGood: true });
  const failure = await verifyPin(await world.openSession(), typing(world, WRONG)).catch((error) => error);
  expect(failure.message).toContain('whether a PIN try was spent is not known');
  expect(errorDocument(failure).hint).toContain('seckey pin status');
  expect(errorDocument(failure).hint).not.toMatch(/run the command again/i);
  expect(errorDocument(failure)).not.toHaveProperty('retries');
});

test('a change whose answer is lost: either PIN may be valid, and the new one is checked first', async () => {
  const world = await withPin('nfc', 'yubikey-5-nfc');
  loseAnswer(world);
  const change = (current: string) => async () => {
    const session = await world.openSession();
    return changePin(session, world.interaction({ current, new: '97531864' })).catch((error) => error);
  };
  const failure = await change(RIGHT)();
  expect(errorDocument(failure)).toMatchObject({ code: 'pin-uncertain', exit: 4, retries: 8 });
  expect(failure.message).toContain('either the old or the new PIN may be valid now');
  expect(errorDocument(failure).hint).toContain('Check the new PIN first: seckey pin verify');
  expect(errorDocument(failure).hint).not.toMatch(/run the command again/i);
  // It was carried out. With a wrong current PIN it was not, and the tries show it.
  loseAnswer(world);
  const wrong = await change(WRONG)();
  expect(wrong.message).toContain('the PIN was not changed, and a PIN try was spent, 7 tries left');
});

test('a PIN set whose answer is lost: the key itself tells whether it has one', async () => {
  const set = async (carriedOut: boolean) => {
    const world = new World('nfc', 'yubikey-5-nfc');
    loseAnswer(world, { carriedOut });
    return setPin(await world.openSession(), world.interaction({ new: RIGHT })).catch((error) => error);
  };
  expect(errorDocument(await set(true))).toMatchObject({
    code: 'pin-uncertain',
    hint: expect.stringContaining('pin verify'),
  });
  expect((await set(false)).message).toContain('the key still has no PIN');
});

test('the same PIN as new one is refused before anything is sent', async () => {
  const world = await withPin('usb', 'yubikey-5-nfc');
  const session = await world.openSession();
  await expect(changePin(session, world.interaction({ current: RIGHT, new: RIGHT }))).rejects.toMatchObject({
    code: 'pin-policy-violation',
    message: 'the new PIN is the same as the current one; nothing was changed',
  });
  expect(world.count('06/4')).toBe(0);
});
