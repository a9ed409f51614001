/**
 * Keys that answer as their makers declare in FIDO metadata (test/vectors/real-models.jsonl): getInfo and the tries left,
 * nothing else.
 */
import { readFileSync } from 'node:fs';
import { CLIENT_PIN_SUBCOMMAND } from '../../src/ctap2/commands/client-pin.ts';
import { fromHex } from '../../src/encoding/bytes.ts';
import { type CborValue, decodeCborStrict, encodeCbor } from '../../src/encoding/cbor.ts';
import type { CtapDevice, DiscoveredKey } from '../../src/transport/device.ts';

type Json = string | number | boolean | Json[] | { [name: string]: Json };

export interface RealModel {
  model: string;
  /** Members as CTAP names them; the AAGUID in hex, by some with dashes. */
  getInfo: Record<string, Json>;
}

/** In the order of their numbers, from 01 on (CTAP 2.3 §6.4). */
const MEMBERS = [
  ...['versions', 'extensions', 'aaguid', 'options', 'maxMsgSize', 'pinUvAuthProtocols', 'maxCredentialCountInList'],
  ...['maxCredentialIdLength', 'transports', 'algorithms', 'maxSerializedLargeBlobArray', 'forcePINChange'],
  ...['minPINLength', 'firmwareVersion', 'maxCredBlobLength', 'maxRPIDsForSetMinPINLength'],
  ...['preferredPlatformUvAttempts', 'uvModality', 'certifications', 'remainingDiscoverableCredentials'],
];

export const REAL_MODELS: readonly RealModel[] = readFileSync(
  new URL('../vectors/real-models.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

/** A model that is in the list. */
export function realModel(name: string): RealModel {
  const found = REAL_MODELS.find(({ model }) => model === name);
  if (!found) throw new Error(`no such model: ${name}`);
  return found;
}

/** As discovery shows it: on a reader if it has no other way, over USB otherwise. */
export function declaredKey({ getInfo }: Pick<RealModel, 'getInfo'>): DiscoveredKey {
  const transports = (getInfo.transports ?? ['usb']) as string[];
  const open = async () => new DeclaredDevice(getInfo);
  return transports.every((name) => name === 'nfc' || name === 'smart-card')
    ? { id: 'nfc-0001', transport: 'nfc', name: 'Reader 00 00', reader: 'Reader 00 00', open }
    : { id: 'usb-1209-f1d0-0001', transport: 'usb', name: 'Key', path: '/dev/hidraw0', open };
}

class DeclaredDevice implements CtapDevice {
  readonly transport = 'usb';
  readonly removed = new Promise<void>(() => {});
  readonly #info: Uint8Array;

  constructor(getInfo: RealModel['getInfo']) {
    this.#info = encodeCbor(
      new Map(
        Object.entries(getInfo).map(([name, value]) => {
          if (!MEMBERS.includes(name)) throw new Error(`unknown member ${name}`);
          return [
            MEMBERS.indexOf(name) + 1,
            name === 'aaguid' ? fromHex(String(value).replaceAll('-', '')) : cborOf(value),
          ];
        }),
      ),
    );
  }

  async transact([command, ...request]: Uint8Array): Promise<Uint8Array> {
    if (command === 0x04) return Uint8Array.of(0, ...this.#info);
    const parameters = decodeCborStrict(Uint8Array.from(request)) as Map<number, number>;
    if (command === 0x06 && parameters.get(2) === CLIENT_PIN_SUBCOMMAND.getPINRetries) return tries(3, 8);
    if (command === 0x06 && parameters.get(2) === CLIENT_PIN_SUBCOMMAND.getUVRetries) return tries(5, 3);
    throw new Error(`unexpected command ${command}`);
  }

  async close(): Promise<void> {}
}

const tries = (member: number, count: number) => Uint8Array.of(0, ...encodeCbor(new Map([[member, count]])));

function cborOf(value: Json): CborValue {
  if (Array.isArray(value)) return value.map(cborOf);
  if (typeof value !== 'object') return value;
  return new Map(Object.entries(value).map(([name, member]) => [name, cborOf(member)]));
}
