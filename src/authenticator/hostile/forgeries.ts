/** Answers that an honest key never gives, made from its honest answers. */
import { concat } from '../../encoding/bytes.ts';
import { type CborValue, decodeCborTolerant, encodeCbor } from '../../encoding/cbor.ts';
import type { Forgery } from './hostility.ts';

const OK = 0x00;

export const status =
  (code: number): Forgery =>
  () =>
    Uint8Array.of(code);

/** CTAP2_OK (0x00) without data. */
export const ok: Forgery = status(OK);

/** CTAP2_OK (0x00) and these bytes. */
export const body =
  (bytes: Uint8Array): Forgery =>
  () =>
    concat(Uint8Array.of(OK), bytes);

/** Replaces members of the honest answer; `undefined` leaves one out. Errors are answered as they are. */
export const members =
  (changes: Readonly<Record<number, CborValue | ((honest: CborValue, nth: number) => CborValue)>>): Forgery =>
  (honest, nth) =>
    changed(honest, (map) => {
      for (const [key, change] of Object.entries(changes)) {
        const value = typeof change === 'function' ? change(map.get(Number(key)), nth) : change;
        if (value === undefined) map.delete(Number(key));
        else map.set(Number(key), value);
      }
    });

/** Like {@link members}, but only if the honest answer has the first of these members. */
export const membersIfPresent =
  (changes: Parameters<typeof members>[0]): Forgery =>
  (honest, nth) => {
    const first = Number(Object.keys(changes)[0]);
    return mapOf(honest)?.has(first) ? members(changes)(honest, nth) : honest;
  };

/** Repeats the second member of the map at its end. */
export const duplicateMember: Forgery = (honest) => {
  const map = mapOf(honest);
  if (!map || map.size < 2 || map.size > 22) return honest;
  const [key, value] = [...map][1] as [CborValue, CborValue];
  return concat(Uint8Array.of(OK, 0xa0 + map.size + 1), honest.subarray(2), encodeCbor(key), encodeCbor(value));
};

/** A map with arrays nested `depth` deep. */
export const nested = (depth: number): Forgery =>
  body(concat(Uint8Array.of(0xa1, 0x01), new Uint8Array(depth).fill(0x81), Uint8Array.of(0)));

export const trailing: Forgery = (honest) => concat(honest, new Uint8Array(32).fill(0xff));

export const cutInHalf: Forgery = (honest) => honest.slice(0, Math.max(1, honest.length >> 1));

/** The map in indefinite-length form, which CTAP2 canonical CBOR does not allow. */
export const indefinite: Forgery = (honest) =>
  honest.length > 1 ? concat(Uint8Array.of(OK, 0xbf), honest.subarray(2), Uint8Array.of(0xff)) : honest;

function changed(honest: Uint8Array, change: (map: Map<CborValue, CborValue>) => void): Uint8Array {
  if (honest[0] !== OK) return honest;
  const map = new Map(mapOf(honest));
  change(map);
  return concat(Uint8Array.of(OK), encodeCbor(map));
}

function mapOf(honest: Uint8Array): Map<CborValue, CborValue> | undefined {
  if (honest[0] !== OK || honest.length < 2) return undefined;
  const value = decodeCborTolerant(honest.subarray(1));
  return value instanceof Map ? value : undefined;
}
