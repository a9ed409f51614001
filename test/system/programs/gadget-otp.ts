/** gadget-otp: a YubiKey whose FIDO is switched off on USB: what is left is the keyboard that types one-time passwords. */
import { fromHex } from '../../../src/encoding/bytes.ts';
import { serveGadget } from '../support/gadget.ts';
import { obey } from '../support/key-control.ts';

/** Generic Desktop, Keyboard: 8 modifier bits, a reserved byte, 6 keys. */
const KEYBOARD = fromHex('05010906a101050719e029e71500250175019508810295017508810195067508150025651900296581' + '00c0');

await obey(
  await serveGadget(
    () => ({ receive() {}, close() {} }),
    { manufacturer: 'Yubico', product: 'YubiKey OTP', serial: '', vendorId: 0x1050, productId: 0x0401 },
    { protocol: '1', report_length: '8', report_desc: KEYBOARD },
  ),
);
