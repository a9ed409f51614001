/**
 * What a key in a listing is called while it matters which one is meant. Two keys can be in the same place one after the
 * other, so there are two names: {@link placeOf} for the place, {@link insertionOf} for one stay in it.
 */
import type { DiscoveredKey } from './device.ts';

/**
 * Where a key is: its device node or reader, and its id. The same before and after it was taken out and put back there, and
 * the same for another card on the same reader. For whoever waits for a key to leave a place or to come back to it.
 */
export function placeOf({ path, reader, id }: Pick<DiscoveredKey, 'path' | 'reader' | 'id'>): string {
  return `${path ?? reader ?? ''}|${id}`;
}

/**
 * One stay of a key in its place: the place, and when it arrived there. Another key in the same place is another stay, and
 * so is the same key put back, even if nobody looked in between; where the system tells no arrival, it is the place alone.
 * For whoever remembers something of a key for as long as it stays.
 */
export function insertionOf(key: Pick<DiscoveredKey, 'path' | 'reader' | 'id' | 'arrival'>): string {
  return `${placeOf(key)}|${key.arrival ?? ''}`;
}
