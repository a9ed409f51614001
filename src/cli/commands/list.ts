import {
  type DiscoveredKey,
  Discovery,
  describeAll,
  type FidoError,
  type KeyDescription,
  SoftwareKeys,
} from '../../index.ts';
import type { Context, Finder } from '../context.ts';
import { EXIT, errorDocument } from '../errors.ts';
import { escaped } from '../escape.ts';

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
  const { keys, failures } = await look(finders);
  context.out.document({ keys: keys.map(keyDocument) });
  if (keys.length === 0) context.out.say('No security key found. Plug one in, or put it on a reader.');
  for (const key of keys) show(context, key);
  for (const failure of failures) {
    context.out.say(
      `Not everything could be looked at: ${escaped(failure.message)}.${failure.hint ? ` ${escaped(failure.hint)}` : ''}`,
    );
  }
}

async function look(finders: readonly Finder[]): Promise<{ keys: KeyDescription[]; failures: FidoError[] }> {
  const found = await Promise.all(finders.map((finder) => finder.list()));
  const candidates = await describeAll(found.flatMap(({ keys }) => keys));
  return {
    keys: candidates.map(({ description }) => description),
    failures: found.flatMap(({ failures }) => failures.map(({ error }) => error)),
  };
}

/** One entry of the JSON shape. */
export function keyDocument({ error, ...key }: KeyDescription): object {
  if (!error) return key;
  const { code, message, hint } = errorDocument(error);
  return { ...key, error: { code, message, ...(hint === undefined ? {} : { hint }) } };
}

function show({ out }: Context, key: KeyDescription): void {
  const { id, transport, model, name, serial, path, reader, error } = key;
  out.data(`${out.styled('bold', escaped(id))}  ${escaped(model ?? name ?? 'unknown key')}`);
  const place = transport === 'usb' ? `USB${path ? ` ${path}` : ''}` : `reader ${reader ?? ''}`;
  const facts = [serial && `serial ${serial}`, model && name && name !== reader && name, place].filter(Boolean);
  out.data(`    ${escaped(facts.join(' · '))}`);
  if (error) {
    out.data(`    ${out.styled('red', `cannot be used: ${escaped(error.message)}`)}`);
    if (error.hint) out.data(`    ${escaped(error.hint)}`);
  }
}

/** Until interrupted: what is there, then each key that comes or goes. */
async function watch(context: Context, finders: readonly Finder[]): Promise<void> {
  const { out, signal } = context;
  const known = new Map<string, KeyDescription>();
  let wake = () => {};
  const stops = finders.map((finder) => finder.watch(() => wake()));
  // Watching alone need not keep the process alive, e.g. with software keys or without pcscd.
  const alive = setInterval(() => {}, 3_600_000);
  try {
    if (!context.options.json) out.say('Watching for keys. Ctrl-C ends it.');
    for (let first = true; !signal.aborted; first = false) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await report(context, finders, known, first);
      await changed;
    }
  } finally {
    clearInterval(alive);
    for (const stop of stops) stop();
  }
}

async function report(
  context: Context,
  finders: readonly Finder[],
  known: Map<string, KeyDescription>,
  first: boolean,
): Promise<void> {
  const { out } = context;
  const found = (await Promise.all(finders.map((finder) => finder.list()))).flatMap(({ keys }) => keys);
  const present = new Map(found.map((key) => [placeOf(key), key]));
  const events: { event: string; key: KeyDescription }[] = [];
  for (const [place, key] of known) {
    if (present.has(place)) continue;
    known.delete(place);
    events.push({ event: 'removed', key });
  }
  const fresh = [...present].filter(([place]) => !known.has(place));
  for (const { key, description } of await describeAll(fresh.map(([, key]) => key))) {
    known.set(placeOf(key), description);
    events.push({ event: 'added', key: description });
  }
  const keys = [...known.values()].map(keyDocument);
  if (first && events.length === 0) out.document({ keys });
  for (const { event, key } of events) {
    out.document({ event, key: keyDocument(key), keys });
    out.data(event === 'added' ? '+' : `- ${escaped(key.id)}  ${escaped(key.model ?? key.name ?? '')}`);
    if (event === 'added') show(context, key);
  }
}

function placeOf(key: DiscoveredKey): string {
  return `${key.path ?? key.reader ?? ''}|${key.id}`;
}
