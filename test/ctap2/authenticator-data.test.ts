import { createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AUTHENTICATOR_DATA_FLAG,
  buildAuthenticatorData,
  parseAuthenticatorData,
} from '../../src/ctap2/authenticator-data.ts';
import { getAssertion } from '../../src/ctap2/commands/get-assertion.ts';
import { makeCredential } from '../../src/ctap2/commands/make-credential.ts';
import { rpIDHash } from '../../src/ctap2/rp-id.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, SchemaError } from '../../src/ctap2/schema.ts';
import { concat, fromHex, toHex } from '../../src/encoding/bytes.ts';
import { CborError, type CborMap, encodeCbor } from '../../src/encoding/cbor.ts';
import { publicKeyFromCose } from '../../src/encoding/cose.ts';
import { vectors } from '../support/vectors.ts';

const { registration, assertion, rpId, aaguid, credentialId, coseKey, clientDataHash } = vectors.webauthn;
const { UP, UV, AT, ED } = AUTHENTICATOR_DATA_FLAG;

describe('webauthn vectors', () => {
  const registered = parseAuthenticatorData(fromHex(registration.authData));

  test('registration', () => {
    expect(toHex(registered.rpIdHash)).toBe(toHex(rpIDHash(rpId)));
    expect(registered.flags).toBe(UP | UV | AT | ED);
    expect(registered.signCount).toBe(1);
    const attested = registered.attestedCredentialData!;
    expect(toHex(attested.aaguid)).toBe(aaguid);
    expect(toHex(attested.credentialId)).toBe(credentialId);
    expect(toHex(encodeCbor(attested.credentialPublicKey))).toBe(coseKey);
    expect(toHex(encodeCbor(registered.extensions))).toBe(registration.extensions);
    expect(toHex(buildAuthenticatorData(registered))).toBe(registration.authData);
  });

  test('assertion', () => {
    const parsed = parseAuthenticatorData(fromHex(assertion.authData));
    expect(parsed).toEqual({ rpIdHash: rpIDHash(rpId), flags: UP | UV, signCount: 2 });
    expect(toHex(buildAuthenticatorData(parsed))).toBe(assertion.authData);
  });

  test.each([
    ['registration', registration],
    ['assertion', assertion],
  ])('signature of the %s under the registered key', (_, { authData, signedBytes, signatureDer }) => {
    expect(toHex(concat(fromHex(authData), fromHex(clientDataHash)))).toBe(signedBytes);
    const key = publicKeyFromCose(registered.attestedCredentialData!.credentialPublicKey);
    if (key.kty !== 'EC2') throw new Error('not on a curve');
    const [x, y] = [key.x, key.y].map((coordinate) => Buffer.from(coordinate).toString('base64url')) as [
      string,
      string,
    ];
    const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
    expect(verify('sha256', fromHex(signedBytes), publicKey, fromHex(signatureDer))).toBe(true);
  });

  test.each([
    ['makeCredential', makeCredential, registration],
    ['getAssertion', getAssertion, assertion],
  ] as const)('%s request and response', (_, command, vector) => {
    // biome-ignore lint/suspicious/noExplicitAny: two commands in one table
    const any = command as any;
    const request = decodeRequest(any, fromHex(vector.request).subarray(1));
    expect(toHex(encodeRequest(any, request))).toBe(vector.request);
    const response = decodeResponse(any, fromHex(vector.response).subarray(1)) as { authData: Uint8Array };
    expect(toHex(response.authData)).toBe(vector.authData);
    expect(toHex(encodeResponse(any, response))).toBe(vector.response);
  });

  test('members of the requests', () => {
    const mc = decodeRequest(makeCredential, fromHex(registration.request).subarray(1));
    expect(mc).toMatchObject({ rp: { id: rpId, name: 'Example' }, user: { name: 'alice' }, options: { rk: true } });
    expect(mc.extensions?.get('credProtect')).toBe(2);
    const ga = decodeRequest(getAssertion, fromHex(assertion.request).subarray(1));
    expect(ga).toMatchObject({ rpId, allowList: [{ id: fromHex(credentialId), type: 'public-key' }] });
  });
});

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const extensions = fc
  .dictionary(fc.string({ maxLength: 12 }), fc.oneof(fc.nat(), fc.boolean(), fc.uint8Array()), { maxKeys: 4 })
  .map((record): CborMap => new Map(Object.entries(record)));
