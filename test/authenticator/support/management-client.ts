/** The hand-made client with a token in hand, for the commands that manage a key. Bytes to authenticate are built here. */
import { createHash, createHmac } from 'node:crypto';
import type { Bench } from './bench.ts';
import { type Answer, cbor, HandMadeClient, type Members, type Wire } from './hand-made-client.ts';

export const PIN = '24681357';
export const PERMISSION = { mc: 1, ga: 2, cm: 4, be: 8, lbw: 0x10, acfg: 0x20, pcmr: 0x40 } as const;

const FF32 = new Array<number>(32).fill(0xff);

/** A map of the members that are there, in ascending order of their keys. */
export function wireMap(members: Members): Map<number, Wire> {
  const entries = Object.entries(members).filter((entry): entry is [string, Wire] => entry[1] !== undefined);
  return new Map(entries.map(([key, value]) => [Number(key), value]));
}

export class ManagementClient extends HandMadeClient {
  /** The token in hand; without one requests go out unauthenticated. */
  held: Uint8Array | undefined;

  /** A client of this key with a PIN set and a token of these permissions. */
  static async with(on: Bench, permissions: number, protocol = on.model.info.pinUvAuthProtocols[0] ?? 1) {
    const client = new ManagementClient(on, protocol);
    if (!on.key.state.pin.current) await client.setPin(PIN);
    await client.authorise(permissions);
    return client;
  }

  /** Takes a new token into use; old keys give it without permissions. @throws if the key refuses */
  async authorise(permissions: number, rpId?: string, pin: string = PIN): Promise<void> {
    const { pinUvAuthToken } = await this.options();
    const { status, token } = await (pinUvAuthToken ? this.token(pin, permissions, rpId) : this.token(pin));
    if (!token) throw new Error(`no token: status ${status.toString(16)}`);
    this.held = token;
  }

  /** pinUvAuthParam of `message` under the token in hand. */
  mac(message: Uint8Array | readonly number[]): Uint8Array | undefined {
    if (!this.held) return undefined;
    const mac = createHmac('sha256', this.held).update(Uint8Array.from(message)).digest();
    return new Uint8Array(this.protocol === 1 ? mac.subarray(0, 16) : mac);
  }

  command(code: number, members: Members): Promise<Answer> {
    return this.send(Uint8Array.of(code, ...cbor(wireMap(members))));
  }

  config(subCommand: number, params?: Members, overrides: Members = {}): Promise<Answer> {
    const map = params && wireMap(params);
    const mac = this.mac([...FF32, 0x0d, subCommand, ...(map ? cbor(map) : [])]);
    return this.command(0x0d, { 1: subCommand, 2: map, 3: mac && this.protocol, 4: mac, ...overrides });
  }

  bio(subCommand: number, params?: Members, overrides: Members = {}, code = 0x09): Promise<Answer> {
    const map = params && wireMap(params);
    const mac = this.mac([1, subCommand, ...(map ? cbor(map) : [])]);
    return this.command(code, { 1: 1, 2: subCommand, 3: map, 4: mac && this.protocol, 5: mac, ...overrides });
  }

  credMgmt(subCommand: number, params?: Members, overrides: Members = {}, code = 0x0a): Promise<Answer> {
    const map = params && wireMap(params);
    const mac = this.mac([subCommand, ...(map ? cbor(map) : [])]);
    return this.command(code, { 1: subCommand, 2: map, 3: mac && this.protocol, 4: mac, ...overrides });
  }

  getBlobs(offset: number, length: number): Promise<Answer> {
    return this.command(0x0c, { 1: length, 3: offset });
  }

  /** One fragment; `total` belongs to the first only. */
  setBlobs(fragment: Uint8Array, offset: number, total?: number, overrides: Members = {}): Promise<Answer> {
    const [o0, o1] = [offset & 255, offset >> 8];
    const mac = this.mac([...FF32, 0x0c, 0, o0, o1, 0, 0, ...createHash('sha256').update(fragment).digest()]);
    return this.command(0x0c, { 2: fragment, 3: offset, 4: total, 5: mac, 6: mac && this.protocol, ...overrides });
  }

  /** Enrols a finger with good samples only. @returns its templateId */
  async enroll(on: Bench, finger: string, code = 0x09): Promise<Uint8Array> {
    on.samples.push(...new Array(on.model.uv?.enrollSamples).fill({ finger }));
    let { members } = await this.bio(1, {}, {}, code);
    const templateId = members.get(4);
    for (let i = 1; i < on.model.uv!.enrollSamples; i++) ({ members } = await this.bio(2, { 1: templateId }, {}, code));
    if (members.get(6) !== 0) throw new Error('not enrolled');
    return templateId;
  }
}

/** CBOR array ‖ LEFT(SHA-256(array), 16). */
export function serialized(...entries: Wire[]): Uint8Array {
  const array = cbor(entries);
  return Uint8Array.of(...array, ...createHash('sha256').update(Uint8Array.from(array)).digest().subarray(0, 16));
}
