/** Picks the one key a command is for. It never guesses: no match or several are failures that name the candidates. */
import type { SessionOptions } from '../client/session.ts';
import { unlessInterrupted } from '../client/waiting.ts';
import { FidoError } from '../errors.ts';
import type { DiscoveredKey } from '../transport/device.ts';
import { describeKey, type KeyDescription, withoutDuplicateInterfaces } from './describe.ts';

/** A key that was found, with its description. */
export interface Candidate {
  key: DiscoveredKey;
  description: KeyDescription;
}

/** Finds what `list` finds; failures are transports that could not be looked at. */
export interface KeyLister {
  /** Where it looks, if it does not look everywhere. */
  readonly transports?: readonly string[] | undefined;
  list(): Promise<{ keys: readonly DiscoveredKey[]; failures: readonly { error: FidoError }[] }>;
}

/**
 * The key that `selector` means, or the only one present.
 * @param selector id or unique prefix, serial number, AAGUID, reader name or part of it.
 * @param choose asks a person, with several keys and no selector; without it that is a failure.
 * @throws {FidoError} `no-key`, `several-keys`, `interrupted`
 */
export async function selectKey(
  lister: KeyLister,
  selector: string | undefined,
  choose?: (candidates: readonly Candidate[]) => Promise<Candidate>,
  options: Pick<SessionOptions, 'signal'> = {},
): Promise<DiscoveredKey> {
  const { keys, failures } = await unlessInterrupted(lister.list(), options.signal);
  if (keys.length === 0) {
    // With one transport alone to look at, its failure is the reason why there is no key.
    if (failures.length === 1 && lister.transports?.length === 1) throw (failures[0] as { error: FidoError }).error;
    throw noKey(failures);
  }
  if (selector === undefined && keys.length === 1) return keys[0] as DiscoveredKey;
  const quick = selector === undefined ? [] : keys.filter((key) => matchesListed(key, selector));
  if (quick.length === 1) return quick[0] as DiscoveredKey;

  const candidates = await describeAll(keys, options);
  if (selector !== undefined) return pick(candidates, selector).key;
  if (candidates.length === 1) return (candidates[0] as Candidate).key;
  if (choose) return (await choose(candidates)).key;
  throw severalKeys('several keys are present', candidates);
}

/** Describes all keys, one after the other, and drops duplicate interfaces of one key. @throws {FidoError} `interrupted` */
export async function describeAll(
  keys: readonly DiscoveredKey[],
  options: Pick<SessionOptions, 'signal'> = {},
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const key of keys) candidates.push({ key, description: await describeKey(key, options) });
  const kept = new Set(withoutDuplicateInterfaces(candidates.map(({ description }) => description)));
  return candidates.filter(({ description }) => kept.has(description));
}

/** What the listing alone can tell; enough for most selectors without opening a key. */
function matchesListed(key: DiscoveredKey, selector: string): boolean {
  return key.id === selector || key.reader === selector || (key.serialIsUnique === true && key.serial === selector);
}

function pick(candidates: readonly Candidate[], selector: string): Candidate {
  const found = matchingKeys(candidates, selector);
  if (found.length === 1) return found[0] as Candidate;
  throw severalKeys(`"${selector}" matches ${found.length} keys`, found);
}

/**
 * All that `selector` may mean, at least one.
 * @throws {FidoError} `no-key`, with those that are there
 */
export function matchingKeys(candidates: readonly Candidate[], selector: string): Candidate[] {
  const found = candidates.filter(keyFilter(candidates, selector));
  if (found.length > 0) return found;
  // In the USB descriptor it looks like a name for one key; seckey shows it nowhere, since others may have it too.
  const isShared = candidates.some(({ key }) => key.serial === selector);
  const why = isShared ? ': its maker may give this serial number to every key' : '';
  const hint = candidates.length === 0 ? 'Plug one in, or put it on a reader.' : `Present: ${names(candidates)}.`;
  throw new FidoError('no-key', `no key matches "${selector}"${why}`, { hint });
}

/** Whether `selector` means a key: exactly, or, if it means none of `candidates` so, as the beginning or part of a name. */
export function keyFilter(candidates: readonly Candidate[], selector: string): (candidate: Candidate) => boolean {
  const exact = candidates.filter(
    ({ key, description: d }) => d.id === selector || key.id === selector || d.serial === selector,
  );
  if (exact.length > 0) return (candidate) => exact.includes(candidate);
  return (candidate) => matches(candidate, selector.toLowerCase());
}

function matches({ key, description: d }: Candidate, selector: string): boolean {
  return (
    d.id.startsWith(selector) ||
    key.id.startsWith(selector) ||
    d.aaguid === selector ||
    (d.reader?.toLowerCase().includes(selector) ?? false)
  );
}

function severalKeys(message: string, candidates: readonly Candidate[]): FidoError {
  return new FidoError('several-keys', `${message}: ${names(candidates)}`);
}

function names(candidates: readonly Candidate[]): string {
  return candidates
    .map(
      ({ description: d }) =>
        `${d.id} (${[d.model ?? d.name, d.serial && `serial ${d.serial}`].filter(Boolean).join(', ')})`,
    )
    .join('; ');
}

function noKey(failures: readonly { error: FidoError }[]): FidoError {
  const reasons = failures.map(({ error }) => `${error.message}${error.hint ? ` (${error.hint})` : ''}`).join(' ');
  return new FidoError('no-key', 'no security key found', {
    hint: `Plug one in, or put it on a reader.${reasons ? ` Not everything could be looked at: ${reasons}` : ''}`,
    situation: { id: 'no-key-found', failures: failures.map(({ error }) => error) },
  });
}
