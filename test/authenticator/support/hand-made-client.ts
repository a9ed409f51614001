/**
 * A client made by hand for the tests: its own CBOR, its own key agreement on node:crypto, its own reading of both PIN
 * protocols. It shares nothing with src/ctap2 or src/client, so a mistake there shows.
 */
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  type ECDH,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import type { AuthenticatorTransport } from '../../../src/authenticator/environment.ts';
import { decodeCborTolerant } from '../../../src/encoding/cbor.ts';
import type { Bench } from './bench.ts';
import { canonicalEnd } from './canonical.ts';

/** An item in the bytes it has, for what no value here stands for: null, undefined, floats. */
export class Encoded {
  readonly bytes: number[];

  constructor(hex: string) {
    this.bytes = [...Buffer.from(hex, 'hex')];
  }
}

export type Wire =
  | number
  | string
  | boolean
  | Uint8Array
  | Encoded
  | readonly Wire[]
  | ReadonlyMap<number | string, Wire>;

function head(major: number, argument: number): number[] {
  if (argument < 24) return [(major << 5) | argument];
  if (argument < 256) return [(major << 5) | 24, argument];
  return [(major << 5) | 25, argument >> 8, argument & 255];
}

/** Canonical if the maps' keys are given in order. */
export function cbor(value: Wire): number[] {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'boolean') return [value ? 0xf5 : 0xf4];
  if (typeof value === 'string') return [...head(3, Buffer.byteLength(value)), ...Buffer.from(value)];
  if (value instanceof Encoded) return value.bytes;
  if (value instanceof Uint8Array) return [...head(2, value.length), ...value];
  if (Array.isArray(value)) return [...head(4, value.length), ...value.flatMap(cbor)];
  const map = value as ReadonlyMap<number | string, Wire>;
  return [...head(5, map.size), ...[...map].flatMap(([key, member]) => [...cbor(key), ...cbor(member)])];
}

/** The map with its keys in canonical order: major type, length, bytes. */
export function inOrder(map: ReadonlyMap<number | string, Wire>): ReadonlyMap<number | string, Wire> {
  const rank = (key: number | string) => {
    const bytes = cbor(key);
    return [bytes[0]! >> 5, bytes.length, ...bytes];
  };
  const compare = (a: number[], b: number[]) =>
    a.map((part, i) => part - b[i]!).find((difference) => difference !== 0) ?? 0;
  return new Map([...map].sort(([a], [b]) => compare(rank(a), rank(b))));
}

export type Members = Record<number, Wire | undefined>;

export function clientPinRequest(members: Members): Uint8Array {
  const entries = Object.entries(members).filter((entry): entry is [string, Wire] => entry[1] !== undefined);
  return Uint8Array.of(0x06, ...cbor(new Map(entries.map(([key, value]) => [Number(key), value]))));
}

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the shape differs from command to command
  members: Map<number, any>;
}

/** @throws {Error} if what the key says is not canonical, map by map */
export function readAnswer(bytes: Uint8Array): Answer {
  if (bytes.length > 1 && canonicalEnd(bytes, 1) !== bytes.length) throw new Error('bytes after the answer');
  const [status = 0xff] = bytes;
  return {
    status,
    members: bytes.length > 1 ? (decodeCborTolerant(bytes.subarray(1)) as Map<number, unknown>) : new Map(),
  };
}

const leftHash = (pin: string) => createHash('sha256').update(pin, 'utf8').digest().subarray(0, 16);

function padded(pin: string): Buffer {
  return Buffer.concat([Buffer.from(pin), Buffer.alloc(64)]).subarray(0, 64);
}

export class HandMadeClient {
  readonly #bench: Bench;
  readonly protocol: 1 | 2;
  readonly transport: AuthenticatorTransport;
  /** CTAPHID channel; undefined is one of its own. */
  channel: number | undefined;

  constructor(on: Bench, protocol: 1 | 2 = 2, transport: AuthenticatorTransport = 'usb') {
    this.#bench = on;
    this.protocol = protocol;
    this.transport = transport;
  }

