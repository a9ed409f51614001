/**
 * openpgp-card PORT: a software key on a virtual reader that is an OpenPGP card as well, as YubiKeys are. The second applet
 * is an empty one: as much as makes GnuPG take the card.
 */
import { randomBytes } from 'node:crypto';
import { Authenticator, createState, modelById, NfcEndpoint } from '../../../src/authenticator/index.ts';
import { type ServedCard, serveVpcd } from '../../../src/authenticator/serve/vpcd.ts';
import { concat, fromHex } from '../../../src/encoding/bytes.ts';
import { INS, parseApdu, SW } from '../../../src/transport/nfc/apdu.ts';
import { obey } from '../support/key-control.ts';

const OPENPGP = fromHex('d27600012401');
const GET_DATA = 0xca;
/** OpenPGP card 2.0: what GET DATA answers by tag: version and serial number, history, capabilities, PINs, keys. */
const DATA: Readonly<Record<number, Uint8Array>> = {
  79: fromHex('d2760001240102000006000000010000'),
  24402: fromHex('0031c573c00140009000'),
  192: fromHex('00000000000000000000'),
  193: fromHex('010800002000'),
  194: fromHex('010800002000'),
  195: fromHex('010800002000'),
  196: fromHex('007f7f7f030003'),
};

const model = modelById('yubikey-5-nfc');
const environment = {
  now: () => Date.now(),
  randomBytes: (length: number) => new Uint8Array(randomBytes(length)),
  userPresence: async () => 'touched' as const,
  userVerification: async () => 'denied' as const,
  enrollSample: async () => 'cancelled' as const,
  save: () => {},
  onBug: (error: unknown) => console.error(error),
};
const authenticator = new Authenticator(model, createState(model, environment, 4711), environment);
const key = new NfcEndpoint(authenticator);
let openpgp = false;

const card: ServedCard = {
  atr: key.atr,
  powerOn() {
    openpgp = false;
    return key.powerOn();
  },
  powerOff() {
    key.powerOff();
  },
  async transmit(bytes) {
    const apdu = parseApdu(bytes);
    if (apdu?.ins === INS.SELECT) openpgp = Buffer.compare(apdu.data, OPENPGP) === 0;
    if (!openpgp) return key.transmit(bytes);
    if (apdu?.ins === INS.SELECT) return word(SW.ok);
    if (apdu?.ins !== GET_DATA) return word(SW.insNotSupported);
    const data = DATA[apdu.p1 * 256 + apdu.p2];
    return data === undefined ? fromHex('6a88') : concat(data, word(SW.ok));
  },
};

await obey(await serveVpcd(card, { port: Number(process.argv[2]) }));

function word(sw: number): Uint8Array {
  return Uint8Array.of(sw >> 8, sw & 0xff);
}
