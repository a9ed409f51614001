/** Where PINs come from: a file, standard input, a hidden prompt, or chance. Never argv, never the environment. */
import { readFile } from 'node:fs/promises';
import {
  checkNewPin,
  type FidoError,
  generatePin,
  normalizePin,
  type PinRequest,
  type PinRules,
  wipe,
} from '../../index.ts';
import { failure } from '../failure.ts';
import * as words from '../words/pin-input.ts';
import type { PinMemory } from './pin-memory.ts';
import { askHidden } from './prompts.ts';

export interface PinInputOptions {
  /** --pin-file, --new-pin-file; `-` is stdin. */
  pinFile?: string | undefined;
  newPinFile?: string | undefined;
  /** Draw the new PIN instead of asking. */
  generate?: boolean | undefined;
  /** Whether a person can be asked. */
  canAsk: boolean;
  /** Where the current PIN may be known from. */
  memory?: PinMemory | undefined;
}

export class PinInput {
  /** The PIN that was drawn, for the one time it is shown. */
  generatedPin: string | undefined;
  readonly #options: PinInputOptions;
  #stdinLines: Uint8Array[] | undefined;

  constructor(options: PinInputOptions) {
    this.#options = options;
  }

  async requestPin(request: PinRequest): Promise<Uint8Array> {
    const { pinFile, newPinFile, generate, canAsk } = this.#options;
    const isNew = request.which === 'new';
    if (isNew && generate) return this.#generate(rulesOf(request));
    const file = isNew ? newPinFile : pinFile;
    if (file === '-') return this.#stdinLine(isNew && pinFile === '-' ? 1 : 0);
    if (file !== undefined) return firstLine(file);
    if (!canAsk) throw failure('input-required', isNew ? words.NEW_PIN_NEEDED : words.PIN_NEEDED);
    return isNew ? askNewPin(rulesOf(request)) : this.#currentPin(request.retries);
  }

  async #currentPin(retries: number | undefined): Promise<Uint8Array> {
    const { memory } = this.#options;
    const known = memory?.recall(retries);
    if (known) return known;
    const pin = await askCurrentPin(retries);
    memory?.offer(pin, retries);
    return pin;
  }

  #generate(rules: PinRules): Uint8Array {
    const pin = generatePin(rules);
    this.generatedPin = new TextDecoder().decode(pin);
    return pin;
  }

  async #stdinLine(index: number): Promise<Uint8Array> {
    this.#stdinLines ??= splitLines(await readAll(process.stdin), 2);
    const line = this.#stdinLines[index];
    if (line === undefined || line.length === 0) {
      throw failure('invalid-input', words.noPinOnStdin(index + 1));
    }
    // A copy: whoever asked wipes what it gets, and a command may need the PIN once more.
    return line.slice();
  }

  /** Forgets what was read from standard input. */
  wipe(): void {
    wipe(...(this.#stdinLines ?? []));
  }
}

function rulesOf({ minLength = 4, maxLength = 63, complexityPolicy }: PinRequest): PinRules {
  return { minLength, maxLength, ...(complexityPolicy ? { complexityPolicy } : {}) };
}

async function askCurrentPin(retries: number | undefined): Promise<Uint8Array> {
  const typed = await askHidden({
    message: words.currentPin(retries),
    validate: (value) => value.length > 0 || words.TYPE_THE_PIN,
  });
  return new TextEncoder().encode(typed);
}

/** Two that differ may both be mistyped, so both are asked for again. */
async function askNewPin(rules: PinRules): Promise<Uint8Array> {
  for (let problem: string | undefined; ; problem = words.THE_TWO_DIFFER) {
    const pin = await askHidden({
      message: words.newPin(rules),
      validate: (value) => acceptable(value, rules),
      problem,
    });
    const again = await askHidden({ message: words.SAME_AGAIN, validate: () => true });
    if (again === pin) return new TextEncoder().encode(pin);
  }
}

function acceptable(value: string, rules: PinRules): true | string {
  const typed = new TextEncoder().encode(value);
  const pin = normalizePin(typed);
  try {
    checkNewPin(pin, rules);
    return true;
  } catch (error) {
    return words.notAcceptable(error as FidoError);
  } finally {
    wipe(typed, pin);
  }
}

async function firstLine(path: string): Promise<Uint8Array> {
  let content: Uint8Array;
  try {
    content = await readFile(path);
  } catch (error) {
    throw failure('invalid-input', words.cannotReadPin(path, error));
  }
  const [line] = splitLines(content, 1);
  if (line === undefined || line.length === 0) {
    throw failure('invalid-input', words.emptyFirstLine(path));
  }
  return line;
}

/** Copies of the first `count` lines without their ends; wipes `content`. */
function splitLines(content: Uint8Array, count: number): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  while (lines.length < count && start < content.length) {
    const newline = content.indexOf(0x0a, start);
    const end = newline < 0 ? content.length : newline;
    // Copied by hand: `slice` of a Buffer is a view, and would be wiped along.
    lines.push(Uint8Array.from(content.subarray(start, end > start && content[end - 1] === 0x0d ? end - 1 : end)));
    start = end + 1;
  }
  wipe(content);
  return lines;
}

async function readAll(stream: NodeJS.ReadableStream): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  const all = Buffer.concat(chunks);
  wipe(...chunks);
  return all;
}
