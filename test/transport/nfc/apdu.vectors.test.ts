import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../../src/encoding/bytes.ts';
import {
  CLA,
  ctapEnd,
  ctapGetResponse,
  ctapMessageChain,
  ctapMessageExtended,
  encodeApdu,
  FIDO_AID,
  INS,
  isoGetResponse,
  P1,
  parseApdu,
  parseResponse,
  selectFido,
} from '../../../src/transport/nfc/apdu.ts';
import { vectors } from '../../support/vectors.ts';

const { apdu } = vectors;
const payload = fromHex(apdu.chain.payload);

describe('commands', () => {
  test('SELECT', () => expect(toHex(selectFido())).toBe(apdu.selectRequest));
  test('getInfo', () => {
    const getInfo = Uint8Array.of(0x04);
    expect(ctapMessageChain(getInfo, 0, 240).map(toHex)).toEqual([apdu.getInfo.short]);
    expect(ctapMessageChain(getInfo, P1.canPoll, 240).map(toHex)).toEqual([apdu.getInfo.shortWithPolling]);
    expect(toHex(ctapMessageExtended(getInfo, 0))).toBe(apdu.getInfo.extended);
  });
  test('reset', () =>
    expect(ctapMessageChain(Uint8Array.of(0x07), P1.canPoll, 240).map(toHex)).toEqual([apdu.reset.short]));
  test('chains of 240 and 255 bytes', () => {
    expect(ctapMessageChain(payload, P1.canPoll, 240).map(toHex)).toEqual(apdu.chain.apdus);
    expect(ctapMessageChain(payload, P1.canPoll, 255).map(toHex)).toEqual(apdu.chain255.apdus);
  });
  test('the same in one extended APDU', () => {
    expect(toHex(ctapMessageExtended(payload, P1.canPoll))).toBe(apdu.extendedSame);
  });
  test('poll, cancel, end, GET RESPONSE', () => {
    expect(toHex(ctapGetResponse())).toBe(apdu.getResponsePoll);
    expect(toHex(ctapGetResponse(true))).toBe(apdu.getResponseCancel);
    expect(toHex(ctapEnd())).toBe(apdu.endCtap);
    expect(toHex(isoGetResponse(0x58, CLA.CTAP))).toBe(apdu.isoGetResponse88);
    expect(toHex(isoGetResponse(0, CLA.ISO))).toBe('00c0000000');
  });
  test('a chain holds exact multiples without an empty last APDU', () => {
    expect(ctapMessageChain(new Uint8Array(480), 0, 240)).toHaveLength(2);
  });
});

describe('reading commands', () => {
  test('the vectors', () => {
    expect(parseApdu(fromHex(apdu.selectRequest))).toEqual({
      cla: 0,
      ins: INS.SELECT,
      p1: 4,
      p2: 0,
      data: FIDO_AID,
      le: 256,
    });
    expect(parseApdu(fromHex(apdu.extendedSame))?.data).toEqual(payload);
    expect(parseApdu(fromHex(apdu.getInfo.extended))).toMatchObject({
      data: Uint8Array.of(4),
      le: 65536,
      extended: true,
    });
    expect(parseApdu(fromHex(apdu.endCtap))).toEqual({ cla: 0x80, ins: 0x12, p1: 1, p2: 0, data: new Uint8Array(0) });
  });
  test.each(['', '00a404', '00a4040002a0', '00a4040001a00000', '8010000000', '801000000000'].map((hex) => [hex]))(
    'malformed or without data: %s',
    (hex) => {
      const parsed = parseApdu(fromHex(hex));
      if (hex === '8010000000') expect(parsed).toMatchObject({ le: 256 });
      else expect(parsed).toBeUndefined();
    },
  );
  test('any command comes back as it was', () => {
    fc.assert(
      fc.property(
        fc.boolean().chain((extended) =>
          fc.record({
            cla: fc.nat(255),
            ins: fc.nat(255),
            p1: fc.nat(255),
            p2: fc.nat(255),
            data: fc.uint8Array({ minLength: 1, maxLength: extended ? 2000 : 255 }),
            le: fc.option(fc.integer({ min: 1, max: extended ? 0x1_0000 : 0x100 }), { nil: undefined }),
            ...(extended ? { extended: fc.constant(true) } : {}),
          }),
        ),
        ({ le, ...fields }) => {
          const command = le === undefined ? fields : { ...fields, le };
          expect(parseApdu(encodeApdu(command))).toMatchObject(command);
        },
      ),
    );
  });
});

test('responses', () => {
  expect(parseResponse(fromHex('9000'))).toEqual({ data: new Uint8Array(0), sw: 0x9000 });
  expect(parseResponse(fromHex('029100'))).toEqual({ data: Uint8Array.of(2), sw: 0x9100 });
  expect(parseResponse(fromHex('90'))).toBeUndefined();
});
