/** odd-card PORT bank|u2f: a card on a virtual reader that is no FIDO key, or has only U2F. */
import { type ServedCard, serveVpcd } from '../../../src/authenticator/serve/vpcd.ts';
import { fromHex } from '../../../src/encoding/bytes.ts';
import { FIDO_AID, INS, parseApdu } from '../../../src/transport/nfc/apdu.ts';
import { obey } from '../support/key-control.ts';

const [, , port, kind] = process.argv;

const card: ServedCard = {
  atr: fromHex('3b80800101'),
  powerOn() {},
  powerOff() {},
  async transmit(bytes) {
    const apdu = parseApdu(bytes);
    if (apdu?.ins !== INS.SELECT) return fromHex('6d00');
    const isFido = Buffer.compare(apdu.data, FIDO_AID) === 0;
    return kind === 'u2f' && isFido ? fromHex('5532465f56329000') : fromHex('6a82');
  },
};

await obey(await serveVpcd(card, { port: Number(port) }));
