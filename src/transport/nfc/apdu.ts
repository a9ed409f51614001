/** ISO 7816-4 APDUs as CTAP uses them over NFC and contact cards (CTAP 2.3 §11.3). Pure; used by client and software key. */

/** The FIDO applet, A0000006472F0001. */
export const FIDO_AID = Uint8Array.of(0xa0, 0x00, 0x00, 0x06, 0x47, 0x2f, 0x00, 0x01);

export const INS = {
  SELECT: 0xa4,
  NFCCTAP_MSG: 0x10,
  NFCCTAP_GETRESPONSE: 0x11,
  NFCCTAP_CONTROL: 0x12,
  GET_RESPONSE: 0xc0,
} as const;

/** CLA of CTAP2 commands; 0x10 added on all but the last APDU of a chain. */
export const CLA = { ISO: 0x00, CTAP: 0x80, CHAINING: 0x10 } as const;

/** P1 of NFCCTAP_MSG: the client can poll with NFCCTAP_GETRESPONSE. P1 of NFCCTAP_GETRESPONSE: cancel. */
export const P1 = { canPoll: 0x80, cancel: 0x11, endCtap: 0x01 } as const;

export const SW = {
  ok: 0x9000,
  keepalive: 0x9100,
  wrongLength: 0x6700,
  conditionsNotSatisfied: 0x6985,
  commandNotAllowed: 0x6986,
  wrongData: 0x6a80,
  fileNotFound: 0x6a82,
  wrongP1P2: 0x6a86,
  insNotSupported: 0x6d00,
  claNotSupported: 0x6e00,
} as const;

export interface CommandApdu {
  cla: number;
  ins: number;
  p1: number;
  p2: number;
  data: Uint8Array;
  /** Expected length; 256 (short) or 65536 (extended) for "as much as there is"; absent when no Le was sent. */
  le?: number;
  extended?: boolean;
}

/** Bytes of a command in short or extended form. A short one carries at most 255 bytes of data. */
export function encodeApdu({ cla, ins, p1, p2, data, le, extended = false }: CommandApdu): Uint8Array {
  if (data.length > (extended ? 0xffff : 0xff)) throw new RangeError(`APDU data of ${data.length} bytes`);
  const bytes = [cla, ins, p1, p2];
  if (extended) {
    bytes.push(0);
    if (data.length > 0) bytes.push(data.length >> 8, data.length & 0xff);
  } else if (data.length > 0) {
    bytes.push(data.length);
  }
  const tail = le === undefined ? [] : extended ? [(le >> 8) & 0xff, le & 0xff] : [le & 0xff];
  const result = new Uint8Array(bytes.length + data.length + tail.length);
  result.set(bytes);
  result.set(data, bytes.length);
  result.set(tail, bytes.length + data.length);
  return result;
}

/** The parts of a command APDU of any of the seven ISO cases; undefined if it is malformed. `data` is a view. */
export function parseApdu(bytes: Uint8Array): CommandApdu | undefined {
  if (bytes.length < 4) return undefined;
  const [cla = 0, ins = 0, p1 = 0, p2 = 0, first, second = 0, third = 0] = bytes;
  const header = { cla, ins, p1, p2 };
  const none = bytes.subarray(0, 0);
  if (first === undefined) return { ...header, data: none };
  if (bytes.length === 5) return { ...header, data: none, le: first || 0x100 };
  if (first !== 0) return withData(header, bytes, 5, first, false);
  if (bytes.length < 7) return undefined;
  const length = second * 256 + third;
  if (bytes.length === 7) return { ...header, data: none, le: length || 0x1_0000, extended: true };
  return withData(header, bytes, 7, length, true);
}

function withData(
  header: Omit<CommandApdu, 'data'>,
  bytes: Uint8Array,
  start: number,
  length: number,
  extended: boolean,
): CommandApdu | undefined {
  const end = start + length;
  const data = bytes.subarray(start, end);
  const form = extended ? { extended } : {};
  const rest = bytes.subarray(end);
  if (data.length !== length) return undefined;
  if (rest.length === 0) return { ...header, data, ...form };
  if (rest.length !== (extended ? 2 : 1)) return undefined;
  const le = extended ? (rest[0] as number) * 256 + (rest[1] as number) : (rest[0] as number);
  return { ...header, data, le: le || (extended ? 0x1_0000 : 0x100), ...form };
}

/** SELECT of the FIDO applet by name, with Le: some cards refuse without. */
export function selectFido(): Uint8Array {
  return encodeApdu({ cla: CLA.ISO, ins: INS.SELECT, p1: 0x04, p2: 0x00, data: FIDO_AID, le: 0x100 });
}

/**
 * NFCCTAP_MSG with `request` in short form: a chain of APDUs with at most `fragment` bytes each.
 * @param p1 {@link P1.canPoll} or 0.
 */
export function ctapMessageChain(request: Uint8Array, p1: number, fragment: number): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let offset = 0;
  for (; request.length - offset > fragment; offset += fragment) {
    const data = request.subarray(offset, offset + fragment);
    chain.push(encodeApdu({ cla: CLA.CTAP | CLA.CHAINING, ins: INS.NFCCTAP_MSG, p1, p2: 0, data }));
  }
  const data = request.subarray(offset);
  chain.push(encodeApdu({ cla: CLA.CTAP, ins: INS.NFCCTAP_MSG, p1, p2: 0, data, le: 0x100 }));
  return chain;
}

/** NFCCTAP_MSG with `request` in one extended APDU. */
export function ctapMessageExtended(request: Uint8Array, p1: number): Uint8Array {
  return encodeApdu({ cla: CLA.CTAP, ins: INS.NFCCTAP_MSG, p1, p2: 0, data: request, le: 0x1_0000, extended: true });
}

/** NFCCTAP_GETRESPONSE: poll, or cancel. */
export function ctapGetResponse(cancel = false): Uint8Array {
  return encodeApdu({
    cla: CLA.CTAP,
    ins: INS.NFCCTAP_GETRESPONSE,
    p1: cancel ? P1.cancel : 0,
    p2: 0,
    data: new Uint8Array(0),
    le: 0x100,
  });
}

/** NFCCTAP_CONTROL "end CTAP": the applet refuses work until the next SELECT. */
export function ctapEnd(): Uint8Array {
  return encodeApdu({ cla: CLA.CTAP, ins: INS.NFCCTAP_CONTROL, p1: P1.endCtap, p2: 0, data: new Uint8Array(0) });
}

/** ISO GET RESPONSE for `length` more bytes (0 = as much as there is). Cards differ in the CLA they want. */
export function isoGetResponse(length: number, cla: number): Uint8Array {
  return encodeApdu({ cla, ins: INS.GET_RESPONSE, p1: 0, p2: 0, data: new Uint8Array(0), le: length || 0x100 });
}

/** Data and status word of a response; undefined if it is shorter than a status word. */
export function parseResponse(bytes: Uint8Array): { data: Uint8Array; sw: number } | undefined {
  if (bytes.length < 2) return undefined;
  const [sw1 = 0, sw2 = 0] = bytes.subarray(-2);
  return { data: bytes.subarray(0, -2), sw: sw1 * 256 + sw2 };
}
