/** A menu that comes back after each choice, until somebody leaves it. */

import { MENU_WORDS } from '../messages/manager.ts';
import { shellLine } from '../terminal/shell-line.ts';
import type { MenuItem, MenuOptions } from './menu.ts';

/** What a choice answers to leave the page it was made on. */
export const LEAVE = Symbol('leave');

/** A line to choose; its texts are escaped already. */
export interface Entry {
  /** Tells it apart from the others; its label if left out. */
  id?: string | undefined;
  label: string;
  /** The command line it stands for. */
  argv?: readonly string[] | undefined;
  /** What it does, where it is no single command. */
  explanation?: string | undefined;
  /** Why it cannot be chosen. */
  unavailable?: string | undefined;
  run(): Promise<unknown>;
}

export interface MenuPage {
  title: string;
  lines?: readonly string[] | undefined;
  entries: readonly Entry[];
  /** The label of the way out. */
  exit?: string | undefined;
}

export interface Asker {
  /** @returns the id of the line; undefined when somebody goes back */
  ask(options: MenuOptions): Promise<string | undefined>;
}

const EXIT_ID = 'exit';

/** `build` is asked before each choice; undefined ends it. */
export async function enter(asker: Asker, build: () => Promise<MenuPage | undefined>): Promise<void> {
  for (let start: string | undefined; ; ) {
    const page = await build();
    if (!page) return;
    const screen = { title: page.title, lines: page.lines, items: itemsOf(page) };
    const id = await asker.ask({ page: () => screen, start });
    const entry = page.entries.find((each) => idOf(each) === id);
    if (!entry) return;
    start = id;
    if ((await entry.run()) === LEAVE) return;
  }
}

export function itemsOf({ entries, exit = MENU_WORDS.back }: MenuPage): MenuItem[] {
  const items = entries.map((entry) => ({
    id: idOf(entry),
    label: entry.label,
    explanation: entry.argv ? `$ ${shellLine(entry.argv)}` : entry.explanation,
    unavailable: entry.unavailable,
  }));
  return [...items, { id: EXIT_ID, label: exit }];
}

export function idOf({ id, label }: Entry): string {
  return id ?? label;
}
