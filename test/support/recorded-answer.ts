/** The answer of a recorded exchange, rebuilt: what is public as it was, the rest synthetic. */

import { COMMANDS } from '../../src/ctap2/commands/index.ts';
import { rpIDHash } from '../../src/ctap2/rp-id.ts';
import type { Members } from '../../src/ctap2/schema.ts';
import { CTAP_STATUS } from '../../src/ctap2/status.ts';
import { concat } from '../../src/encoding/bytes.ts';
import { type CborValue, encodeCbor } from '../../src/encoding/cbor.ts';
import type { TraceRecord, TraceValue } from '../../src/trace/trace.ts';
import { distinctBytes, distinctText, type SyntheticValues } from './synthetic-values.ts';

type Shown = Readonly<Record<string, TraceValue>>;
interface Declared {
  members?: Members;
  element?: Declared;
}

/** Status byte ‖ CBOR. `overrides` replace members of the response. @throws {Error} for what no record can be rebuilt from */
export function rebuiltAnswer(
  record: TraceRecord,
  values: SyntheticValues,
  overrides: ReadonlyMap<string, CborValue> = new Map(),
): Uint8Array {
  const status = Uint8Array.of(statusByte(record.status));
  const response = isObject(record.response) ? withRelyingParty(record.response, values) : record.response;
  if (response === undefined) return status;
  const broken = typeof response === 'string' ? /^<(\d+) bytes that are not CBOR/.exec(response)?.[1] : undefined;
  if (broken !== undefined) return concat(status, new Uint8Array(Number(broken)).fill(0xff));
  const codec = (COMMANDS as Record<string, { response: object }>)[record.command]?.response as Declared | undefined;
  const build = (value: TraceValue, declared: Declared | undefined): CborValue => {
    if (Array.isArray(value)) return value.map((member) => build(member, declared?.element));
    if (!isObject(value)) return scalar(value, values);
    return new Map(
      Object.entries(value).map(([name, member]): [CborValue, CborValue] => {
        const known = declared?.members?.[name];
        const replaced = declared === codec ? overrides.get(name) : undefined;
        return [known?.key ?? keyOf(name), replaced ?? build(member, known?.codec as Declared | undefined)];
      }),
    );
  };
  return concat(status, encodeCbor(build(response, codec)));
}

/**
 * A large-blob key as the record with this number shows it. It is not numbered in a trace, since nothing but blobs needs
 * to know it again; each record has its own.
 */
export function largeBlobKeyOf(record: TraceRecord, number: number): Uint8Array | undefined {
  const { response } = record;
  if (!isObject(response)) return undefined;
  const length = typeof response.largeBlobKey === 'string' && /^<(\d+) bytes>$/.exec(response.largeBlobKey)?.[1];
  return length ? distinctBytes(Number(length), `large-blob key ${number}`) : undefined;
}

export function statusByte(name: string | undefined): number {
  const known = (CTAP_STATUS as Record<string, number>)[name ?? ''];
  const hex = /_0x([0-9a-f]{2})$/.exec(name ?? '')?.[1];
  const status = known ?? (hex === undefined ? undefined : Number.parseInt(hex, 16));
  if (status === undefined) throw new Error(`no status is called ${name}`);
  return status;
}

/** With an id whose hash is rpIDHash. Where the key had shortened the id, a trace does not tell. */
function withRelyingParty(response: Shown, values: SyntheticValues): { [key: string]: TraceValue } {
  const { rp, rpIDHash: hash } = response;
  if (typeof hash !== 'string' || !isObject(rp) || typeof rp.id !== 'string') return response;
  const length = /^<(\d+) characters>$/.exec(rp.id)?.[1];
  const number = /^<32 bytes #(\d+)>$/.exec(hash)?.[1];
  if (length === undefined || number === undefined) return response;
  const id = relyingPartyId(Number(length), Number(number));
  values.bind(hash, rpIDHash(id));
  return { ...response, rp: { ...rp, id } };
}

/** The synthetic id of the relying party whose rpIDHash has this number. */
export function relyingPartyId(length: number, number: number): string {
  return distinctText(length, number);
}

function scalar(value: string | number | boolean | null, values: SyntheticValues): CborValue {
  if (typeof value !== 'string') return value;
  // Integers beyond 2^53 are text in a trace, and nothing else that is public looks like them.
  if (/^-?\d{16,}$/.test(value)) return BigInt(value);
  const rebuilt = values.bytesOf(value) ?? values.textOf(value);
  if (rebuilt !== undefined) return rebuilt;
  if (value.startsWith('<')) throw new Error(`${value} cannot be rebuilt`);
  return value;
}

function keyOf(name: string): CborValue {
  if (/^-?\d+$/.test(name)) return Number(name);
  const [, length, nth = '1'] = /^<(\d+) characters>(?: \((\d+)\))?$/.exec(name) ?? [];
  if (length !== undefined) return distinctText(Number(length), Number(nth));
  if (name.startsWith('<')) throw new Error(`a map's key ${name} cannot be rebuilt`);
  return name;
}

export function isObject(value: TraceValue | undefined): value is { [key: string]: TraceValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
