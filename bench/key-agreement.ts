/** ECDH, KDF and encryption of a PIN: the client's half with OpenSSL, the software key's half with @noble/curves. */
import { createECDH, randomBytes } from 'node:crypto';
import { KeyAgreementKey } from '../src/authenticator/elliptic-curve.ts';
import { deriveSharedSecret } from '../src/client/key-agreement.ts';
import { PIN_UV_AUTH_PROTOCOLS, padPin } from '../src/ctap2/pin-uv-auth-protocol.ts';
import { keyAgreementToCose } from '../src/encoding/cose.ts';
import { interleave } from './measure.ts';
import type { Table } from './table.ts';

const PROTOCOL = PIN_UV_AUTH_PROTOCOLS[2];
const PIN = padPin(new TextEncoder().encode('correct horse'));

export async function keyAgreement(): Promise<Table> {
  const other = createECDH('prime256v1');
  const point = other.generateKeys();
  const publicKey = { x: Uint8Array.from(point.subarray(1, 33)), y: Uint8Array.from(point.subarray(33)) };
  const cose = keyAgreementToCose(publicKey);

  const client = () => PROTOCOL.encrypt(deriveSharedSecret(PROTOCOL, cose).sharedSecret, PIN);
  const softwareKey = () => {
    const key = new KeyAgreementKey((length) => new Uint8Array(randomBytes(length)));
    return PROTOCOL.encrypt(PROTOCOL.kdf(key.agree(publicKey)), PIN);
  };
  const first = [
    { name: 'client, the first time', ...once(client) },
    { name: 'software key, the first time', ...once(softwareKey) },
  ];
  const rows = await interleave(
    [
      { name: 'client (node:crypto)', measure: () => timed(client) },
      { name: 'software key (noble)', measure: () => timed(softwareKey) },
    ],
    200,
  );
  return { title: 'Key pair, ECDH, KDF, encryption', unit: 'ms', rows: [...rows, ...first] };
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function once(work: () => unknown): { min: number; median: number; max: number } {
  const took = timed(work);
  return { min: took, median: took, max: took };
}
