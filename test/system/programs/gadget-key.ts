/** gadget-key: a scripted key on the USB gadget. */
import { serveGadget } from '../support/gadget.ts';
import { obey } from '../support/key-control.ts';
import { scriptedEndpoint } from '../support/scripted-key.ts';

await obey(
  await serveGadget(scriptedEndpoint, { manufacturer: 'seckey', product: 'Scripted USB Key', serial: 'SN0002' }),
);
