/**
 * The least a FIDO key can say, independent of seckey's software key: getInfo; over HID also PING, and a vendor command
 * that answers with the longest message there is.
 */
import type { ServedHidEndpoint } from '../../../src/authenticator/serve/uhid.ts';
import type { ServedCard } from '../../../src/authenticator/serve/vpcd.ts';
import { concat, fromHex, utf8 } from '../../../src/encoding/bytes.ts';
import {
  CAPABILITY,
  CTAPHID,
  HID_ERROR,
  MAX_MESSAGE_SIZE,
  parsePacket,
  Reassembly,
  toPackets,
} from '../../../src/transport/hid/framing.ts';
import { FIDO_AID, INS, parseApdu, SW } from '../../../src/transport/nfc/apdu.ts';

export const SCRIPTED_AAGUID = '00112233445566778899aabbccddeeff';

/** {1: ["FIDO_2_0"], 3: AAGUID} */
const GET_INFO = concat(fromHex('00a2018168'), utf8('FIDO_2_0'), fromHex('0350'), fromHex(SCRIPTED_AAGUID));
/** Vendor command 0x40 (CTAP 2.3 §11.2.9.3). */
const LONGEST = 0x40;
const CHANNEL = 0x0102_0304;

export function scriptedEndpoint(send: (packet: Uint8Array) => void): ServedHidEndpoint {
  let message: Reassembly | undefined;
  const reply = (cid: number, command: number, payload: Uint8Array) => {
    for (const packet of toPackets(cid, command, payload)) send(packet);
  };
  return {
    receive(bytes) {
      const packet = parsePacket(bytes);
      if (packet === undefined) return;
      if (packet.kind === 'init') message = new Reassembly(packet);
      else message?.add(packet);
      if (!message?.complete) return;
      const { cid, command, payload } = message;
      message = undefined;
      if (command === CTAPHID.INIT) {
        const channel = new Uint8Array(4);
        new DataView(channel.buffer).setUint32(0, CHANNEL);
        const versions = Uint8Array.of(2, 1, 0, 0, CAPABILITY.CBOR | CAPABILITY.NMSG);
        reply(cid, CTAPHID.INIT, concat(payload.subarray(0, 8), channel, versions));
      } else if (command === CTAPHID.PING) reply(cid, CTAPHID.PING, payload);
      else if (command === LONGEST)
        reply(
          cid,
          LONGEST,
          new Uint8Array(MAX_MESSAGE_SIZE).map((_, i) => i % 251),
        );
      else if (command === CTAPHID.CBOR && payload[0] === 0x04) reply(cid, CTAPHID.CBOR, GET_INFO);
      else reply(cid, CTAPHID.ERROR, Uint8Array.of(HID_ERROR.ERR_INVALID_CMD));
    },
    close() {
      message = undefined;
    },
  };
}

export class ScriptedCard implements ServedCard {
  readonly atr = fromHex('3b80800101');
  #selected = false;

  powerOn(): void {
    this.#selected = false;
  }

  powerOff(): void {
    this.#selected = false;
  }

  async transmit(bytes: Uint8Array): Promise<Uint8Array> {
    const apdu = parseApdu(bytes);
    if (apdu === undefined) return word(SW.wrongLength);
    if (apdu.ins === INS.SELECT) {
      this.#selected = Buffer.compare(apdu.data, FIDO_AID) === 0;
      return this.#selected ? concat(utf8('FIDO_2_0'), word(SW.ok)) : word(SW.fileNotFound);
    }
    if (!this.#selected) return word(SW.conditionsNotSatisfied);
    if (apdu.ins === INS.NFCCTAP_MSG && apdu.data[0] === 0x04) return concat(GET_INFO, word(SW.ok));
    return word(SW.insNotSupported);
  }
}

function word(sw: number): Uint8Array {
  return Uint8Array.of(sw >> 8, sw & 0xff);
}
