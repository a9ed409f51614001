/** Where PINs come from: a file, standard input, a hidden prompt, or chance. Never argv, never the environment. */

import { wipe } from '../../ctap2/index.ts';
import { type FidoError, type PinRequest, pin } from '../../index.ts';
import { failure } from '../failure.ts';
import { pinLinesOf, pinLinesOfStdin } from '../files/pin-file.ts';
import * as words from '../messages/pin-input.ts';
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
  /** Takes a PIN that was drawn to whoever shall know it, before the key gets it. */
  deliver?: ((pin: Uint8Array) => Promise<void>) | undefined;
  /** How long a pipe is waited for that nobody writes to, in ms. */
  timeoutMs?: number | undefined;
  /** Where the current PIN may be known from. */
  memory?: PinMemory | undefined;
}

export class PinInput {
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
    if (file !== undefined) return this.#firstLine(file);
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

  async #generate(rules: pin.PinRules): Promise<Uint8Array> {
    const drawn = pin.generate(rules);
    try {
      await this.#options.deliver?.(drawn);
      return drawn;
    } catch (error) {
      wipe(drawn);
      throw error;
    }
  }

  async #firstLine(path: string): Promise<Uint8Array> {
    const [line] = await pinLinesOf(path, 1, this.#options.timeoutMs ?? 60_000);
    if (line === undefined || line.length === 0) throw failure('invalid-input', words.emptyFirstLine(path));
    return line;
  }

  async #stdinLine(index: number): Promise<Uint8Array> {
    this.#stdinLines ??= await pinLinesOfStdin(this.#wantsBoth ? 2 : 1);
    const line = this.#stdinLines[index];
    if (line === undefined || line.length === 0) {
      throw failure('invalid-input', words.noPinOnStdin(index + 1));
    }
    // A copy: whoever asked wipes what it gets, and a command may need the PIN once more.
    return line.slice();
  }

  get #wantsBoth(): boolean {
    return this.#options.pinFile === '-' && this.#options.newPinFile === '-';
  }

  /** Forgets what was read from standard input. */
  wipe(): void {
    wipe(...(this.#stdinLines ?? []));
  }
}

function rulesOf({ minLength = 4, maxLength = 63, complexityPolicy }: PinRequest): pin.PinRules {
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
async function askNewPin(rules: pin.PinRules): Promise<Uint8Array> {
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

function acceptable(value: string, rules: pin.PinRules): true | string {
  const typed = new TextEncoder().encode(value);
  const normalized = pin.normalize(typed);
  try {
    pin.checkNew(normalized, rules);
    return true;
  } catch (error) {
    return words.notAcceptable(error as FidoError);
  } finally {
    wipe(typed, normalized);
  }
}
