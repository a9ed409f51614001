/** uhid-key: a scripted key in the kernel. */
import { serveUhid } from '../../../src/authenticator/serve/uhid.ts';
import { obey } from '../support/key-control.ts';
import { scriptedEndpoint } from '../support/scripted-key.ts';

await obey(
  await serveUhid(scriptedEndpoint, {
    name: 'seckey Scripted Key',
    vendorId: 0x1209,
    productId: 0xf1d0,
    version: 0x0100,
    uniq: 'SN0001',
    onBug: (error) => console.error(error),
  }),
);
