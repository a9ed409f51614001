/** The key's half of clientPIN exchanges: a real key pair, and tokens encrypted under the secret that is really shared. */
import { createECDH, type ECDH, randomBytes } from 'node:crypto';
import { clientPIN } from '../../src/ctap2/commands/client-pin.ts';
import { PIN_UV_AUTH_PROTOCOLS } from '../../src/ctap2/pin-uv-auth-protocol.ts';
import { decodeRequest } from '../../src/ctap2/schema.ts';
import { concat, fromHex } from '../../src/encoding/bytes.ts';
import type { CborValue } from '../../src/encoding/cbor.ts';
import { keyAgreementFromCose } from '../../src/encoding/cose.ts';
import type { TraceRecord } from '../../src/trace/trace.ts';
import { isObject } from './recorded-answer.ts';

export class RecordedPinExchange {
  #ecdh: ECDH | undefined;

  /** Members of the recorded response that must fit this run rather than the recorded one. */
  overrides({ response }: TraceRecord, request: Uint8Array): Map<string, CborValue> {
    const overrides = new Map<string, CborValue>();
    if (!isObject(response)) return overrides;
    const { keyAgreement, pinUvAuthToken } = response;
    if (isObject(keyAgreement)) {
      const key = this.#keyAgreement(keyAgreement);
      if (key) overrides.set('keyAgreement', key);
    }
    const length = typeof pinUvAuthToken === 'string' && /^<(\d+) bytes>$/.exec(pinUvAuthToken)?.[1];
    if (length) overrides.set('pinUvAuthToken', this.#token(Number(length), request));
    return overrides;
  }

  /** The recorded COSE key with another point; undefined, so that it stays as it is, if the recorded one was none. */
  #keyAgreement(shown: Readonly<Record<string, unknown>>): CborValue {
    if (!isPoint(shown['-2'], shown['-3'])) return undefined;
    this.#ecdh = createECDH('prime256v1');
    const point = new Uint8Array(this.#ecdh.generateKeys());
    const coordinates: Record<string, Uint8Array> = { '-2': point.slice(1, 33), '-3': point.slice(33) };
    return new Map(
      Object.entries(shown).map(([label, value]) => [Number(label), coordinates[label] ?? (value as number)]),
    );
  }

  /** A random token that takes `length` bytes encrypted. A length that no ciphertext has is kept, and then it is none. */
  #token(length: number, request: Uint8Array): Uint8Array {
    const { pinUvAuthProtocol, keyAgreement } = decodeRequest(clientPIN, request.subarray(1));
    const protocol = PIN_UV_AUTH_PROTOCOLS[pinUvAuthProtocol === 2 ? 2 : 1];
    const plain = length - (protocol.number === 2 ? 16 : 0);
    if (!this.#ecdh || plain < 16 || plain % 16 !== 0) return new Uint8Array(randomBytes(length));
    const { x, y } = keyAgreementFromCose(keyAgreement);
    const secret = protocol.kdf(new Uint8Array(this.#ecdh.computeSecret(concat(Uint8Array.of(4), x, y))));
    return protocol.encrypt(secret, new Uint8Array(randomBytes(plain)));
  }
}

function isPoint(x: unknown, y: unknown): boolean {
  const [hexX, hexY] = [x, y].map((shown) => /^h'([0-9a-f]{64})'$/.exec(String(shown))?.[1]);
  if (!hexX || !hexY) return false;
  const probe = createECDH('prime256v1');
  probe.generateKeys();
  try {
    probe.computeSecret(concat(Uint8Array.of(4), fromHex(hexX), fromHex(hexY)));
    return true;
  } catch {
    return false;
  }
}
