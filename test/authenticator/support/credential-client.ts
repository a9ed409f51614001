/** Registrations and assertions by hand: bytes of the requests, parsing of authData, verification with node:crypto. */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Bench } from './bench.ts';
import { canonicalEnd } from './canonical.ts';
import { type Answer, cbor, HandMadeClient, type Wire } from './hand-made-client.ts';

export const CLIENT_DATA_HASH = new Uint8Array(createHash('sha256').update('client data').digest());
export const RP = 'example.com';
export const PIN = '1234';
export const MC = 0x01;
export const GA = 0x02;

export const sha256 = (data: string | Uint8Array) => new Uint8Array(createHash('sha256').update(data).digest());

/** A map with text keys; canonical order is the caller's care: shorter keys first. */
export const map = (members: Record<string, Wire | undefined>): ReadonlyMap<string, Wire> =>
  new Map(Object.entries(members).filter((entry): entry is [string, Wire] => entry[1] !== undefined));

export const descriptor = (id: Uint8Array) => map({ id, type: 'public-key' });
export const params = (...algs: number[]) => algs.map((alg) => map({ alg, type: 'public-key' }));
export const user = (n: number) => map({ id: Uint8Array.of(n), name: `name ${n}`, displayName: `Display ${n}` });

export type Members = Record<number, Wire | undefined>;

export class CredentialClient extends HandMadeClient {
  /** With a PIN already set. */
  static async withPin(on: Bench, protocol: 1 | 2 = 2): Promise<CredentialClient> {
    const client = new CredentialClient(on, protocol);
    await client.setPin(PIN);
    return client;
  }

  request(command: number, members: Members): Promise<Answer> {
    const entries = Object.entries(members).filter((entry): entry is [string, Wire] => entry[1] !== undefined);
    const map = new Map(entries.map(([key, value]) => [Number(key), value]));
    return this.send(Uint8Array.of(command, ...cbor(map)));
  }

  /** makeCredential with a plain request, changed by `members`; `undefined` leaves one out. */
  async register(members: Members = {}): Promise<Answer & { credential: Registered }> {
    const answer = await this.request(0x01, {
      1: CLIENT_DATA_HASH,
      2: map({ id: RP }),
      3: user(1),
      4: params(-7),
      ...members,
    });
    return { ...answer, credential: answer.status === 0 ? parseAuthData(answer.members.get(2)) : (undefined as never) };
  }

  async assert(members: Members = {}): Promise<Answer & { data: AuthData }> {
    const answer = await this.request(0x02, { 1: RP, 2: CLIENT_DATA_HASH, ...members });
    return { ...answer, data: answer.status === 0 ? parseAuthData(answer.members.get(2)) : (undefined as never) };
  }

  next(): Promise<Answer> {
    return this.send(Uint8Array.of(0x08));
  }

  /** pinUvAuthParam and protocol as members 8 and 9, with a fresh token. */
  async authorised(permissions = MC, rpId = RP): Promise<Members> {
    const [param, protocol] = await this.param(permissions, rpId);
    return { 8: param, 9: protocol };
  }

  /** With a token of before permissions (subcommand 05), which no RP is named for. */
  async authorisedForAnyRp(): Promise<Members> {
    const [param, protocol] = await this.param();
    return { 8: param, 9: protocol };
  }

  /** The same as members 6 and 7, for getAssertion. */
  async authorisedToAssert(): Promise<Members> {
    const [param, protocol] = await this.param(GA, RP);
    return { 6: param, 7: protocol };
  }

  async param(permissions?: number, rpId?: string): Promise<[Uint8Array, number]> {
    const { token } = await this.token(PIN, permissions, rpId);
    if (!token) throw new Error('no token');
    return [this.authenticate(token, CLIENT_DATA_HASH), this.protocol];
  }
}

