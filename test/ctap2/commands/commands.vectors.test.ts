import { describe, expect, test } from 'vitest';
import { clientPIN } from '../../../src/ctap2/commands/client-pin.ts';
import { getInfo } from '../../../src/ctap2/commands/get-info.ts';
import { reset } from '../../../src/ctap2/commands/reset.ts';
import { selection } from '../../../src/ctap2/commands/selection.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../../../src/ctap2/schema.ts';
import { fromHex, toHex } from '../../../src/encoding/bytes.ts';
import { decodeCborStrict } from '../../../src/encoding/cbor.ts';
import { keyAgreementFromCose, keyAgreementToCose } from '../../../src/encoding/cose.ts';
import { vectors } from '../../support/vectors.ts';

const platformKey = keyAgreementToCose({ x: fromHex(vectors.keys.platformX), y: fromHex(vectors.keys.platformY) });

describe.each([
  [1, vectors.pinProtocolOne],
  [2, vectors.pinProtocolTwo],
])('clientPIN, protocol %i', (pinUvAuthProtocol, vector) => {
  const base = { pinUvAuthProtocol, keyAgreement: platformKey };
  const requests = {
    setPIN: {
      ...base,
      subCommand: 3,
      newPinEnc: fromHex(vector.setPIN.newPinEnc),
      pinUvAuthParam: fromHex(vector.setPIN.pinUvAuthParam),
    },
    changePIN: {
      ...base,
      subCommand: 4,
      newPinEnc: fromHex(vector.changePIN.newPinEnc),
      pinHashEnc: fromHex(vector.changePIN.pinHashEnc),
      pinUvAuthParam: fromHex(vector.changePIN.pinUvAuthParam),
    },
    getPinToken: { ...base, subCommand: 5, pinHashEnc: fromHex(vector.getPinToken.pinHashEnc) },
    getKeyAgreement: { pinUvAuthProtocol, subCommand: 2 },
  };
  test.each(Object.entries(requests))('%s request', (name, request) => {
    const expected = vector[name].request as string;
    expect(toHex(encodeRequest(clientPIN, request))).toBe(expected);
    expect(decodeRequest(clientPIN, fromHex(expected).subarray(1))).toEqual(request);
  });

  test('token responses', () => {
    const { response } = vector.getPinToken;
    const decoded = decodeResponse(clientPIN, fromHex(response).subarray(1));
    expect(toHex(encodeResponse(clientPIN, decoded))).toBe(response);
    expect(decoded.pinUvAuthToken).toBeInstanceOf(Uint8Array);
    const agreement = decodeResponse(clientPIN, fromHex(vector.getKeyAgreement.response).subarray(1)).keyAgreement;
    expect(toHex(keyAgreementFromCose(agreement).x)).toBe(vectors.keys.authenticatorX);
  });
});

test('commands without parameters are one byte', () => {
  expect([getInfo, reset, selection].map((command) => toHex(encodeRequest(command, {})))).toEqual(['04', '07', '0b']);
});

describe('getInfo response', () => {
  test('an odd member does not hide the others', () => {
    // versions, aaguid, options; maxMsgSize as text; member 0x55 that nobody knows
    const hex = `a5018166464944 4f5f320350${'11'.repeat(16)}04a162726bf505626e6f185501`.replaceAll(' ', '');
    const info = decodeResponse(getInfo, fromHex(hex));
    expect(info.versions).toEqual(['FIDO_2']);
    expect(info.options).toEqual({ rk: true });
    expect(info.maxMsgSize).toBeUndefined();
    expect([...(info.unknownMembers ?? [])]).toEqual([
      [0x55, 1],
      [5, 'no'],
    ]);
  });

  test('a required member of the wrong type is named', () => {
    expect(() => decodeResponse(getInfo, fromHex('a201816161030a'))).toThrow('getInfo.aaguid is not a byte string');
    expect(() => decodeResponse(getInfo, fromHex('a1018161 61'.replace(' ', '')))).toThrow('getInfo.aaguid is missing');
  });

  test('option names of a hostile key stay data', () => {
    const hex = `a3018161610350${'00'.repeat(16)}04a1695f5f70726f746f5f5ff5`;
    const info = decodeResponse(getInfo, fromHex(hex));
    expect(Object.keys(info.options ?? {})).toEqual(['__proto__']);
  });

  test('the policy URL is read from bytes', () => {
    const hex = `a3018161610350${'00'.repeat(16)}181c4568747470733a`.replace(
      '181c4568747470733a',
      '181c46687474703a2f',
    );
    expect(decodeResponse(getInfo, fromHex(hex)).pinComplexityPolicyURL).toBe('http:/');
    expect(decodeCborStrict(fromHex(hex))).toBeInstanceOf(Map);
  });
});
