/** Software keys: made, used, plugged in for other programs, deleted. */
import { softwareKeys } from '../../index.ts';
import { SOFTWARE_WORDS as WORDS } from '../messages/manager.ts';
import type { ManagerContext } from './manager-context.ts';
import { type Entry, enter, LEAVE } from './menu-page.ts';
import { askLine, askWhether } from './question.ts';

const DEMO = ['virtual', 'create', 'demo', '--demo'];

export function enterSoftwareKeys(manager: ManagerContext): Promise<void> {
  return enter(manager, async () => {
    const { keys } = await softwareKeys.list();
    const hasDemo = keys.some(({ name }) => name === 'demo');
    return {
      title: WORDS.title,
      lines: keys.length === 0 ? [WORDS.none] : [],
      entries: [
        ...keys.map(({ name, model }) => ({
          id: `key:${name}`,
          label: `${name} (${model})`,
          explanation: WORDS.useExplained,
          run: () => enterSoftwareKey(manager, name, model),
        })),
        ...(hasDemo ? [] : [{ label: WORDS.demo, argv: DEMO, run: () => makeDemo(manager) }]),
        { label: WORDS.make, explanation: WORDS.makeExplained, run: () => make(manager) },
        { label: WORDS.models, argv: ['virtual', 'models'], run: () => manager.run(['virtual', 'models']) },
      ],
    };
  });
}

async function makeDemo(manager: ManagerContext): Promise<void> {
  if ((await manager.run(DEMO)) === 0) await manager.keySession('virtual:demo');
}

async function make(manager: ManagerContext): Promise<void> {
  const name = await askLine(WORDS.askName);
  if (!name) return;
  const models = await softwareKeys.models();
  const items = models.map(({ model, description }) => ({ id: model, label: model, explanation: description }));
  const model = await manager.ask({ page: () => ({ title: WORDS.askModel, items }) });
  if (model === undefined) return;
  const demo = await askWhether(WORDS.askDemo, true);
  if (demo === undefined) return;
  await manager.run(['virtual', 'create', name, '--model', model, ...(demo ? ['--demo'] : [])]);
}

function enterSoftwareKey(manager: ManagerContext, name: string, model: string): Promise<void> {
  const command = (label: string, ...words: string[]): Entry => ({
    label,
    argv: words,
    run: () => manager.run(words),
  });
  const remove = ['virtual', 'delete', name];
  return enter(manager, async () => ({
    title: `${name} (${model})`,
    entries: [
      {
        label: WORDS.use,
        explanation: WORDS.useExplained,
        run: () => manager.keySession(`virtual:${name}`),
      },
      command(WORDS.replug, 'virtual', 'replug', name),
      command(WORDS.serveVpcd, 'virtual', 'serve', name),
      command(WORDS.serveUhid, 'virtual', 'serve', name, '--uhid'),
      {
        label: WORDS.delete,
        argv: remove,
        run: async () => ((await manager.run(remove)) === 0 ? LEAVE : undefined),
      },
    ],
  }));
}
