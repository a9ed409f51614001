/**
 * The two enumerations of authenticatorCredentialManagement (CTAP 2.3 §6.8.3, §6.8.4) as one: begin, then next until the
 * announced total. Between them nothing else may be sent, or the key forgets where it was. A key is hostile until proven
 * otherwise: it may announce nothing or anything, repeat itself, or never end.
 */

import { CTAP_STATUS as S } from '../../ctap2/status.ts';
import { CtapStatusError, FidoError } from '../../errors.ts';
import { hasStatus } from '../session.ts';

/** More than any key stores; the largest known takes a few hundred. */
export const MAX_ENUMERATED = 10_000;

export interface Enumeration<Answer, Item> {
  begin(): Promise<Answer>;
  next(): Promise<Answer>;
  /** The total that the first answer announces. Some keys leave it out. */
  totalOf(answer: Answer): number | undefined;
  /** The item in an answer; undefined if there is none in it. */
  read(answer: Answer): Item | undefined;
  /** What no two items share. */
  identityOf(item: Item): string;
  onItem?: ((count: number) => void) | undefined;
  /** Wipes what is secret in an item that nobody gets, because the enumeration failed. */
  discard?: ((item: Item) => void) | undefined;
}

/**
 * All items. As many exchanges as there are items, and one more only if the key announces no total. NO_CREDENTIALS, an
 * empty map and a total of 0 all mean none.
 * @throws {CtapStatusError} with NOT_ALLOWED if the key lost its place; see {@link restartingOnce}
 * @throws {FidoError} `malformed-response`: repeats, ends before its total, never ends
 */
export async function enumerate<Answer, Item>(enumeration: Enumeration<Answer, Item>): Promise<Item[]> {
  const items: Item[] = [];
  try {
    await enumerateInto(items, enumeration);
    return items;
  } catch (error) {
    if (enumeration.discard) items.forEach(enumeration.discard);
    throw error;
  }
}

async function enumerateInto<Answer, Item>(items: Item[], enumeration: Enumeration<Answer, Item>): Promise<void> {
  const { begin, next, totalOf, read, identityOf, onItem } = enumeration;
  let answer = await orNone(begin, S.CTAP2_ERR_NO_CREDENTIALS);
  const total = answer === undefined ? 0 : totalOf(answer);
  if (total !== undefined && total > MAX_ENUMERATED) throw malformed(`the key claims to have ${total} entries`);
  const seen = new Set<string>();
  while (answer !== undefined && total !== 0) {
    const item = read(answer);
    if (item === undefined) break;
    items.push(item);
    addUnseen(seen, identityOf(item));
    onItem?.(items.length);
    if (items.length === total) break;
    if (items.length >= MAX_ENUMERATED) throw malformed('the list of what is on the key does not end');
    // Without a total, only the key's refusal to go on tells that this was the last.
    const atEnd = total === undefined ? [S.CTAP2_ERR_NO_CREDENTIALS, S.CTAP2_ERR_NOT_ALLOWED] : [];
    answer = await orNone(next, ...atEnd);
  }
  // An incomplete list that passes for complete would let unlisted credentials' blobs be thrown away.
  if (total !== undefined && items.length < total) {
    throw malformed(`the key announced ${total} entries and gave ${items.length}`);
  }
}

/** @throws {FidoError} `malformed-response` where it was seen already */
function addUnseen(seen: Set<string>, identity: string): void {
  if (seen.has(identity)) throw malformed('the key lists the same entry twice');
  seen.add(identity);
}

async function orNone<T>(ask: () => Promise<T>, ...none: number[]): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (hasStatus(error, ...none)) return undefined;
    throw error;
  }
}

function malformed(message: string): FidoError {
  return new FidoError('malformed-response', message, {
    hint: 'Replug the key and try again. If it stays, the key is damaged or not what it claims to be.',
  });
}

/**
 * Lets one of several enumerations start over, once altogether, when the key lost its place (CTAP2_ERR_NOT_ALLOWED, 0x30):
 * another program spoke to it meanwhile.
 * @returns a function that runs an enumeration. @throws {CtapStatusError} `state-lost` the second time
 */
export function restartingOnce(): <T>(enumeration: () => Promise<T>) => Promise<T> {
  let restarted = false;
  return async (enumeration) => {
    for (;;) {
      try {
        return await enumeration();
      } catch (error) {
        if (!hasStatus(error, S.CTAP2_ERR_NOT_ALLOWED)) throw error;
        if (restarted) throw stateLost(error);
        restarted = true;
      }
    }
  };
}

function stateLost(cause: CtapStatusError): CtapStatusError {
  return new CtapStatusError('state-lost', 'the key lost its place in the list twice', cause, {
    hint: 'Another program is using the key. Close it, then run the command again.',
    cause,
  });
}
