/**
 * odd-card PORT KIND: a card on a virtual reader that is no FIDO key (`bank`), has only U2F (`u2f`), or lets itself be
 * selected and then says nothing (`mute`), works for ever (`busy`) or sends its answer byte by byte (`trickle`).
 */
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
    if (apdu?.ins !== INS.SELECT) {
      process.stdout.write('asked\n');
      if (kind === 'mute') return new Promise(() => {});
      if (kind === 'busy') return fromHex('019100');
      if (kind === 'trickle') await new Promise((resolve) => setTimeout(resolve, 300));
      return fromHex(kind === 'trickle' ? '006101' : '6d00');
    }
    if (Buffer.compare(apdu.data, FIDO_AID) !== 0 || kind === 'bank') return fromHex('6a82');
    return fromHex(kind === 'u2f' ? '5532465f56329000' : '4649444f5f325f309000');
  },
};

await obey(await serveVpcd(card, { port: Number(port) }));
