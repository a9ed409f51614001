/**
 * What people and scripts see. The rules: data goes to stdout, everything said to a person to stderr. With --json stdout
 * holds JSON and nothing else. A line that waits is redrawn in place on a terminal and printed once elsewhere. Colour only
 * adds to what the words already say. Text from keys is escaped by whoever prints it.
 */
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import type { Addressing } from '../addressing.ts';
import { deliver, deliverMembers, documentText } from './delivery.ts';
import { quietInput } from './quiet-input.ts';
import { wrapped } from './text.ts';

export interface OutputOptions {
  json: boolean;
  quiet: boolean;
  color: boolean;
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean; columns?: number };
  /** Names the key in commands that are advised. */
  address?: Addressing | undefined;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

const CLEAR_LINE = '\r\u001b[2K';

export class Output {
  readonly json: boolean;
  readonly #options: OutputOptions;
  /** Names the key in commands that are advised; done by itself in what is said. */
  address: Addressing;
  #waiting: { text: () => string; timer: NodeJS.Timeout | undefined; drawn: string } | undefined;

  constructor(options: OutputOptions) {
    this.json = options.json;
    this.#options = options;
    this.address = options.address ?? ((words) => words);
  }

  /** Columns for tables; without bounds where a program reads them. */
  get width(): number {
    const { stdout } = this.#options;
    return stdout.isTTY ? stdout.columns || 80 : Number.POSITIVE_INFINITY;
  }

  /** Whether data goes to a person's eyes rather than to a file or a program. */
  get isTerminal(): boolean {
    return this.#options.stdout.isTTY === true;
  }

  /** One line of data for a person; nothing with --json. */
  data(line = ''): void {
    if (!this.json) this.#options.stdout.write(`${line}\n`);
  }

  /** Data that is its own format, e.g. CSV, as it is; nothing with --json. */
  raw(data: string | Uint8Array): void {
    if (!this.json) this.#options.stdout.write(data);
  }

  /** The JSON document of this command, or its rest after {@link deliver}; nothing without --json. */
  document(value: object): void {
    if (this.json) this.#options.stdout.write(documentText(value));
  }

  /**
   * One line of data that has to be with its reader when this resolves. With --json it is a member of the document, which
   * `document` or a failure ends.
   * @throws {FidoError} `invalid-input` if nobody can have read it
   */
  deliver(name: string, line: string): Promise<void> {
    const { stdout } = this.#options;
    return this.json ? deliverMembers(stdout, { [name]: line }) : deliver(stdout, line, '\n');
  }

  /** A sentence for the person at the terminal. */
  say(line: string): void {
    if (!this.#options.quiet) this.insist(line);
  }

  /** What stays to be said even with --quiet: errors, and what the person must do now. */
  insist(line: string): void {
    const { stderr } = this.#options;
    this.#erase();
    // On a terminal, lines break between words.
    const words = this.address(line);
    for (const part of stderr.isTTY ? wrapped(words, stderr.columns || 80) : [words]) stderr.write(`${part}\n`);
    this.#draw();
  }

  /** A line to be copied from the terminal: whatever its length, no line break is put into it. */
  command(line: string): void {
    this.#erase();
    this.#options.stderr.write(`${line}\n`);
    this.#draw();
  }

  /**
   * A line that says what is being waited for, until the next one or `waitingOver`. `text` is asked again every second,
   * so that it can count down.
   */
  wait(text: () => string): void {
    this.waitingOver();
    quietInput.begin();
    if (!this.#options.stderr.isTTY) {
      this.#options.stderr.write(`${text()}\n`);
      return;
    }
    this.#waiting = { text, timer: setInterval(() => this.#draw(), 1000), drawn: '' };
    this.#draw();
  }

  /**
   * What is going on without anybody having to do anything: a line as of `wait`, and none with --quiet.
   * @param once what is printed where nothing is redrawn: without counts, which would be old the moment after
   */
  progress(text: () => string, once: string = text()): void {
    this.waitingOver();
    if (this.#options.quiet) quietInput.begin();
    else this.wait(this.#options.stderr.isTTY ? text : () => once);
  }

  waitingOver(): void {
    if (!this.#waiting) return;
    clearInterval(this.#waiting.timer);
    this.#erase();
    this.#waiting = undefined;
  }

  styled(style: Style, text: string): string {
    return this.#options.color ? styleText(style, text) : text;
  }

  #draw(): void {
    if (!this.#waiting) return;
    const text = this.#waiting.text();
    if (text === this.#waiting.drawn) return;
    // A line longer than the terminal would wrap, and redrawing would leave its first part behind.
    const width = (this.#options.stderr.columns || 80) - 1;
    this.#options.stderr.write(`${CLEAR_LINE}${text.length > width ? `${text.slice(0, width - 1)}…` : text}`);
    this.#waiting.drawn = text;
  }

  #erase(): void {
    if (!this.#waiting) return;
    this.#options.stderr.write(CLEAR_LINE);
    this.#waiting.drawn = '';
  }
}
