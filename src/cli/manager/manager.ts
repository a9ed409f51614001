/**
 * `seckey` alone on a terminal. Its menus compose command lines and run them in this process: it can do nothing that a
 * script cannot, and shows how a script would.
 */
import { describeSession } from '../../index.ts';
import { Context } from '../context.ts';
import { EXIT } from '../errors.ts';
import { EACH_WORDS, keyLabel, MENU_WORDS, START_WORDS, TRACE_WORDS } from '../messages/manager.ts';
import { CommandRunner, type RunProgram } from './command-runner.ts';
import { ManagerContext } from './manager-context.ts';
import { type Entry, idOf, itemsOf, type MenuPage } from './menu-page.ts';
import { askLine } from './question.ts';
import { enterSoftwareKeys } from './software-key-menu.ts';

/** @returns the exit code. @throws {FidoError} `interrupted` for Ctrl-C at a menu */
export async function manage(context: Context, runProgram: RunProgram): Promise<number> {
  const manager = new ManagerContext(context, new CommandRunner(context, runProgram));
  const { key } = context.options;
  if (key === undefined) {
    await enterStart(manager);
  } else {
    // Whoever named a key wants that one, or to hear why not.
    await manager.keySession(await selectedId(context), MENU_WORDS.quit);
  }
  return EXIT.done;
}

/** The id of the key that --key names. @throws {FidoError} if there is none such, or it cannot be opened */
async function selectedId({ options, signal }: Context): Promise<string> {
  const context = new Context(options, signal, undefined, { continuesTrace: true });
  try {
    return (await describeSession(await context.openKey())).id;
  } finally {
    await context.close();
  }
}

/** The keys that are there, while they come and go, and what is for no key in particular. */
async function enterStart(manager: ManagerContext): Promise<void> {
  const { live } = manager;
  for (let start: string | undefined; ; ) {
    let stop: (() => Promise<void>) | undefined;
    const id = await manager
      .ask({
        start,
        page: () => {
          const page = startPage(manager);
          return { title: page.title, lines: page.lines, items: itemsOf(page) };
        },
        watch: (changed) => {
          stop = live.watch(changed);
          return () => {};
        },
      })
      .finally(() => stop?.());
    const entry = startPage(manager).entries.find((each) => idOf(each) === id);
    if (!entry) return;
    start = id;
    await entry.run();
  }
}

function startPage(manager: ManagerContext): MenuPage {
  const { live } = manager;
  const keys = live.all.map(
    (candidate): Entry => ({
      id: candidate.description.id,
      label: keyLabel(candidate),
      argv: ['--key', candidate.description.id, 'info'],
      run: () => manager.keySession(candidate.description.id),
    }),
  );
  return {
    title: keys.length > 0 ? START_WORDS.title : live.looked ? START_WORDS.none : START_WORDS.looking,
    lines: live.failures.map(START_WORDS.failure),
    entries: [...keys, ...otherEntries(manager, keys.length)],
    exit: MENU_WORDS.quit,
  };
}

function otherEntries(manager: ManagerContext, keyCount: number): Entry[] {
  return [
    {
      label: START_WORDS.software,
      explanation: START_WORDS.softwareExplained,
      run: () => enterSoftwareKeys(manager),
    },
    {
      label: START_WORDS.touch,
      argv: ['identify', '--touch'],
      unavailable: keyCount === 0 ? START_WORDS.noKeyToTouch : undefined,
      run: () => manager.run(['identify', '--touch']),
    },
    { label: START_WORDS.each, argv: ['reset', '--each'], run: () => resetEach(manager) },
    { label: START_WORDS.doctor, argv: ['doctor'], run: () => manager.run(['doctor']) },
    { label: START_WORDS.trace, argv: ['trace', 'show'], run: () => showTrace(manager) },
  ];
}

async function resetEach(manager: ManagerContext): Promise<void> {
  const journal = await askLine(EACH_WORDS.askJournal);
  if (journal === undefined) return;
  await manager.run(['reset', '--each', ...(journal === '' ? [] : ['--journal', journal])]);
}

async function showTrace(manager: ManagerContext): Promise<void> {
  const file = await askLine(TRACE_WORDS.askFile);
  if (file) await manager.run(['trace', 'show', file]);
}
