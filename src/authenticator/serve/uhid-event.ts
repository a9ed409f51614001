/** `struct uhid_event` of linux/uhid.h: packed, little-endian, a 32-bit type and then a union. Pure. */

export const UHID = {
  DESTROY: 1,
  START: 2,
  STOP: 3,
  OPEN: 4,
  CLOSE: 5,
  OUTPUT: 6,
  GET_REPORT: 9,
  GET_REPORT_REPLY: 10,
  CREATE2: 11,
  INPUT2: 12,
  SET_REPORT: 13,
  SET_REPORT_REPLY: 14,
} as const;

/** sizeof(struct uhid_event): the kernel hands out one whole event a read; shorter ones written are taken as padded. */
export const UHID_EVENT_SIZE = 4380;

const DATA_MAX = 4096;
const BUS_USB = 3;
const EIO = 5;

/** One 64-byte report each way, no report numbers (CTAP 2.3 §11.2.8.2). */
export const FIDO_REPORT_DESCRIPTOR = Uint8Array.of(
  ...[0x06, 0xd0, 0xf1, 0x09, 0x01, 0xa1, 0x01], // usage page FIDO, usage authenticator, collection
  ...[0x09, 0x20, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x81, 0x02], // 64 bytes in
  ...[0x09, 0x21, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x91, 0x02], // 64 bytes out
  0xc0,
);

/** What the kernel tells programs of the key. */
export interface UhidIdentity {
  /** Maker and product, at most 127 bytes of UTF-8. */
  name: string;
  vendorId: number;
  productId: number;
  /** bcdDevice. */
  version: number;
  /** Serial number, at most 63 bytes. */
  uniq: string;
}

export function createEvent({ name, vendorId, productId, version, uniq }: UhidIdentity): Uint8Array {
  const event = new Uint8Array(UHID_EVENT_SIZE);
  const view = new DataView(event.buffer);
  view.setUint32(0, UHID.CREATE2, true);
  putText(event, 4, 128, name);
  putText(event, 4 + 128 + 64, 64, uniq);
  const numbers = 4 + 128 + 64 + 64;
  view.setUint16(numbers, FIDO_REPORT_DESCRIPTOR.length, true);
  view.setUint16(numbers + 2, BUS_USB, true);
  view.setUint32(numbers + 4, vendorId, true);
  view.setUint32(numbers + 8, productId, true);
  view.setUint32(numbers + 12, version, true);
  event.set(FIDO_REPORT_DESCRIPTOR, numbers + 20);
  return event;
}

/** NUL-terminated. A text that is too long is cut between two characters. */
function putText(event: Uint8Array, offset: number, size: number, text: string): void {
  new TextEncoder().encodeInto(text, event.subarray(offset, offset + size - 1));
}

export function destroyEvent(): Uint8Array {
  return Uint8Array.of(UHID.DESTROY, 0, 0, 0);
}

/** A report from the key to the computer. */
export function inputEvent(report: Uint8Array): Uint8Array {
  const event = new Uint8Array(6 + report.length);
  event[0] = UHID.INPUT2;
  new DataView(event.buffer).setUint16(4, report.length, true);
  event.set(report, 6);
  return event;
}

export type UhidEvent =
  | { type: 'start' | 'stop' | 'open' | 'close' | 'unknown' }
  | { type: 'output'; report: Uint8Array }
  /**
   * A request for a feature report, which FIDO keys do not have; the kernel waits 5 s until this `refusal` is written.
   */
  | { type: 'report-request'; refusal: Uint8Array };

/** Reads one event of the kernel. `report` comes without the report number 0 in front, and is a view. */
export function parseUhidEvent(event: Uint8Array): UhidEvent {
  const view = new DataView(event.buffer, event.byteOffset, event.byteLength);
  switch (view.getUint32(0, true)) {
    case UHID.START:
      return { type: 'start' };
    case UHID.STOP:
      return { type: 'stop' };
    case UHID.OPEN:
      return { type: 'open' };
    case UHID.CLOSE:
      return { type: 'close' };
    case UHID.OUTPUT: {
      const size = view.getUint16(4 + DATA_MAX, true);
      return { type: 'output', report: event.subarray(size === 65 ? 5 : 4, 4 + size) };
    }
    case UHID.GET_REPORT:
      return { type: 'report-request', refusal: refusal(UHID.GET_REPORT_REPLY, view.getUint32(4, true), 12) };
    case UHID.SET_REPORT:
      return { type: 'report-request', refusal: refusal(UHID.SET_REPORT_REPLY, view.getUint32(4, true), 10) };
    default:
      return { type: 'unknown' };
  }
}

function refusal(type: number, id: number, size: number): Uint8Array {
  const event = new Uint8Array(size);
  const view = new DataView(event.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, id, true);
  view.setUint16(8, EIO, true);
  return event;
}
