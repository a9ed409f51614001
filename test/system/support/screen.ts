/** A terminal that really draws: tmux, whose screen is read as a person would see it. */
import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { must, run } from './program.ts';

export interface ScreenOptions {
  columns?: number;
  rows?: number;
  env?: Record<string, string>;
}

const POLL_MS = 50;

/** For whoever wants to read what people see: SCREENS names a file that gets each screen that was waited for. */
function keep(text: string): void {
  if (process.env.SCREENS) appendFileSync(process.env.SCREENS, `${text}\n${'='.repeat(80)}\n`);
}

export class Screen {
  readonly #socket = `seckey-test-${randomBytes(6).toString('hex')}`;

  private constructor() {}

  /** Runs a line of shell on a screen of its own. What is on the screen at its end, and its exit code, stay there. */
  static async open(line: string, { columns = 80, rows = 24, env = {} }: ScreenOptions = {}): Promise<Screen> {
    const screen = new Screen();
    const settings = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    // What is asked of the terminal afterwards shows whether it was left as it was found.
    const modes = ['echo', 'icanon', 'isig'].map((mode) => `-e '-\\?\\b${mode}\\b'`).join(' ');
    const after = `printf "exit code %s, echo %s" $? "$(stty -a | grep -o ${modes} | sort | paste -sd ' ')"; sleep 1000`;
    await screen.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      `${columns}`,
      '-y',
      `${rows}`,
      ...settings,
      `${line}; ${after}`,
    );
    return screen;
  }

  /** Keys by tmux's names: `Enter`, `Down`, `Escape`, `C-c` … */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys);
  }

  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', text);
  }

  /** Types a line. */
  async enter(text: string): Promise<void> {
    await this.type(text);
    await this.press('Enter');
  }

  /** The rows as they are now, without empty ones at the end. */
  async text(): Promise<string> {
    const text = await this.#tmux('capture-pane', '-p');
    return text.replace(/[ \t]+$/gm, '').trimEnd();
  }

  /** Waits until the screen matches; answers its text. @throws with the screen after 20 s */
  async shows(pattern: RegExp | string, timeoutMs = 20_000): Promise<string> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const text = await this.text();
      if (typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text)) {
        keep(text);
        return text;
      }
      if (Date.now() > deadline) throw new Error(`the screen does not show ${pattern}:\n${text}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Waits until this is the question that is open. */
  async asks(question: string): Promise<string> {
    const quoted = question.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return this.shows(new RegExp(`\\n\\? ${quoted}[^\\n]*$|^\\? ${quoted}[^\\n]*$`));
  }

  /** Moves to the line of a menu that begins with these words, without choosing it. */
  async moveTo(label: string): Promise<void> {
    for (let presses = 0; presses < 40; presses++) {
      const text = await this.text();
      const isThere = (line: string, mark: string) => line.startsWith(`${mark} ${label}`);
      const lines = text.split('\n');
      if (lines.some((line) => isThere(line, '>'))) return;
      const cursor = lines.findIndex((line) => line.startsWith('> '));
      const wanted = lines.findIndex((line) => isThere(line, ' ') || isThere(line, '-'));
      const before = lines[cursor];
      await this.press(wanted >= 0 && wanted < cursor ? 'Up' : 'Down');
      await this.#changes(before);
    }
    throw new Error(`there is no line "${label}":\n${await this.text()}`);
  }

  /** Waits for a menu with this title, moves to a line and chooses it. */
  async choose(label: string): Promise<void> {
    await this.shows('Up/Down: move');
    await this.moveTo(label);
    await this.press('Enter');
  }

  /** Sends a signal to the program that runs on the screen. */
  async signal(name: string): Promise<void> {
    const shell = await this.#tmux('display-message', '-p', '#{pane_pid}');
    await must('pkill', [`-${name}`, '-P', shell.trim()]);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', `${columns}`, '-y', `${rows}`);
  }

  /** Whether the cursor can be seen. */
  async hasCursor(): Promise<boolean> {
    return (await this.#tmux('display-message', '-p', '#{cursor_flag}')).trim() === '1';
  }

  /** The escape sequences that colour what is on the screen. */
  async colours(): Promise<string[]> {
    const text = await this.#tmux('capture-pane', '-p', '-e');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
    return text.match(/\u001b\[[\d;]*m/g) ?? [];
  }

  async close(): Promise<void> {
    await run('tmux', ['-L', this.#socket, 'kill-server']);
  }

  /** Until the cursor has left this line of a menu, or half a second. */
  async #changes(line: string | undefined): Promise<void> {
    for (let waited = 0; waited < 500; waited += POLL_MS) {
      if (!(await this.text()).split('\n').includes(line ?? '')) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  #tmux(...args: readonly string[]): Promise<string> {
    return must('tmux', ['-L', this.#socket, ...args]);
  }
}
