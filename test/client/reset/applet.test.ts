/** Resets over APDUs of a card that deselects its applet by them, as FIDO2Applet does. */
import { expect, test } from 'vitest';
import { setPin } from '../../../src/client/pin/set.ts';
import { resetKey } from '../../../src/client/reset/reset.ts';
import { CardResetError } from '../../../src/transport/nfc/connection.ts';
import { World } from '../../support/software-world.ts';

async function reset(world: World) {
  const interaction = world.interaction({ new: '24681357' });
  const before = await world.openSession();
  await setPin(before, interaction);
  return resetKey(before, {
    finder: world.finder,
    interaction,
    openSession: () => world.openSession(),
    vendorSerial: async () => undefined,
    timeoutMs: 5_000,
    lookAgainMs: 1_000,
  });
}

test('until SELECT it answers 6D00, and is no failure', async () => {
  const world = new World('nfc', 'fido2-applet');
  const after = await reset(world);
  expect((await after.info()).options?.clientPin).toBe(false);
  expect(world.authenticator.state.resets).toBe(1);
});

test('a card that loses its power besides is taken again', async () => {
  const world = new World('nfc', 'fido2-applet');
  let resets = 0;
  world.damage = {
    nfc: (wire) => ({
      transmit: async (apdu) => {
        // The first SELECT after the reset meets a card that was reset meanwhile.
        if (world.authenticator.state.resets === 1 && resets === 0 && apdu[1] === 0xa4) {
          resets++;
          throw new CardResetError();
        }
        return wire.transmit(apdu);
      },
      reconnect: () => wire.reconnect(),
      close: () => wire.close(),
    }),
  };
  await reset(world);
  expect(resets).toBe(1);
  expect(world.authenticator.state.resets).toBe(1);
});
