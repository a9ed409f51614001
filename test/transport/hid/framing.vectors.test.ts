import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex } from '../../../src/encoding/bytes.ts';
import {
  MAX_MESSAGE_SIZE,
  PACKET_SIZE,
  parsePacket,
  Reassembly,
  toPackets,
} from '../../../src/transport/hid/framing.ts';
import { vectors } from '../../support/vectors.ts';

/** Puts the packets of one message together, skipping those of other channels. */
function reassemble(packets: Uint8Array[], cid: number): Reassembly | undefined {
  let message: Reassembly | undefined;
  for (const bytes of packets) {
    const packet = parsePacket(bytes);
    if (packet?.cid !== cid) continue;
    if (packet.kind === 'init') message = new Reassembly(packet);
    else if (message && !message.add(packet)) return undefined;
  }
  return message;
}

describe('messages', () => {
  for (const { name, cid, cmd, payload, payloadLength, packetCount, packets, sha256OfAllPackets } of vectors.ctaphid
    .cases) {
    test(name, () => {
      const bytes =
        payload === undefined ? Uint8Array.from({ length: payloadLength }, (_, i) => i % 251) : fromHex(payload);
      const cut = toPackets(Number.parseInt(cid, 16), Number.parseInt(cmd, 16), bytes);
      expect(cut).toHaveLength(packetCount);
      expect(
        createHash('sha256')
          .update(concat(...cut))
          .digest('hex'),
      ).toBe(sha256OfAllPackets);
      if (packets) expect(cut.map(toHex)).toEqual(packets);
      const message = reassemble(cut, Number.parseInt(cid, 16));
      expect(message?.complete).toBe(true);
      expect(message?.command).toBe(Number.parseInt(cmd, 16));
      expect(toHex(message?.payload ?? new Uint8Array(1))).toBe(toHex(bytes));
    });
  }
});

describe('faults', () => {
  const cid = 0x0102a3b4;
  const faults = Object.fromEntries(
    // biome-ignore lint/suspicious/noExplicitAny: data
    vectors.ctaphid.reassemblyErrors.map((fault: any) => [fault.name, (fault.packets ?? []).map(fromHex)]),
  );

  test('a sequence number that is not the next one ends the message', () => {
    expect(reassemble(faults['sequence jumps from 0 to 5'], cid)).toBeUndefined();
  });
  test('a continuation of another channel is skipped, and the jump it hides is noticed', () => {
    const packets = faults['continuation on another CID'];
    expect(reassemble(packets.slice(0, 2), cid)?.complete).toBe(false);
    expect(reassemble(packets, cid)).toBeUndefined();
  });
  test('a continuation without start is nothing', () => {
    expect(reassemble(faults['continuation without an init packet'], cid)).toBeUndefined();
  });
  test('7,610 bytes are refused in both directions', () => {
    expect(() => toPackets(cid, 0x01, new Uint8Array(MAX_MESSAGE_SIZE + 1))).toThrow('at most 7609');
    const packet = parsePacket(fromHex(`0102a3b4901dba${'00'.repeat(57)}`));
    expect(() => packet?.kind === 'init' && new Reassembly(packet)).toThrow('announced length of 7610 bytes');
  });
  test('a packet of another size is none', () => {
    expect(parsePacket(new Uint8Array(63))).toBeUndefined();
    expect(parsePacket(new Uint8Array(65))).toBeUndefined();
  });
});

test('any message comes back as it was', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.integer({ min: 0, max: 0x7f }),
      fc.uint8Array({ maxLength: MAX_MESSAGE_SIZE }),
      (cid, command, payload) => {
        const packets = toPackets(cid, command, payload);
        expect(packets.every((bytes) => bytes.length === PACKET_SIZE)).toBe(true);
        const message = reassemble(packets, cid);
        expect(message?.complete && toHex(message.payload)).toBe(toHex(payload));
      },
    ),
    { numRuns: 100 },
  );
});
