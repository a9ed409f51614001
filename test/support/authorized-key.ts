import { createCipheriv, createECDH, hkdfSync } from 'node:crypto';
import type { TokenInteraction } from '../../src/client/authorization/token.ts';
import { fromHex, utf8 } from '../../src/encoding/bytes.ts';
import { type CborMap, type CborValue, decodeCborStrict } from '../../src/encoding/cbor.ts';
import type { ScriptedDevice } from './scripted-device.ts';
import { vectors } from './vectors.ts';

/** The scripted key's answer to getKeyAgreement. */
export const keyAgreement = new Map([[1, decodeCborStrict(fromHex(vectors.keys.authenticatorCoseKey))]]);

/** The scripted key's answer to getPINRetries. */
export const pinRetries = (left: number, powerCycleState = false): Map<CborValue, CborValue> =>
  new Map<CborValue, CborValue>([[3, left], ...(powerCycleState ? ([[4, true]] as const) : [])]);

/** The scripted key's answer to getUVRetries. */
export const uvRetries = (left: number): Map<CborValue, CborValue> => new Map([[5, left]]);

/** A token as protocol two encrypts it: under whatever secret, these bytes decrypt to 32 bytes. */
export const tokenAnswer: Map<CborValue, CborValue> = new Map([[2, new Uint8Array(48).fill(9)]]);

/** What a person was asked and told, in order. */
export class ScriptedPerson implements TokenInteraction {
  readonly log: string[] = [];
  readonly typed: Uint8Array[] = [];
  lastTry = false;

  async requestPin({ retries }: { retries?: number | undefined }): Promise<Uint8Array> {
    this.log.push(`PIN, ${retries} left`);
    const pin = utf8('1234');
    this.typed.push(pin);
    return pin;
  }
  async confirmLastTry(): Promise<boolean> {
    this.log.push('last try?');
    return this.lastTry;
  }
  verifyUser({ retries }: { retries?: number | undefined }): void {
    this.log.push(`verify, ${retries} left`);
  }
  userNotRecognised({ retries }: { retries?: number | undefined }): void {
    this.log.push(`not recognised, ${retries} left`);
  }
  userVerificationBlocked(): void {
    this.log.push('blocked');
  }
}

/** The map of a request, read by the strict reader. */
export function requestMap(hex: string): CborMap {
  return decodeCborStrict(fromHex(hex.slice(2))) as CborMap;
}

const SUBCOMMAND_MEMBER: Readonly<Record<string, number>> = {
  '06': 2,
  '09': 2,
  '0a': 1,
  '0d': 1,
  '40': 2,
  '41': 1,
};

/** Each request as command byte, and subcommand where the command has any: `04`, `06/9`, `0a/2`. */
export function commands(device: ScriptedDevice): string[] {
  return device.requests.map((hex) => {
    const code = hex.slice(0, 2);
    const member = SUBCOMMAND_MEMBER[code];
    return member === undefined ? code : `${code}/${requestMap(hex).get(member)}`;
  });
}

/**
 * The vectors' token as the key would send it to this client: encrypted, by hand, under the secret that the vectors' key
 * shares with whatever key the client just sent.
 */
export function encryptedToken(device: ScriptedDevice): Map<CborValue, CborValue> {
  const platformKey = requestMap(device.requests.at(-1) ?? '').get(3) as CborMap;
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(fromHex(vectors.keys.authenticatorPrivateScalar));
  const [x, y] = [platformKey.get(-2), platformKey.get(-3)] as [Uint8Array, Uint8Array];
  const z = ecdh.computeSecret(Uint8Array.of(4, ...x, ...y));
  const aesKey = new Uint8Array(hkdfSync('sha256', z, new Uint8Array(32), 'CTAP2 AES key', 32));
  const cipher = createCipheriv('aes-256-cbc', aesKey, new Uint8Array(16)).setAutoPadding(false);
  const token = Buffer.concat([cipher.update(fromHex(vectors.keys.pinUvAuthToken)), cipher.final()]);
  return new Map([[2, Uint8Array.of(...new Uint8Array(16), ...token)]]);
}
