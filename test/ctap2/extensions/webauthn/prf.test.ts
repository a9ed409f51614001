/**
 * The numbers are the prf test vectors of WebAuthn Level 3 (§16.17.1): all of them hash "WebAuthn PRF test vectors" with one
 * byte behind it. That the results follow from the salts is computed here with another library than the software key's.
 */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  prfCreateError,
  prfGetError,
  prfResults,
  prfSalt,
  prfSalts,
  prfValuesFor,
} from '../../../../src/ctap2/extensions/webauthn/prf.ts';
import { concat, fromHex, toHex, utf8 } from '../../../../src/encoding/bytes.ts';

const FIRST = fromHex('576562417574686e20505246207465737420766563746f727302');
const SECOND = fromHex('576562417574686e20505246207465737420766563746f727303');
const SALT_1 = '527413ebb48293772df30f031c5ac4650c7de14bf9498671ae163447b6a772b3';
const SALT_2 = 'd68ac03329a10ee5e0ec834492bb9a96a0e547baf563bf78ccbe8789b22e776b';
const CRED_RANDOM = fromHex('437e065e723a98b2f08f39d8baf7c53ecb3c363c5e5104bdaaf5d5ca2e028154');
const RESULT_1 = '3c33e07d202c3b029cc21f1722767021bf27d595933b3d2b6a1b9d5dddc77fae';
const RESULT_2 = 'a62a8773b19cda90d7ed4ef72a80a804320dbd3997e2f663805ad1fd3293d50b';
const CREDENTIAL_ID = 'e02eZ9lPp0UdkF4vGRO4-NxlhWBkL1FCmsmb1tTfRyE';

const idBytes = (base64url: string) => new Uint8Array(Buffer.from(base64url, 'base64url'));
const secretOf = (salt: Uint8Array) => new Uint8Array(createHmac('sha256', CRED_RANDOM).update(salt).digest());

test('the vectors, from inputs to results', () => {
  expect(toHex(prfSalt(FIRST))).toBe(SALT_1);
  expect(toHex(prfSalts({ first: FIRST }))).toBe(SALT_1);
  const salts = prfSalts({ first: FIRST, second: SECOND });
  expect(toHex(salts)).toBe(SALT_1 + SALT_2);
  const results = prfResults(concat(secretOf(salts.slice(0, 32)), secretOf(salts.slice(32))));
  expect([toHex(results.first), toHex(results.second!)]).toEqual([RESULT_1, RESULT_2]);
});

test('one secret is one result, and anything but one or two is none', () => {
  expect(prfResults(fromHex(RESULT_1))).toEqual({ first: fromHex(RESULT_1) });
  for (const length of [0, 31, 33, 63, 65, 96]) expect(() => prfResults(new Uint8Array(length))).toThrow(RangeError);
});

describe('which inputs count', () => {
  const [all, own] = [{ first: utf8('all') }, { first: utf8('own') }];
  const id = idBytes(CREDENTIAL_ID);

  test('those by credential before those for all', () => {
    expect(prfValuesFor({ eval: all, evalByCredential: { [CREDENTIAL_ID]: own } }, id)).toBe(own);
    expect(prfValuesFor({ evalByCredential: { [CREDENTIAL_ID]: own } }, id)).toBe(own);
  });

  test('else those for all, or none', () => {
    expect(prfValuesFor({ eval: all, evalByCredential: { AAAA: own } }, id)).toBe(all);
    expect(prfValuesFor({ eval: all }, id)).toBe(all);
    expect(prfValuesFor({ evalByCredential: { AAAA: own } }, id)).toBeUndefined();
    expect(prfValuesFor({}, id)).toBeUndefined();
  });

  test('an ID that is spelled like a member of every object names nothing', () => {
    // base64url of these bytes is "toString"
    expect(prfValuesFor({ eval: all, evalByCredential: {} }, idBytes('toString'))).toBe(all);
  });
});

describe('what is refused', () => {
  const values = { first: new Uint8Array(1) };

  test('create() takes no inputs by credential', () => {
    expect(prfCreateError({ evalByCredential: {} })).toBe('NotSupportedError');
    expect(prfCreateError({ eval: values })).toBeUndefined();
  });

  test('get() takes them by credentials that are allowed', () => {
    const allowed = [idBytes(CREDENTIAL_ID)];
    expect(prfGetError({ evalByCredential: { [CREDENTIAL_ID]: values } }, allowed)).toBeUndefined();
    expect(prfGetError({ evalByCredential: { [CREDENTIAL_ID]: values } }, [])).toBe('NotSupportedError');
    expect(prfGetError({ evalByCredential: {} }, [])).toBeUndefined();
    expect(prfGetError({ eval: values }, [])).toBeUndefined();
    for (const id of ['', 'AAAA', 'not base64url!', `${CREDENTIAL_ID}=`]) {
      expect(prfGetError({ evalByCredential: { [CREDENTIAL_ID]: values, [id]: values } }, allowed)).toBe('SyntaxError');
    }
  });
});
