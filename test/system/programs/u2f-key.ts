/** u2f-key: a security key from before FIDO2 in the kernel: the software key, of which CTAPHID_MSG alone is let through. */
import { randomBytes } from 'node:crypto';
import { Authenticator, createState, HidEndpoint, modelById } from '../../../src/authenticator/index.ts';
import { serveUhid } from '../../../src/authenticator/serve/uhid.ts';
import { CAPABILITY, CTAPHID, HID_ERROR, parsePacket, toPackets } from '../../../src/transport/hid/framing.ts';
import { obey } from '../support/key-control.ts';

/** Of the packet that answers INIT: behind channel, command and length come nonce, channel and three versions. */
const CAPABILITIES = 7 + 16;

const model = modelById('ctap-2.0');
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

await obey(
  await serveUhid(
    (send) => {
      const endpoint = new HidEndpoint(authenticator, {
        send(packet) {
          const reply = parsePacket(packet);
          const init = reply?.kind === 'init' && reply.command === CTAPHID.INIT;
          send(init ? packet.with(CAPABILITIES, (packet[CAPABILITIES] ?? 0) & ~CAPABILITY.CBOR) : packet);
        },
      });
      return {
        receive(bytes) {
          const packet = parsePacket(bytes);
          if (packet?.kind !== 'init' || packet.command !== CTAPHID.CBOR) return endpoint.receive(bytes);
          const refusal = Uint8Array.of(HID_ERROR.ERR_INVALID_CMD);
          for (const part of toPackets(packet.cid, CTAPHID.ERROR, refusal)) send(part);
        },
        close: () => endpoint.close(),
      };
    },
    {
      name: 'seckey Plain U2F Key',
      vendorId: 0x1209,
      productId: 0xf1d0,
      version: 0x0100,
      uniq: 'SN0003',
      onBug: (error) => console.error(error),
    },
  ),
);
