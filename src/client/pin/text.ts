import { randomInt } from 'node:crypto';
import type { AuthenticatorInfo } from '../../ctap2/commands/get-info.ts';
import { utf8, wipe } from '../../encoding/bytes.ts';
import { FidoError } from '../../errors.ts';

/** What a key asks of a new PIN. Lengths in code points; besides, a PIN is at most 63 bytes of UTF-8. */
export interface PinRules {
  minLength: number;
  maxLength: number;
  /** Present if the key enforces more than length. */
  complexityPolicy?: { url?: string | undefined } | undefined;
}

const MAX_BYTES = 63;

/** CTAP 2.3 §6.4: minPINLength ≥ 4, maxPINLength ≤ 63; a key that says otherwise is not believed. */
export function pinRules(info: AuthenticatorInfo): PinRules {
  return {
    minLength: Math.max(4, info.minPINLength ?? 4),
    maxLength: Math.min(MAX_BYTES, info.maxPINLength ?? MAX_BYTES),
    ...(info.pinComplexityPolicy ? { complexityPolicy: { url: info.pinComplexityPolicyURL } } : {}),
  };
}

/**
 * The PIN in Unicode normalisation form C (CTAP 2.3 §6.5.1), as a copy that the caller wipes.
 * @throws {FidoError} `invalid-input` if it is not UTF-8.
 */
export function normalizePin(pin: Uint8Array): Uint8Array {
  // ASCII is its own normal form, and needs no string that could not be wiped.
  if (pin.every((byte) => byte < 0x80)) return Uint8Array.from(pin);
  try {
    return utf8(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(pin).normalize('NFC'));
  } catch {
    throw new FidoError('invalid-input', 'the PIN is not valid UTF-8 text', {
      hint: 'Save the file as UTF-8, or type the PIN in a terminal that uses UTF-8.',
    });
  }
}

/**
 * Refuses what cannot be the PIN of any key, before it costs a try.
 * @throws {FidoError} `invalid-input`; the message holds lengths, never the PIN.
 */
export function checkCurrentPin(pin: Uint8Array): void {
  const problem = textProblem(pin, 'PIN');
  if (problem) throw new FidoError('invalid-input', `${problem.message}; no try was spent`, { hint: problem.hint });
}

/** @throws {FidoError} `unsupported` if no PIN has the length that the key wants. */
export function requirePossiblePin({ minLength, maxLength }: PinRules): void {
  if (minLength <= maxLength) return;
  throw new FidoError(
    'unsupported',
    `this key wants a PIN of at least ${count(minLength, 'character')} and at most ${maxLength}, so it cannot have one`,
    { hint: 'See what it says of itself.', situation: { id: 'pin-rules-impossible' } },
  );
}

/**
 * Refuses a new PIN that the key would refuse anyway. Never applied to the current PIN: it may stem from laxer times.
 * @throws {FidoError} `pin-policy-violation`; the message holds lengths, never the PIN.
 */
export function checkNewPin(pin: Uint8Array, rules: PinRules): void {
  const problem = newPinProblem(pin, rules);
  if (problem) throw new FidoError('pin-policy-violation', problem.message, { hint: problem.hint });
}

function newPinProblem(pin: Uint8Array, rules: PinRules): { message: string; hint: string } | undefined {
  const length = codePoints(pin);
  if (length < rules.minLength) {
    return {
      message: `the new PIN has ${count(length, 'character')}; this key wants at least ${rules.minLength}`,
      hint: 'Choose a longer one.',
    };
  }
  if (length > rules.maxLength) {
    return {
      message: `the new PIN has ${count(length, 'character')}; this key takes at most ${rules.maxLength}`,
      hint: 'Choose a shorter one.',
    };
  }
  return textProblem(pin, 'new PIN');
}

function textProblem(pin: Uint8Array, name: string): { message: string; hint: string } | undefined {
  if (pin.length > MAX_BYTES) {
    return {
      message: `the ${name} takes ${pin.length} bytes; a PIN has at most ${MAX_BYTES}`,
      hint: 'Give a shorter one. Letters with accents, other scripts and emoji take two to four bytes each.',
    };
  }
  if (pin.includes(0)) {
    return { message: `the ${name} contains a zero byte`, hint: 'Use characters that can be typed.' };
  }
  return undefined;
}

/** Code points of UTF-8 text: every byte but the continuations. */
function codePoints(pin: Uint8Array): number {
  return pin.reduce((sum, byte) => sum + ((byte & 0xc0) === 0x80 ? 0 : 1), 0);
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/**
 * Random digits, at least eight or as many as the key wants, without the patterns that keys and people guess first.
 * @throws {FidoError} `unsupported` if no PIN has the length that the key wants.
 */
export function generatePin(rules: PinRules): Uint8Array {
  requirePossiblePin(rules);
  const length = Math.min(Math.max(8, rules.minLength), rules.maxLength);
  for (;;) {
    const pin = Uint8Array.from({ length }, () => 0x30 + randomInt(10));
    if (!isPredictable(pin)) return pin;
    wipe(pin);
  }
}

/** Three equal or consecutive digits in a row, a palindrome, a repeated half, or fewer than four different digits. */
function isPredictable(pin: Uint8Array): boolean {
  const digits = [...pin];
  const steps = digits.slice(1).map((digit, i) => digit - (digits[i] as number));
  const run = steps.some((step, i) => Math.abs(step) <= 1 && step === steps[i + 1]);
  const palindrome = digits.every((digit, i) => digit === digits[digits.length - 1 - i]);
  const half = digits.length / 2;
  const repeated = Number.isInteger(half) && digits.slice(0, half).every((digit, i) => digit === digits[half + i]);
  return run || palindrome || repeated || new Set(digits).size < Math.min(4, digits.length);
}
