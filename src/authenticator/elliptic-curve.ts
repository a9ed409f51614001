/**
 * Key agreement and signatures of the software key, on @noble/curves: the client uses node:crypto, so neither end can
 * hide the other's mistake. The only importer of @noble/curves.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384 } from '@noble/curves/nist.js';
import { concat, wipe } from '../encoding/bytes.ts';
import { COSE_ALG, type CosePublicKey, type P256Point } from '../encoding/cose.ts';

const UNCOMPRESSED = Uint8Array.of(0x04);

/** A key pair whose secret stays inside. */
export class KeyAgreementKey {
  readonly publicKey: P256Point;
  readonly #secret: Uint8Array;

  /** @param randomBytes is called until it gives 32 bytes that are a scalar of the curve, in practice once */
  constructor(randomBytes: (length: number) => Uint8Array) {
    let secret = randomBytes(32);
    while (!p256.utils.isValidSecretKey(secret)) secret = randomBytes(32);
    this.#secret = secret;
    const point = p256.getPublicKey(secret, false);
    this.publicKey = { x: point.slice(1, 33), y: point.slice(33) };
  }

  /**
   * Z, the x coordinate of the ECDH point, 32 bytes. The caller wipes it.
   * @throws {RangeError} if `peer` is no point of the curve.
   */
  agree(peer: P256Point): Uint8Array {
    let point: Uint8Array;
    try {
      point = p256.getSharedSecret(this.#secret, concat(UNCOMPRESSED, peer.x, peer.y), true);
    } catch {
      throw new RangeError('not a point on P-256');
    }
    const z = point.slice(1);
    wipe(point);
    return z;
  }

  wipe(): void {
    wipe(this.#secret);
  }
}

/** What a credential of one COSE algorithm can do. */
export interface SignatureAlgorithm {
  /** Random bytes that {@link privateKey} needs: more than a scalar has, so that all scalars are equally likely. */
  readonly seedLength: number;
  /** The private key that is made from `seed`: a scalar, for EdDSA the seed of RFC 8032. */
  privateKey(seed: Uint8Array): Uint8Array;
  publicKey(privateKey: Uint8Array): CosePublicKey;
  /** In the form WebAuthn wants (§6.5.5): DER for ECDSA, 64 bytes for EdDSA. */
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array;
}

function ecdsa(curve: typeof p256, alg: 'ES256' | 'ES384', coordinateLength: number): SignatureAlgorithm {
  return {
    // 1.5 times the length of a scalar, as FIPS 186-5 A.2.1 asks for.
    seedLength: coordinateLength * 1.5,
    privateKey: (seed) => curve.utils.randomSecretKey(seed),
    publicKey: (privateKey) => {
      const point = curve.getPublicKey(privateKey, false);
      return { kty: 'EC2', alg, x: point.slice(1, 1 + coordinateLength), y: point.slice(1 + coordinateLength) };
    },
    sign: (privateKey, message) => curve.sign(message, privateKey, { format: 'der', lowS: false }),
  };
}

/** By COSE algorithm number. */
export const SIGNATURE_ALGORITHMS: ReadonlyMap<number, SignatureAlgorithm> = new Map([
  [COSE_ALG.ES256, ecdsa(p256, 'ES256', 32)],
  [COSE_ALG.ES384, ecdsa(p384, 'ES384', 48)],
  [
    COSE_ALG.EdDSA,
    {
      seedLength: 32,
      privateKey: (seed) => seed.slice(),
      publicKey: (privateKey) => ({ kty: 'OKP', alg: 'EdDSA', x: ed25519.getPublicKey(privateKey) }),
      sign: (privateKey, message) => ed25519.sign(message, privateKey),
    },
  ],
]);

/** @throws {RangeError} for an algorithm that is none of {@link SIGNATURE_ALGORITHMS}. */
export function signatureAlgorithm(alg: number): SignatureAlgorithm {
  const algorithm = SIGNATURE_ALGORITHMS.get(alg);
  if (!algorithm) throw new RangeError(`no signatures with COSE algorithm ${alg}`);
  return algorithm;
}
