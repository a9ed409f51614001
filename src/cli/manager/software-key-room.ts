/** Software keys: made, used, plugged in for other programs, deleted. */
import { listSoftwareKeys, softwareKeyModels } from '../../index.ts';
import { SOFTWARE_WORDS as WORDS } from '../words/manager.ts';
import type { Desk } from './desk.ts';
import { askLine, askWhether } from './question.ts';
import { type Entry, enter, LEAVE } from './room.ts';

const DEMO = ['virtual', 'create', 'demo', '--demo'];

export function enterSoftwareKeys(desk: Desk): Promise<void> {
  return enter(desk, async () => {
    const { keys } = await listSoftwareKeys();
    const hasDemo = keys.some(({ name }) => name === 'demo');
    return {
      title: WORDS.title,
      lines: keys.length === 0 ? [WORDS.none] : [],
      entries: [
        ...keys.map(({ name, model }) => ({
          id: `key:${name}`,
          label: `${name} (${model})`,
          explanation: WORDS.useExplained,
          run: () => enterSoftwareKey(desk, name, model),
        })),
        ...(hasDemo ? [] : [{ label: WORDS.demo, argv: DEMO, run: () => makeDemo(desk) }]),
        { label: WORDS.make, explanation: WORDS.makeExplained, run: () => make(desk) },
        { label: WORDS.models, argv: ['virtual', 'models'], run: () => desk.run(['virtual', 'models']) },
      ],
    };
  });
}

async function makeDemo(desk: Desk): Promise<void> {
  if ((await desk.run(DEMO)) === 0) await desk.visit('virtual:demo');
}

async function make(desk: Desk): Promise<void> {
  const name = await askLine(WORDS.askName);
  if (!name) return;
  const models = await softwareKeyModels();
  const items = models.map(({ model, description }) => ({ id: model, label: model, explanation: description }));
  const model = await desk.ask({ page: () => ({ title: WORDS.askModel, items }) });
  if (model === undefined) return;
  const demo = await askWhether(WORDS.askDemo, true);
  if (demo === undefined) return;
  await desk.run(['virtual', 'create', name, '--model', model, ...(demo ? ['--demo'] : [])]);
}

function enterSoftwareKey(desk: Desk, name: string, model: string): Promise<void> {
  const command = (label: string, ...words: string[]): Entry => ({
    label,
    argv: words,
    run: () => desk.run(words),
  });
  const remove = ['virtual', 'delete', name];
  return enter(desk, async () => ({
    title: `${name} (${model})`,
    entries: [
      {
        label: WORDS.use,
        explanation: WORDS.useExplained,
        run: () => desk.visit(`virtual:${name}`),
      },
      command(WORDS.replug, 'virtual', 'replug', name),
      command(WORDS.serveVpcd, 'virtual', 'serve', name),
      command(WORDS.serveUhid, 'virtual', 'serve', name, '--uhid'),
      {
        label: WORDS.delete,
        argv: remove,
        run: async () => ((await desk.run(remove)) === 0 ? LEAVE : undefined),
      },
    ],
  }));
}