export interface AuthData {
  bytes: Uint8Array;
  rpIdHash: Uint8Array;
  flags: number;
  signCount: number;
  aaguid: string;
  id: Uint8Array;
  publicKey: KeyObject;
  // biome-ignore lint/suspicious/noExplicitAny: outputs differ
  extensions: Record<string, any>;
}
export type Registered = AuthData;

/** By offsets (WebAuthn §6.1), with a CBOR reader of its own for what CTAP puts there. */
export function parseAuthData(bytes: Uint8Array): AuthData {
  const at = (from: number, to?: number) => bytes.slice(from, to);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = view.getUint8(32);
  const result = { bytes, rpIdHash: at(0, 32), flags, signCount: view.getUint32(33), extensions: {} } as AuthData;
  let offset = 37;
  if (flags & 0x40) {
    result.aaguid = Buffer.from(at(37, 53)).toString('hex');
    const length = view.getUint16(53);
    result.id = at(55, 55 + length);
    const key = readItem(bytes, 55 + length);
    canonicalEnd(bytes, 55 + length);
    result.publicKey = toPublicKey(key.value as Map<number, number & Uint8Array>);
    offset = key.end;
  }
  if (flags & 0x80) {
    const item = readItem(bytes, offset);
    canonicalEnd(bytes, offset);
    result.extensions = Object.fromEntries(item.value as Map<string, unknown>);
    offset = item.end;
  }
  if (offset !== bytes.length) throw new Error(`${bytes.length - offset} bytes after the authenticator data`);
  return result;
}

function readItem(bytes: Uint8Array, start: number): { value: unknown; end: number } {
  const initial = bytes[start] as number;
  const [major, info] = [initial >> 5, initial & 31];
  if (major === 7) return { value: info === 21, end: start + 1 };
  const width = info < 24 ? 0 : 1 << (info - 24);
  let argument = info;
  if (width > 0) argument = bytes.slice(start + 1, start + 1 + width).reduce((sum, byte) => sum * 256 + byte, 0);
  let end = start + 1 + width;
  if (major === 0) return { value: argument, end };
  if (major === 1) return { value: -1 - argument, end };
  if (major === 2) return { value: bytes.slice(end, end + argument), end: end + argument };
  if (major === 3) return { value: Buffer.from(bytes.slice(end, end + argument)).toString(), end: end + argument };
  if (major !== 5) throw new Error(`CBOR major type ${major}`);
  const entries = new Map<unknown, unknown>();
  for (let i = 0; i < argument; i++) {
    const key = readItem(bytes, end);
    const value = readItem(bytes, key.end);
    entries.set(key.value, value.value);
    end = value.end;
  }
  return { value: entries, end };
}

function toPublicKey(cose: Map<number, number & Uint8Array>): KeyObject {
  const base64 = (label: number) => Buffer.from(cose.get(label) as Uint8Array).toString('base64url');
  const [kty, alg, crv] = [cose.get(1), cose.get(3), cose.get(-1)].map(Number);
  const curves: Record<string, string> = { '2:-7:1': 'P-256', '2:-35:2': 'P-384', '1:-8:6': 'Ed25519' };
  const curve = curves[`${kty}:${alg}:${crv}`];
  if (!curve) throw new Error(`COSE key ${kty} ${alg} ${crv}`);
  const jwk =
    kty === 1 ? { kty: 'OKP', crv: curve, x: base64(-2) } : { kty: 'EC', crv: curve, x: base64(-2), y: base64(-3) };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

/** Whether OpenSSL finds the signature over authData ‖ clientDataHash good. */
export function isSignedBy(key: KeyObject, signature: Uint8Array, ...message: Uint8Array[]): boolean {
  const digest = { ed25519: null, secp384r1: 'sha384' }[
    key.asymmetricKeyDetails?.namedCurve ?? (key.asymmetricKeyType as string)
  ];
  return verify(digest === undefined ? 'sha256' : digest, Buffer.concat(message), key, signature);
}

export const signedAssertion = (answer: Answer, key: KeyObject): boolean =>
  isSignedBy(key, answer.members.get(3), answer.members.get(2), CLIENT_DATA_HASH);
