/** gadget-software-key MODEL: a software key on the USB gadget, with a hand that touches when asked. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Authenticator, createState, HidEndpoint, modelById } from '../../../src/authenticator/index.ts';
import { serveGadget } from '../support/gadget.ts';
import { obey } from '../support/key-control.ts';

const model = modelById(process.argv[2] ?? 'ctap-2.3');
const environment = {
  now: () => Date.now(),
  randomBytes: (length: number) => new Uint8Array(randomBytes(length)),
  userPresence: async () => {
    await sleep(200);
    return 'touched' as const;
  },
  userVerification: async () => 'denied' as const,
  save: () => {},
  onBug: (error: unknown) => console.error(error),
};
const authenticator = new Authenticator(model, createState(model, environment, 4711), environment as never);
await obey(
  await serveGadget(
    async (send) => {
      await authenticator.powerCycle();
      return new HidEndpoint(authenticator, { send });
    },
    {
      manufacturer: model.usb?.manufacturer ?? 'seckey',
      product: model.usb?.product ?? 'key',
      serial: 'SN4711',
      // Of Solo, whose keys are known to have serial numbers of their own.
      vendorId: 0x0483,
      productId: 0xa2ca,
    },
  ),
);
process.exit(0);
