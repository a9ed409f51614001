/**
 * COSE_Key in the forms CTAP uses: key agreement (CTAP 2.3 §6.5.6) and credential public keys (RFC 9053, 8230, 8812).
 */
import type { CborMap, CborValue } from './cbor.ts';

export const COSE_ALG = {
  ES256: -7,
  EdDSA: -8,
  ECDH_ES_HKDF_256: -25,
  ES384: -35,
  ES512: -36,
  ES256K: -47,
  RS256: -257,
} as const;

const KTY = 1;
const ALG = 3;
const CRV = -1;
const X = -2;
const Y = -3;
const KTY_OKP = 1;
const KTY_EC2 = 2;
const KTY_RSA = 3;
const CRV_P256 = 1;

/** Affine coordinates of a P-256 point, 32 bytes each. */
export interface P256Point {
  x: Uint8Array;
  y: Uint8Array;
}

/** The key-agreement key of clientPIN: `{1: 2, 3: -25, -1: 1, -2: x, -3: y}`. */
export function keyAgreementToCose({ x, y }: P256Point): CborMap {
  return new Map<CborValue, CborValue>([
    [KTY, KTY_EC2],
    [ALG, COSE_ALG.ECDH_ES_HKDF_256],
    [CRV, CRV_P256],
    [X, x],
    [Y, y],
  ]);
}

/**
 * Point of an authenticator's key-agreement key. The algorithm is not checked, because some keys name another one.
 * The caller checks whether the point lies on the curve.
 * @throws {RangeError} if it is no P-256 key in COSE form.
 */
export function keyAgreementFromCose(cose: CborValue): P256Point {
  if (!(cose instanceof Map)) throw new RangeError('key agreement key is not a COSE map');
  const [x, y] = [cose.get(X), cose.get(Y)];
  if (cose.get(KTY) !== KTY_EC2 || cose.get(CRV) !== CRV_P256)
    throw new RangeError('key agreement key is not on P-256');
  if (!(x instanceof Uint8Array) || !(y instanceof Uint8Array) || x.length !== 32 || y.length !== 32) {
    throw new RangeError('key agreement key lacks 32-byte coordinates');
  }
  return { x, y };
}

/**
 * Point of the platform's key-agreement key as an authenticator takes it: with its algorithm, and no member that is
 * optional in COSE (CTAP 2.3 §6.5.6).
 * @throws {RangeError} if it is anything else.
 */
export function requireExactKeyAgreement(cose: CborMap): P256Point {
  const point = keyAgreementFromCose(cose);
  if (cose.get(ALG) !== COSE_ALG.ECDH_ES_HKDF_256 || cose.size !== KEY_AGREEMENT_MEMBERS) {
    throw new RangeError('key agreement key is not the five members that CTAP has');
  }
  return point;
}
const KEY_AGREEMENT_MEMBERS = 5;

/** Elliptic curves by the algorithm that goes with them; `coordinateLength` in bytes. */
const EC2_CURVE = {
  ES256: { crv: CRV_P256, coordinateLength: 32 },
  ES384: { crv: 2, coordinateLength: 48 },
  ES512: { crv: 3, coordinateLength: 66 },
  ES256K: { crv: 8, coordinateLength: 32 },
} as const;
const CRV_ED25519 = 6;
const ED25519_KEY_LENGTH = 32;

export type Ec2Alg = keyof typeof EC2_CURVE;

/**
 * The public key of a credential. Coordinates, `n` and `e` are big-endian; coordinates have the length of their field.
 */
export type CosePublicKey =
  | { kty: 'EC2'; alg: Ec2Alg; x: Uint8Array; y: Uint8Array }
  | { kty: 'OKP'; alg: 'EdDSA'; x: Uint8Array }
  | { kty: 'RSA'; alg: 'RS256'; n: Uint8Array; e: Uint8Array };

/** `{1: kty, 3: alg, …}` of a credential's public key. */
export function publicKeyToCose(key: CosePublicKey): CborMap {
  const alg = COSE_ALG[key.alg];
  switch (key.kty) {
    case 'EC2':
      return coseMap([KTY, KTY_EC2], [ALG, alg], [CRV, EC2_CURVE[key.alg].crv], [X, key.x], [Y, key.y]);
    case 'OKP':
      return coseMap([KTY, KTY_OKP], [ALG, alg], [CRV, CRV_ED25519], [X, key.x]);
    case 'RSA':
      return coseMap([KTY, KTY_RSA], [ALG, alg], [RSA_N, key.n], [RSA_E, key.e]);
  }
}

function coseMap(...members: readonly (readonly [number, CborValue])[]): CborMap {
  return new Map<CborValue, CborValue>(members);
}

/** Labels of RSA keys, which share their numbers with curve and x (RFC 8230 §4). */
const RSA_N = -1;
const RSA_E = -2;

/**
 * The public key in a COSE_Key. The caller checks whether a point lies on its curve.
 * @throws {RangeError} if it is none of the forms of {@link CosePublicKey}.
 */
export function publicKeyFromCose(cose: CborValue): CosePublicKey {
  if (!(cose instanceof Map)) throw new RangeError('public key is not a COSE map');
  const [kty, alg, crv] = [cose.get(KTY), coseAlgName(cose.get(ALG)), cose.get(CRV)];
  const member = (label: number, length?: number): Uint8Array => {
    const value = cose.get(label);
    if (value instanceof Uint8Array && value.length > 0 && (length === undefined || value.length === length))
      return value;
    throw new RangeError(`public key of ${alg} lacks its member ${label}`);
  };
  if (kty === KTY_EC2 && alg !== undefined && alg in EC2_CURVE) {
    const curve = EC2_CURVE[alg as Ec2Alg];
    if (crv !== curve.crv) throw new RangeError(`public key of ${alg} is on another curve`);
    return {
      kty: 'EC2',
      alg: alg as Ec2Alg,
      x: member(X, curve.coordinateLength),
      y: member(Y, curve.coordinateLength),
    };
  }
  if (kty === KTY_OKP && alg === 'EdDSA' && crv === CRV_ED25519) {
    return { kty: 'OKP', alg, x: member(X, ED25519_KEY_LENGTH) };
  }
  if (kty === KTY_RSA && alg === 'RS256') return { kty: 'RSA', alg, n: member(RSA_N), e: member(RSA_E) };
  throw new RangeError('public key is of an unknown kind');
}

export type CoseAlgName = keyof typeof COSE_ALG;

/** Name of a COSE algorithm number, or undefined for one that is not in {@link COSE_ALG}. */
export function coseAlgName(alg: CborValue): CoseAlgName | undefined {
  return (Object.keys(COSE_ALG) as CoseAlgName[]).find((name) => COSE_ALG[name] === alg);
}

const KTY_NAME = new Map<CborValue, string>([
  [KTY_OKP, 'OKP'],
  [KTY_EC2, 'EC2'],
  [KTY_RSA, 'RSA'],
]);

/** Names of a COSE_Key for display, e.g. `{ kty: 'EC2', alg: 'ES256' }`; numbers, or `?`, where there is no name. */
export function describeCoseKey(cose: CborMap): { kty: string; alg: string } {
  const [kty, alg] = [cose.get(KTY), cose.get(ALG)];
  const number = (value: CborValue): string => (typeof value === 'number' ? String(value) : '?');
  return { kty: KTY_NAME.get(kty) ?? number(kty), alg: coseAlgName(alg) ?? number(alg) };
}
