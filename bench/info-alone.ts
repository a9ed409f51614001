/**
 * Started by bench/clean-exits.ts where its pcscd is: getInfo through the PC/SC library in this very process, which closes
 * everything and then has to end by itself.
 */
import { NfcBackend } from '../src/transport/nfc/backend.ts';
import { openPcsc } from '../src/transport/nfc/pcsc.ts';

const backend = new NfcBackend(await openPcsc());
const [key] = await backend.list();
if (!key) throw new Error('no key');
const device = await key.open();
const [status] = await device.transact(Uint8Array.of(4));
if (status !== 0) throw new Error(`status ${status}`);
await device.close();
await backend.close();
process.stdout.write('done\n');
