import { createInterface } from 'node:readline';
import { softwareKeys } from '../../index.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../errors.ts';
import { failure } from '../failure.ts';
import * as words from '../messages/virtual.ts';
import { escaped } from '../terminal/escape.ts';
import { askYesNo } from '../terminal/prompts.ts';

/** `seckey virtual create NAME` */
export async function create(
  context: Context,
  name: string,
  options: { model?: string; hand: softwareKeys.SimulatedUser; demo?: true },
): Promise<void> {
  const { out } = context;
  const key = await softwareKeys.create(name, options);
  out.document({ name: key.name, model: key.model });
  out.data(words.made(key));
  if (key.demoPin) out.data(words.demoPin(key.demoPin));
  out.say(words.nextInfo(key.name));
}

/** `seckey virtual list` */
export async function list({ out }: Context): Promise<void> {
  const { keys, failures } = await softwareKeys.list();
  out.document({ keys: keys.map(({ name, model, hand }) => ({ name, model, hand })) });
  if (keys.length === 0 && failures.length === 0) out.say(words.NONE);
  for (const key of keys) out.data(words.line(key));
  for (const failure of failures) out.insist(words.unreadable(failure));
}

/** `seckey virtual models` */
export async function models({ out }: Context, options: { all?: true }): Promise<void> {
  const all = await softwareKeys.models(options);
  out.document({ models: all });
  for (const row of all) for (const line of words.modelLines(row, out.width)) out.data(line);
}

/** `seckey virtual delete NAME` */
export async function remove(context: Context, name: string): Promise<void> {
  if (context.canAsk && !context.options.yes && !(await askYesNo(words.deleteQuestion(name), false))) {
    throw failure('declined', words.NOT_DELETED);
  }
  await softwareKeys.delete(name);
  context.out.document({ name, deleted: true });
  context.out.data(words.deleted(name));
}

/** `seckey virtual replug NAME` */
export async function replug({ out }: Context, name: string): Promise<void> {
  await softwareKeys.replug(name);
  out.document({ name, replugged: true });
  out.data(words.replugged(name));
}

/** `seckey virtual serve NAME…`, until interrupted */
export async function serve(
  context: Context,
  names: string[],
  options: { vpcd?: string; uhid?: true; stdin?: true },
): Promise<number> {
  const { out, signal } = context;
  await softwareKeys.serve(names, {
    ...(options.uhid ? { uhid: true } : { vpcd: address(options.vpcd) }),
    signal,
    onServing: (served) => {
      out.document({ serving: served.map(({ name, where }) => ({ name, where })) });
      for (const { name, where } of served) out.data(`${name}: ${where}`);
      out.say(words.SERVING);
      // Only when asked to: reading the terminal would stop a command that runs in the background.
      if (options.stdin) obeyStdin(context, served);
    },
  });
  return EXIT.interrupted;
}

/** A hand for served keys: a line each of standard input, `remove`, `insert`, `replug` or `touch`, then perhaps a name. */
function obeyStdin({ out, signal }: Context, served: readonly softwareKeys.ServedKey[]): void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const [action = '', name] = line.trim().split(/\s+/);
    const keys = served.filter((key) => name === undefined || key.name === name);
    if (keys.length === 0) return out.insist(words.noSuchServed(name ?? ''));
    for (const key of keys) {
      handle(key, action).then(
        (done) => out.say(done),
        (error: Error) => out.insist(escaped(error.message)),
      );
    }
  });
  signal.addEventListener('abort', () => lines.close(), { once: true });
}

async function handle(key: softwareKeys.ServedKey, action: string): Promise<string> {
  switch (action) {
    case 'remove':
      await key.remove();
      return words.HANDLED.remove(key.name);
    case 'insert':
      await key.insert();
      return words.HANDLED.insert(key.name);
    case 'replug':
      await key.remove();
      await key.insert();
      return words.HANDLED.replug(key.name);
    case 'touch':
      key.touch();
      return words.HANDLED.touch(key.name);
    default:
      return words.HANDLES;
  }
}

const DEFAULT_VPCD = { host: 'localhost', port: 35963 };

function address(text: string | undefined): { host: string; port: number } {
  if (text === undefined) return DEFAULT_VPCD;
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65_535) {
    throw failure('usage', words.noAddress(text));
  }
  return { host: match[1] || match[2] || DEFAULT_VPCD.host, port };
}