  async send(request: Uint8Array): Promise<Answer> {
    return readAnswer(await this.#bench.key.process(request, { transport: this.transport, channel: this.channel }));
  }

  clientPin(members: Members): Promise<Answer> {
    return this.send(clientPinRequest(members));
  }

  /** A fresh key pair on this side, the key's own from subcommand 02. */
  async agree(): Promise<Agreement> {
    const { members } = await this.clientPin({ 1: this.protocol, 2: 2 });
    return new Agreement(this.protocol, members.get(1));
  }

  async setPin(pin: string): Promise<number> {
    const secret = await this.agree();
    const newPinEnc = secret.encrypt(padded(pin));
    const answer = await this.clientPin({
      1: this.protocol,
      2: 3,
      3: secret.publicKey,
      4: secret.authenticate(newPinEnc),
      5: newPinEnc,
    });
    return answer.status;
  }

  async changePin(oldPin: string, newPin: string): Promise<number> {
    const secret = await this.agree();
    const newPinEnc = secret.encrypt(padded(newPin));
    const pinHashEnc = secret.encrypt(leftHash(oldPin));
    const answer = await this.clientPin({
      1: this.protocol,
      2: 4,
      3: secret.publicKey,
      4: secret.authenticate(Buffer.concat([newPinEnc, pinHashEnc])),
      5: newPinEnc,
      6: pinHashEnc,
    });
    return answer.status;
  }

  /** Subcommand 05, or 09 if permissions are given. */
  async token(pin: string, permissions?: number, rpId?: string): Promise<{ status: number; token?: Uint8Array }> {
    const secret = await this.agree();
    const { status, members } = await this.clientPin({
      1: this.protocol,
      2: permissions === undefined ? 5 : 9,
      3: secret.publicKey,
      6: secret.encrypt(leftHash(pin)),
      9: permissions,
      10: rpId,
    });
    const encrypted = members.get(2);
    return encrypted ? { status, token: secret.decrypt(encrypted) } : { status };
  }

  /** pinUvAuthParam under a token. */
  authenticate(token: Uint8Array, message: Uint8Array): Uint8Array {
    const mac = createHmac('sha256', token).update(message).digest();
    return new Uint8Array(this.protocol === 1 ? mac.subarray(0, 16) : mac);
  }

  async retries(): Promise<{ pinRetries: number; powerCycleState: boolean }> {
    const { members } = await this.clientPin({ 1: this.protocol, 2: 1 });
    return { pinRetries: members.get(3), powerCycleState: members.get(4) };
  }

  // biome-ignore lint/suspicious/noExplicitAny: members differ in type
  async info(): Promise<Map<number, any>> {
    return (await this.send(Uint8Array.of(0x04))).members;
  }

  async options(): Promise<Record<string, boolean>> {
    return Object.fromEntries((await this.info()).get(4) ?? []);
  }
}

export class Agreement {
  readonly publicKey: Map<number, Wire>;
  readonly #protocol: 1 | 2;
  readonly #secret: Uint8Array;

  constructor(protocol: 1 | 2, theirs: Map<number, Uint8Array>, ecdh: ECDH = createECDH('prime256v1')) {
    const own = ecdh.generateKeys();
    const [x, y] = [theirs.get(-2), theirs.get(-3)];
    if (!x || !y) throw new Error('no key agreement key');
    const z = ecdh.computeSecret(Buffer.concat([Uint8Array.of(4), x, y]));
    const derive = (info: string) => Buffer.from(hkdfSync('sha256', z, new Uint8Array(32), info, 32));
    this.#protocol = protocol;
    this.#secret =
      protocol === 1
        ? createHash('sha256').update(z).digest()
        : Buffer.concat([derive('CTAP2 HMAC key'), derive('CTAP2 AES key')]);
    const bytes = (from: number, to: number) => new Uint8Array(own.subarray(from, to));
    this.publicKey = new Map<number, Wire>([
      [1, 2],
      [3, -25],
      [-1, 1],
      [-2, bytes(1, 33)],
      [-3, bytes(33, 65)],
    ]);
  }

  encrypt(plaintext: Uint8Array): Uint8Array {
    const iv = this.#protocol === 1 ? new Uint8Array(16) : new Uint8Array(randomBytes(16));
    const cipher = createCipheriv('aes-256-cbc', this.#secret.subarray(-32), iv).setAutoPadding(false);
    const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return new Uint8Array(this.#protocol === 1 ? body : Buffer.concat([iv, body]));
  }

  decrypt(ciphertext: Uint8Array): Uint8Array {
    const [iv, body] =
      this.#protocol === 1 ? [new Uint8Array(16), ciphertext] : [ciphertext.subarray(0, 16), ciphertext.subarray(16)];
    const cipher = createDecipheriv('aes-256-cbc', this.#secret.subarray(-32), iv).setAutoPadding(false);
    return new Uint8Array(Buffer.concat([cipher.update(body), cipher.final()]));
  }

  authenticate(message: Uint8Array): Uint8Array {
    const mac = createHmac('sha256', this.#secret.subarray(0, 32)).update(message).digest();
    return new Uint8Array(this.#protocol === 1 ? mac.subarray(0, 16) : mac);
  }
}
