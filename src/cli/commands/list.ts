import {
  type Candidate,
  Discovery,
  type DiscoveryResult,
  describeAll,
  type FidoError,
  type KeyDescription,
  KnownKeys,
  keyFilter,
  matchingKeys,
  softwareKeys,
  unlessInterrupted,
} from '../../index.ts';
import type { ReaderLimit } from '../../transport/index.ts';
import type { Context, Finder } from '../context.ts';
import { EXIT, errorDocument } from '../errors.ts';
import * as words from '../messages/keys.ts';
import { escaped } from '../terminal/escape.ts';
import { quietInput } from '../terminal/quiet-input.ts';

/** `seckey list` */
export async function list(context: Context, options: { watch?: true; virtual?: true }): Promise<number | undefined> {
  const finders = await findersFor(context, options.virtual || Boolean(process.env.SECKEY_VIRTUAL));
  try {
    if (!options.watch) return await once(context, finders);
    await watch(context, finders);
    // It ends no other way.
    return EXIT.interrupted;
  } finally {
    for (const finder of finders) await finder.close();
  }
}

async function findersFor(context: Context, virtual: boolean): Promise<Finder[]> {
  const { transport, key } = context.options;
  if (key?.startsWith('virtual:')) return [await context.finder()];
  const finders: Finder[] = [new Discovery(transport ? { transports: [transport] } : {})];
  if (virtual) finders.push(await softwareKeys.open(undefined, transport ? { transport } : {}));
  return finders.map((finder) => context.traced(finder));
}

async function once(context: Context, finders: readonly Finder[]): Promise<number | undefined> {
  const { out } = context;
  const { transport } = context.options;
  const { candidates, failures, readerLimit } = await look(finders, context.signal);
  // Whoever named one transport wants to know what is wrong with it.
  const isAllFailed = transport !== undefined && failures.length > 0;
  const keys = chosen(context, candidates, isAllFailed).map(({ description }) => description);
  out.document({ keys: keys.map(keyDocument), ...failuresDocument(failures) });
  if (keys.length === 0 && !isAllFailed) out.say(words.NONE_FOUND);
  for (const key of keys) show(context, key);
  for (const { error } of failures) {
    if (isAllFailed) for (const line of words.allFailed(errorDocument(error))) out.insist(line);
    else out.say(words.notLookedAt(error));
  }
  if (readerLimit) out.say(words.onlySomeReaders(readerLimit));
  return isAllFailed ? EXIT.transport : undefined;
}

/** Those that --key means. @throws {FidoError} `no-key` if it means none, unless they may only not have been found */
function chosen(
  { options, virtualNames }: Context,
  all: readonly Candidate[],
  mayBeMore: boolean,
): readonly Candidate[] {
  const { key } = options;
  if (key === undefined || virtualNames) return all;
  return mayBeMore ? all.filter(keyFilter(all, key)) : matchingKeys(all, key);
}

/** Transports that could not be looked at, if there are any. */
function failuresDocument(failures: readonly Failure[]): { failures?: object[] } {
  if (failures.length === 0) return {};
  return { failures: failures.map(({ transport, error }) => ({ transport, error: errorMember(error) })) };
}

type Failure = DiscoveryResult['failures'][number];

async function look(
  finders: readonly Finder[],
  signal: AbortSignal,
): Promise<{ candidates: Candidate[]; failures: Failure[]; readerLimit: ReaderLimit | undefined }> {
  const found = await unlessInterrupted(Promise.all(finders.map((finder) => finder.list())), signal);
  const candidates = await describeAll(
    found.flatMap(({ keys }) => keys),
    { signal },
  );
  return {
    candidates,
    failures: found.flatMap(({ failures }) => failures),
    readerLimit: found.find(({ readerLimit }) => readerLimit)?.readerLimit,
  };
}

/** One entry of the JSON shape. */
export function keyDocument({ error, ...key }: KeyDescription): object {
  return error ? { ...key, error: errorMember(error) } : key;
}

function errorMember(error: FidoError): object {
  const { code, message, hint } = errorDocument(error);
  return { code, message, hint };
}

function show({ out }: Context, key: KeyDescription): void {
  const { id, error } = key;
  out.data(`${out.styled('bold', escaped(id))}  ${words.title(key)}`);
  out.data(`    ${words.facts(key)}`);
  if (error) {
    out.data(`    ${out.styled('red', words.cannotBeUsed(error))}`);
    if (error.hint) out.data(`    ${escaped(error.hint)}`);
  }
}

/** Until interrupted: what is there, then each key that comes or goes. */
async function watch(context: Context, finders: readonly Finder[]): Promise<void> {
  const { out, signal } = context;
  const known = new KnownKeys({ signal });
  let wake = () => {};
  const stops = finders.map((finder) => finder.watch(() => wake()));
  signal.addEventListener('abort', () => wake(), { once: true });
  // Watching alone need not keep the process alive, e.g. with software keys or without pcscd.
  const alive = setInterval(() => {}, 3_600_000);
  try {
    quietInput.begin();
    if (!context.options.json) out.say(words.WATCHING);
    for (let first = true; !signal.aborted; first = false) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await report(context, finders, known, first);
      await changed;
    }
  } finally {
    clearInterval(alive);
    for (const stop of stops) stop();
  }
}

async function report(context: Context, finders: readonly Finder[], known: KnownKeys, first: boolean): Promise<void> {
  const { out, options } = context;
  const listed = await unlessInterrupted(Promise.all(finders.map((finder) => finder.list())), context.signal);
  const { added, removed } = await known.update(listed.flatMap(({ keys }) => keys));
  const selector = context.virtualNames ? undefined : options.key;
  const isMeant = selector === undefined ? () => true : keyFilter([...known.all, ...removed], selector);
  const [come, gone] = [added, removed].map((keys) => keys.filter(isMeant).map(({ description }) => description));
  const failures = listed.flatMap((each) => each.failures);
  if (first) {
    out.document({ keys: come?.map(keyDocument), ...failuresDocument(failures) });
    for (const { error } of failures) out.say(words.notLookedAt(error));
  } else {
    if (gone?.length) out.document({ removed: gone.map(({ id }) => ({ id })) });
    if (come?.length) out.document({ added: come.map(keyDocument) });
  }
  for (const key of gone ?? []) out.data(`- ${escaped(key.id)}  ${escaped(key.model ?? key.name ?? '')}`);
  for (const key of come ?? []) {
    out.data('+');
    show(context, key);
  }
}
