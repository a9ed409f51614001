import { describe, expect, test } from 'vitest';
import {
  createEvent,
  destroyEvent,
  FIDO_REPORT_DESCRIPTOR,
  inputEvent,
  parseUhidEvent,
  UHID_EVENT_SIZE,
} from '../../../src/authenticator/serve/uhid-event.ts';
import { toHex } from '../../../src/encoding/bytes.ts';

const u32 = (bytes: Uint8Array, offset: number) => new DataView(bytes.buffer).getUint32(offset, true);

function event(type: number, ...parts: [offset: number, bytes: number[]][]): Uint8Array {
  const bytes = new Uint8Array(UHID_EVENT_SIZE);
  bytes[0] = type;
  for (const [offset, part] of parts) bytes.set(part, offset);
  return bytes;
}

// Offsets as a C compiler gives them for linux/uhid.h: offsetof(struct uhid_event, u.create2.…) and so on.
describe('struct uhid_event', () => {
  test('UHID_CREATE2', () => {
    const identity = { name: 'seckey Virtual Key', vendorId: 0x1209, productId: 0xf1d0, version: 0x0512, uniq: 'SN1' };
    const bytes = createEvent(identity);
    expect(bytes.length).toBe(4380);
    expect(u32(bytes, 0)).toBe(11);
    expect(new TextDecoder().decode(bytes.subarray(4, 4 + 19))).toBe('seckey Virtual Key\0');
    expect(new TextDecoder().decode(bytes.subarray(196, 200))).toBe('SN1\0');
    expect([...bytes.subarray(260, 264)]).toEqual([34, 0, 3, 0]);
    expect([u32(bytes, 264), u32(bytes, 268), u32(bytes, 272), u32(bytes, 276)]).toEqual([0x1209, 0xf1d0, 0x0512, 0]);
    expect(bytes.subarray(280, 280 + 34)).toEqual(FIDO_REPORT_DESCRIPTOR);
    expect(toHex(FIDO_REPORT_DESCRIPTOR)).toBe('06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0');
  });

  test('too long a name is cut between characters and stays terminated', () => {
    const bytes = createEvent({ name: 'é'.repeat(100), vendorId: 0, productId: 0, version: 0, uniq: 'x'.repeat(99) });
    expect(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, 130))).toBe('é'.repeat(63));
    expect([bytes[130], bytes[131], bytes[258], bytes[259]]).toEqual([0, 0, 'x'.charCodeAt(0), 0]);
  });

  test('UHID_DESTROY and UHID_INPUT2', () => {
    expect(toHex(destroyEvent())).toBe('01000000');
    expect(toHex(inputEvent(Uint8Array.of(0xaa, 0xbb)))).toBe('0c0000000200aabb');
  });

  test('UHID_OUTPUT with and without report number', () => {
    const numbered = event(6, [4, [0, 1, 2, 3]], [4 + 64, [9]], [4100, [65, 0]]);
    const parsed = parseUhidEvent(numbered);
    expect(parsed.type === 'output' && [parsed.report.length, parsed.report[0], parsed.report[63]]).toEqual([64, 1, 9]);
    const bare = parseUhidEvent(event(6, [4, [1]], [4 + 63, [9]], [4100, [64, 0]]));
    expect(bare.type === 'output' && [bare.report.length, bare.report[0], bare.report[63]]).toEqual([64, 1, 9]);
  });

  test('the life of the device, and refusals of feature reports', () => {
    expect([2, 3, 4, 5, 77].map((type) => parseUhidEvent(event(type)).type)).toEqual([
      'start',
      'stop',
      'open',
      'close',
      'unknown',
    ]);
    const get = parseUhidEvent(event(9, [4, [7, 0, 0, 1]]));
    expect(get.type === 'report-request' && toHex(get.refusal)).toBe('0a0000000700000105000000');
    const set = parseUhidEvent(event(13, [4, [7, 0, 0, 1]]));
    expect(set.type === 'report-request' && toHex(set.refusal)).toBe('0e000000070000010500');
  });
});
