import { createInterface } from 'node:readline';
import {
  createSoftwareKey,
  deleteSoftwareKey,
  FidoError,
  type Hand,
  listSoftwareKeys,
  replugSoftwareKey,
  type ServedKey,
  serveSoftwareKeys,
  softwareKeyModels,
} from '../../index.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../errors.ts';
import { escaped } from '../escape.ts';
import { askYesNo } from '../prompts.ts';

/** `seckey virtual create NAME` */
export async function create(
  context: Context,
  [name = '']: readonly string[],
  options: { model?: string; hand?: Hand; demo?: boolean },
): Promise<void> {
  const { out } = context;
  const key = await createSoftwareKey(name, options);
  out.document({ name: key.name, model: key.model });
  out.data(`Made the software key "${key.name}" (${key.model}).`);
  if (key.demoPin) out.data(`It holds sample credentials. Its PIN is ${key.demoPin}.`);
  out.say(`Next: seckey --key virtual:${key.name} info`);
}

/** `seckey virtual list` */
export async function list({ out }: Context): Promise<void> {
  const { keys, failures } = await listSoftwareKeys();
  out.document({ keys: keys.map(({ name, model, hand }) => ({ name, model, hand })) });
  if (keys.length === 0 && failures.length === 0)
    out.say('There are no software keys. Make one: seckey virtual create demo');
  for (const { name, model, hand } of keys) out.data(`${name.padEnd(20)} ${model.padEnd(20)} hand: ${hand}`);
  for (const failure of failures)
    out.insist(`${escaped(failure.message)}${failure.hint ? ` ${escaped(failure.hint)}` : ''}`);
}

/** `seckey virtual models` */
export async function models({ out }: Context): Promise<void> {
  const all = await softwareKeyModels();
  out.document({ models: all });
  for (const { model, description } of all) out.data(`${model.padEnd(20)} ${description}`);
}

/** `seckey virtual delete NAME` */
export async function remove(context: Context, [name = '']: readonly string[]): Promise<void> {
  if (
    context.canAsk &&
    !context.options.yes &&
    !(await askYesNo(`Delete the software key "${name}" and everything on it?`, false))
  ) {
    throw new FidoError('declined', 'nothing was deleted');
  }
  await deleteSoftwareKey(name);
  context.out.document({ name, deleted: true });
  context.out.data(`Deleted the software key "${name}".`);
}

/** `seckey virtual replug NAME` */
export async function replug({ out }: Context, [name = '']: readonly string[]): Promise<void> {
  await replugSoftwareKey(name);
  out.document({ name, replugged: true });
  out.data(`Took "${name}" out and put it back in.`);
}

/** `seckey virtual serve NAME…`, until interrupted */
export async function serve(
  context: Context,
  names: readonly string[],
  options: { vpcd?: string; uhid?: boolean; stdin?: boolean },
): Promise<number> {
  const { out, signal } = context;
  await serveSoftwareKeys(names, {
    ...(options.uhid ? { uhid: true } : { vpcd: address(options.vpcd) }),
    signal,
    onServing: (served) => {
      out.document({ serving: served.map(({ name, where }) => ({ name, where })) });
      for (const { name, where } of served) out.data(`${name}: ${where}`);
      out.say('Serving until interrupted (Ctrl-C).');
      // Only when asked to: reading the terminal would stop a command that runs in the background.
      if (options.stdin) obeyStdin(context, served);
    },
  });
  return EXIT.interrupted;
}

/** A hand for served keys: a line each of standard input, `remove`, `insert`, `replug` or `touch`, then perhaps a name. */
function obeyStdin({ out, signal }: Context, served: readonly ServedKey[]): void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const [action = '', name] = line.trim().split(/\s+/);
    const keys = served.filter((key) => name === undefined || key.name === name);
    if (keys.length === 0) return out.insist(`There is no "${escaped(name ?? '')}" here.`);
    for (const key of keys) {
      handle(key, action).then(
        (done) => out.say(done),
        (error: Error) => out.insist(escaped(error.message)),
      );
    }
  });
  signal.addEventListener('abort', () => lines.close(), { once: true });
}

async function handle(key: ServedKey, action: string): Promise<string> {
  switch (action) {
    case 'remove':
      await key.remove();
      return `${key.name} is out.`;
    case 'insert':
      await key.insert();
      return `${key.name} is in.`;
    case 'replug':
      await key.remove();
      await key.insert();
      return `${key.name} was out and is in again.`;
    case 'touch':
      key.touch();
      return `${key.name} was touched.`;
    default:
      return 'Type remove, insert, replug or touch, and a name if several keys are served.';
  }
}

const DEFAULT_VPCD = { host: 'localhost', port: 35963 };

function address(text: string | undefined): { host: string; port: number } {
  if (text === undefined) return DEFAULT_VPCD;
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65_535) {
    throw new FidoError('usage', `--vpcd ${text} is no HOST:PORT`, { hint: 'For example --vpcd localhost:35963' });
  }
  return { host: match[1] || match[2] || DEFAULT_VPCD.host, port };
}
