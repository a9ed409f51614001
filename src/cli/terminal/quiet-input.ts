/**
 * While seckey waits for a key or a person, what is typed neither shows nor is left for the shell to run: whoever expects
 * to be asked for a PIN types it ahead. Raw mode, since Node can switch it by itself and undoes it whenever it exits; so
 * Ctrl-C, Ctrl-\ and Ctrl-Z are keys that are read here and sent on as the signals a terminal makes of them.
 *
 * A process has one terminal, so it has one such state. Windows needs none of it to keep what is typed from showing.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { isatty, ReadStream } from 'node:tty';
import { isInForeground } from './foreground.ts';

/** Ctrl-C must seem to work at once. */
const POLL_MS = 50;

const SIGNALS: ReadonlyMap<number, NodeJS.Signals> = new Map([
  [0x03, 'SIGINT'],
  [0x1a, 'SIGTSTP'],
  [0x1c, 'SIGQUIT'],
]);
const ENTER: ReadonlySet<number> = new Set([0x0a, 0x0d]);

/** The terminal as this process holds it. */
interface Held {
  /** Switches the mode; never read from, since it would go on reading after it was told to stop. */
  readonly mode: ReadStream;
  /** Read from without waiting. */
  readonly file: number;
  timer: NodeJS.Timeout | undefined;
}

class QuietInput {
  #depth = 0;
  #held: Held | undefined;
  #lent = 0;
  readonly #listeners = new Set<() => void>();

  /** Runs a command; the terminal is given back at its end, or at the end of the one around it. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#depth++;
    try {
      return await work();
    } finally {
      this.#depth--;
      if (this.#depth === 0) this.#release();
    }
  }

  /** From now on, until the command ends. Nothing happens where nobody sits at a terminal. */
  begin(): void {
    if (this.#held || this.#depth === 0 || process.platform === 'win32' || !(isatty(0) || isatty(2))) return;
    this.#hold();
    if (!this.#held) return;
    process.on('exit', this.#onExit);
    process.on('SIGQUIT', this.#onQuit);
    process.on('SIGTSTP', this.#onStop);
    // Before what a prompt does when it is resumed: that sets a mode of its own, and undoes it later.
    process.prependListener('SIGCONT', this.#onResume);
  }

  /** Lets `work`, a prompt, read what is typed from now on. */
  async lend<T>(work: () => Promise<T>): Promise<T> {
    this.begin();
    this.#read();
    this.#lent++;
    try {
      return await work();
    } finally {
      this.#lent--;
    }
  }

  /** Calls `pressed` for each Enter, until the answered function is called; undefined where Enter cannot be heard. */
  onEnter(pressed: () => void): (() => void) | undefined {
    if (!this.#held) return undefined;
    // What was typed before is no answer to what is said now.
    this.#read();
    this.#listeners.add(pressed);
    return () => this.#listeners.delete(pressed);
  }

  #hold(): void {
    if (!isInForeground()) return;
    let file: number | undefined;
    try {
      file = openSync('/dev/tty', constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
      const mode = new ReadStream(openSync('/dev/tty', constants.O_RDONLY | constants.O_NOCTTY));
      mode.on('error', () => {});
      mode.unref();
      mode.setRawMode(true);
      const timer = setInterval(() => this.#poll(), POLL_MS);
      timer.unref();
      this.#held = { mode, file, timer };
    } catch {
      // The process has a terminal, but may not switch its mode, so it stays as it is.
      if (file !== undefined) closeSync(file);
    }
  }

  #poll(): void {
    if (this.#lent > 0) return;
    for (const byte of this.#read()) {
      const signal = SIGNALS.get(byte);
      // Process id 0: to the whole process group, as the terminal does it.
      if (signal) process.kill(0, signal);
      if (ENTER.has(byte)) for (const pressed of [...this.#listeners]) pressed();
    }
  }

  /** What was typed since. */
  #read(): number[] {
    const typed: number[] = [];
    const buffer = Buffer.alloc(256);
    try {
      while (this.#held) {
        const length = readSync(this.#held.file, buffer);
        if (length === 0) break;
        typed.push(...buffer.subarray(0, length));
      }
    } catch {
      // Nothing more is there, or the terminal is gone.
    }
    buffer.fill(0);
    return typed;
  }

  #letGo(): void {
    const held = this.#held;
    if (!held) return;
    clearInterval(held.timer);
    this.#read();
    this.#held = undefined;
    try {
      held.mode.setRawMode(false);
      held.mode.destroy();
      closeSync(held.file);
    } catch {
      // The terminal is gone.
    }
  }

  #release(): void {
    this.#letGo();
    this.#listeners.clear();
    process.off('exit', this.#onExit);
    process.off('SIGQUIT', this.#onQuit);
    process.off('SIGTSTP', this.#onStop);
    process.off('SIGCONT', this.#onResume);
  }

  readonly #onExit = () => this.#letGo();

  readonly #onQuit = () => {
    this.#release();
    process.kill(process.pid, 'SIGQUIT');
  };

  readonly #onStop = () => {
    this.#letGo();
    process.kill(process.pid, 'SIGSTOP');
  };

  readonly #onResume = () => {
    if (!this.#held) this.#hold();
    if (this.#lent > 0) setImmediate(wakePrompt);
  };
}

/** A prompt that was stopped has paused its input for good, and does not draw itself before the next key. */
function wakePrompt(): void {
  process.stdin.resume();
  process.stdin.emit('data', Buffer.from(' \u007f'));
}

export const quietInput = new QuietInput();
