import {
  Discovery,
  describeAll,
  type FidoError,
  type KeyDescription,
  KnownKeys,
  type ReaderLimit,
  SoftwareKeys,
  unlessInterrupted,
} from '../../index.ts';
import type { Context, Finder } from '../context.ts';
import { EXIT, errorDocument } from '../errors.ts';
import { escaped } from '../terminal/escape.ts';
import * as words from '../words/keys.ts';

/** `seckey list` */
export async function list(
  context: Context,
  _args: readonly string[],
  options: { watch?: boolean; virtual?: boolean },
): Promise<number | undefined> {
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
  if (virtual) finders.push(await SoftwareKeys.open(undefined, transport ? { transport } : {}));
  return finders.map((finder) => context.traced(finder));
}

async function once(context: Context, finders: readonly Finder[]): Promise<undefined> {
  const { keys, failures, readerLimit } = await look(finders, context.signal);
  context.out.document({ keys: keys.map(keyDocument) });
  if (keys.length === 0) context.out.say(words.NONE_FOUND);
  for (const key of keys) show(context, key);
  for (const failure of failures) context.out.say(words.notLookedAt(failure));
  if (readerLimit) context.out.say(words.onlySomeReaders(readerLimit));
}

async function look(
  finders: readonly Finder[],
  signal: AbortSignal,
): Promise<{ keys: KeyDescription[]; failures: FidoError[]; readerLimit: ReaderLimit | undefined }> {
  const found = await unlessInterrupted(Promise.all(finders.map((finder) => finder.list())), signal);
  const candidates = await describeAll(
    found.flatMap(({ keys }) => keys),
    { signal },
  );
  return {
    keys: candidates.map(({ description }) => description),
    failures: found.flatMap(({ failures }) => failures.map(({ error }) => error)),
    readerLimit: found.find(({ readerLimit }) => readerLimit)?.readerLimit,
  };
}

/** One entry of the JSON shape. */
export function keyDocument({ error, ...key }: KeyDescription): object {
  if (!error) return key;
  const { code, message, hint } = errorDocument(error);
  return { ...key, error: { code, message, hint } };
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
  const { out } = context;
  const listed = await unlessInterrupted(Promise.all(finders.map((finder) => finder.list())), context.signal);
  const found = listed.flatMap(({ keys }) => keys);
  const { added, removed } = await known.update(found);
  const keys = known.all.map(({ description }) => keyDocument(description));
  if (first && added.length === 0) out.document({ keys });
  for (const { description: key } of removed) {
    out.document({ event: 'removed', key: keyDocument(key), keys });
    out.data(`- ${escaped(key.id)}  ${escaped(key.model ?? key.name ?? '')}`);
  }
  for (const { description: key } of added) {
    out.document({ event: 'added', key: keyDocument(key), keys });
    out.data('+');
    show(context, key);
  }
}
