/**
 * A menu at the terminal: a title, what is known, and lines to choose from. The lines may change while it is open, and the
 * cursor stays on the line it was on. It never takes more rows than the terminal has, since what is above the first row
 * could not be redrawn. Written with inquirer's own toolkit, because its select prompt takes its choices once.
 */
import {
  createPrompt,
  isDownKey,
  isEnterKey,
  isUpKey,
  type KeypressEvent,
  useEffect,
  useKeypress,
  useState,
} from '@inquirer/core';
import { FidoError } from '../../index.ts';
import { MENU_WORDS } from '../messages/manager.ts';
import { interruption } from '../terminal/interruption.ts';
import type { Output } from '../terminal/output.ts';
import { quietInput } from '../terminal/quiet-input.ts';
import { fitted } from '../terminal/table.ts';
import { wrapped } from '../terminal/text.ts';

/** All texts are escaped already. */
export interface MenuItem {
  /** Tells it apart while the menu is open. */
  id: string;
  label: string;
  /** Said in the last lines while the cursor is on it: the command line it stands for, or what it does. */
  explanation?: string | undefined;
  /** Why it cannot be chosen. */
  unavailable?: string | undefined;
}

export interface MenuScreen {
  title: string;
  /** What is known, between the title and the lines to choose from; left out where the terminal is too low. */
  lines?: readonly string[] | undefined;
  items: readonly MenuItem[];
}

export interface MenuOptions {
  /** Asked again whenever `watch` says so. */
  page: () => MenuScreen;
  watch?: ((changed: () => void) => () => void) | undefined;
  /** The line the cursor starts on. */
  start?: string | undefined;
  /** Ends the menu as if somebody had gone back, e.g. when its key is taken out. */
  over?: AbortSignal | undefined;
}

/**
 * Shows the menu until a line is chosen.
 * @returns the id of the line; undefined for Esc, or when `over` was aborted.
 * @throws {FidoError} `interrupted` for Ctrl-C and SIGTERM
 */
export async function askMenu(out: Output, options: MenuOptions): Promise<string | undefined> {
  const signals = [interruption.signal, ...(options.over ? [options.over] : [])];
  const context = {
    input: process.stdin,
    output: process.stderr,
    signal: AbortSignal.any(signals),
    clearPromptOnDone: true,
  };
  try {
    return await quietInput.lend(() => menu({ ...options, out }, context));
  } catch (error) {
    if (options.over?.aborted && !interruption.signal.aborted) return undefined;
    if (error instanceof Error && (error.name === 'ExitPromptError' || error.name === 'AbortPromptError')) {
      throw new FidoError('interrupted', 'interrupted');
    }
    throw error;
  }
}

const menu = createPrompt<string | undefined, MenuOptions & { out: Output }>((config, done) => {
  const [, redraw] = useState(0);
  const [active, setActive] = useState(config.start);
  // Not part of the state: the next key press must see what the last redraw saw.
  const { title, lines = [], items } = config.page();
  const at = position(items, active);

  useEffect(() => {
    let count = 0;
    const changed = () => redraw(++count);
    const stop = config.watch?.(changed);
    process.stderr.on('resize', changed);
    return () => {
      stop?.();
      process.stderr.off('resize', changed);
    };
  }, []);

  useKeypress((key, rl) => {
    const typed = rl.line;
    rl.clearLine(0);
    const move = (to: number) => setActive(items[Math.min(Math.max(to, 0), items.length - 1)]?.id);
    if (isEnterKey(key)) {
      const item = items[at];
      if (item && item.unavailable === undefined) done(item.id);
    } else if (key.name === 'escape' || key.name === 'left') {
      done(undefined);
    } else {
      const to = movedBy(key, at) ?? nextWith(items, typed.toLowerCase(), at);
      if (to !== undefined) move(to);
    }
  });

  return `${layout(config.out, { title, lines, items }, at).join('\n')}${HIDE_CURSOR}`;
});

const HIDE_CURSOR = '\u001b[?25l';

/** Where a key moves the cursor to, as an index that may lie outside; undefined for a key that is none of movement. */
function movedBy(key: KeypressEvent, at: number): number | undefined {
  if (isUpKey(key, [])) return at - 1;
  if (isDownKey(key, [])) return at + 1;
  if (key.name === 'home' || key.name === 'pageup') return 0;
  if (key.name === 'end' || key.name === 'pagedown') return Number.POSITIVE_INFINITY;
  return undefined;
}

/** Where the cursor is; where its line has gone, or none was named, on the first line that can be chosen. */
function position(items: readonly MenuItem[], active: string | undefined): number {
  const same = items.findIndex(({ id }) => id === active);
  return same >= 0
    ? same
    : Math.max(
        0,
        items.findIndex(({ unavailable }) => unavailable === undefined),
      );
}

/** The next line that begins with what was typed, this one if there is no other; undefined if nothing was typed. */
function nextWith(items: readonly MenuItem[], typed: string, at: number): number | undefined {
  if (typed === '') return undefined;
  const order = items.map((_, offset) => (at + 1 + offset) % items.length);
  return order.find((index) => items[index]?.label.toLowerCase().startsWith(typed)) ?? at;
}

/** Rows of an empty first line and the title; of an empty line, up to two of explanation, and the keys. */
const HEAD = 2;
const FOOT = 4;
/** Fewer lines to choose from say nothing; then what is known is left out. */
const MIN_ITEMS = 4;

function layout(out: Output, { title, lines = [], items }: MenuScreen, at: number): string[] {
  const columns = (process.stderr.columns || 80) - 1;
  const rows = (process.stderr.rows || 24) - 1;
  const cut = (line: string) => fitted(line, columns);
  const head = [...lines.map(cut), ...(lines.length > 0 ? [''] : [])];
  const shownHead = rows - HEAD - head.length - FOOT >= Math.min(MIN_ITEMS, items.length) ? head : [];
  const page = Math.max(1, rows - HEAD - shownHead.length - FOOT);
  const first = Math.min(Math.max(0, at - Math.floor(page / 2)), Math.max(0, items.length - page));
  const shown = items.slice(first, first + page).map((item, i) => {
    const isActive = first + i === at;
    const mark = isActive ? '>' : item.unavailable === undefined ? ' ' : '-';
    const text = cut(`${mark} ${item.label}`);
    if (item.unavailable !== undefined) return out.styled('dim', text);
    return isActive ? out.styled('bold', text) : text;
  });
  const count = items.length > page ? ` (${at + 1} of ${items.length})` : '';
  const item = items[at];
  const said = item?.unavailable === undefined ? item?.explanation : MENU_WORDS.unavailable(item.unavailable);
  const explanation = said === undefined ? [] : wrapped(said, columns - 2).slice(0, 2);
  return [
    '',
    out.styled('bold', `${fitted(title, columns - count.length)}${count}`),
    ...shownHead,
    ...shown,
    '',
    ...explanation.map((line) => `  ${cut(line)}`),
    out.styled('dim', cut(MENU_WORDS.keys)),
  ];
}
