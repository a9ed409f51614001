/** Where PINs come from: a file, standard input, a hidden prompt, or chance. Never argv, never the environment. */
import { readFile } from 'node:fs/promises';
import { checkNewPin, FidoError, generatePin, normalizePin, type PinRequest, type PinRules, wipe } from '../index.ts';
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
    if (!canAsk) throw inputRequired(isNew);
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
      throw new FidoError('invalid-input', `standard input has no PIN in line ${index + 1}`, {
        hint: 'Line 1 is the PIN; with both --pin-file - and --new-pin-file -, line 1 is the current PIN and line 2 the new one.',
      });
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

function inputRequired(isNew: boolean): FidoError {
  return isNew
    ? new FidoError('input-required', 'the new PIN is needed, and nobody can be asked', {
        hint: 'Give it with --new-pin-file PATH (first line; - for stdin), or let one be drawn with --generate.',
      })
    : new FidoError('input-required', 'the PIN is needed, and nobody can be asked', {
        hint: 'Give it with --pin-file PATH (first line; - for stdin).',
      });
}

async function askCurrentPin(retries: number | undefined): Promise<Uint8Array> {
  const left = retries === undefined ? '' : ` (${retries} ${retries === 1 ? 'try' : 'tries'} left)`;
  return new TextEncoder().encode(
    await askHidden(`Current PIN${left}:`, (value) => value.length > 0 || 'Type the PIN.'),
  );
}

async function askNewPin(rules: PinRules): Promise<Uint8Array> {
  const length =
    rules.minLength === rules.maxLength ? `${rules.minLength}` : `${rules.minLength} to ${rules.maxLength}`;
  const extra = rules.complexityPolicy ? ', not too simple' : '';
  const pin = await askHidden(`New PIN (${length} characters${extra}):`, (value) => acceptable(value, rules));
  await askHidden('The same again:', (value) => value === pin || 'The two differ.');
  return new TextEncoder().encode(pin);
}

function acceptable(value: string, rules: PinRules): true | string {
  const typed = new TextEncoder().encode(value);
  const pin = normalizePin(typed);
  try {
    checkNewPin(pin, rules);
    return true;
  } catch (error) {
    const { message, hint } = error as FidoError;
    return `${message.charAt(0).toUpperCase()}${message.slice(1)}. ${hint ?? ''}`.trim();
  } finally {
    wipe(typed, pin);
  }
}

async function firstLine(path: string): Promise<Uint8Array> {
  let content: Uint8Array;
  try {
    content = await readFile(path);
  } catch (error) {
    const reason = { ENOENT: 'it does not exist', EACCES: 'it may not be read', EISDIR: 'it is a directory' }[
      (error as NodeJS.ErrnoException).code ?? ''
    ];
    throw new FidoError('invalid-input', `cannot read the PIN from ${path}: ${reason ?? (error as Error).message}`, {
      hint: 'The first line of that file is the PIN.',
    });
  }
  const [line] = splitLines(content, 1);
  if (line === undefined || line.length === 0) {
    throw new FidoError('invalid-input', `the first line of ${path} is empty`, { hint: 'Put the PIN there.' });
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