const authenticatorData = fc.record({
  rpIdHash: bytes(32),
  flags: fc.nat({ max: 0x3f }),
  signCount: fc.nat({ max: 0xffff_ffff }),
  attestedCredentialData: fc.option(
    fc.record({
      aaguid: bytes(16),
      credentialId: fc.uint8Array({ maxLength: 300 }),
      credentialPublicKey: fc
        .dictionary(fc.integer({ min: -300, max: 300 }).map(String), fc.uint8Array({ maxLength: 300 }), { maxKeys: 6 })
        .map((record): CborMap => new Map(Object.entries(record).map(([key, value]) => [Number(key), value]))),
    }),
    { nil: undefined },
  ),
  extensions: fc.option(extensions, { nil: undefined }),
});

describe('authenticator data', () => {
  test('what is built is parsed, flags AT and ED following from the parts', () => {
    fc.assert(
      fc.property(authenticatorData, (data) => {
        const flags = data.flags | (data.attestedCredentialData ? AT : 0) | (data.extensions ? ED : 0);
        expect(parseAuthenticatorData(buildAuthenticatorData(data))).toEqual({ ...data, flags });
        expect(buildAuthenticatorData({ ...data, flags: data.flags | AT | ED })).toEqual(buildAuthenticatorData(data));
      }),
    );
  });

  test('no cut and no extra byte goes unnoticed', () => {
    fc.assert(
      fc.property(authenticatorData, fc.nat(), fc.nat({ max: 255 }), (data, at, extra) => {
        const built = buildAuthenticatorData(data);
        expect(() => parseAuthenticatorData(built.subarray(0, at % built.length))).toThrow();
        expect(() => parseAuthenticatorData(concat(built, Uint8Array.of(extra)))).toThrow(SchemaError);
      }),
    );
  });

  test('noise is refused with the two errors that are documented, or parsed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 30, maxLength: 120 }), (noise) => {
        try {
          parseAuthenticatorData(noise);
        } catch (error) {
          expect(error instanceof SchemaError || error instanceof CborError).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('parts are copies, from a Buffer too', () => {
    const pooled = Buffer.from(registration.authData, 'hex');
    const parsed = parseAuthenticatorData(pooled);
    pooled.fill(0);
    expect(toHex(buildAuthenticatorData(parsed))).toBe(registration.authData);
    expect(parsed.rpIdHash.constructor).toBe(Uint8Array);
  });

  test('a public key or extensions that are no map are refused', () => {
    const head = fromHex(`${'00'.repeat(32)}8000000000`);
    expect(() => parseAuthenticatorData(concat(head, Uint8Array.of(1)))).toThrow('authData.extensions is not a map');
    expect(() => parseAuthenticatorData(head)).toThrow('authData.extensions is missing');
  });

  test('parts of a wrong length are not built', () => {
    const data = { rpIdHash: new Uint8Array(32), flags: UP, signCount: 0 };
    const attested = { aaguid: new Uint8Array(16), credentialId: new Uint8Array(1), credentialPublicKey: new Map() };
    expect(() => buildAuthenticatorData({ ...data, rpIdHash: new Uint8Array(31) })).toThrow(RangeError);
    for (const wrong of [{ aaguid: new Uint8Array(15) }, { credentialId: new Uint8Array(0x1_0000) }]) {
      const attestedCredentialData = { ...attested, ...wrong };
      expect(() => buildAuthenticatorData({ ...data, attestedCredentialData })).toThrow(RangeError);
    }
  });
});
