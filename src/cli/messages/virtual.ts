/** `seckey virtual`. */
import type { FidoError } from '../../index.ts';
import type { FailureText } from '../failure.ts';
import { escaped } from '../terminal/escape.ts';
import { wrapped } from '../terminal/text.ts';
import { ownHint } from './situations.ts';

interface Named {
  name: string;
  model: string;
}

export function made({ name, model }: Named): string {
  return `Made the software key "${escaped(name)}" (${model}).`;
}

export function demoPin(pin: string): string {
  return `It holds sample passkeys. Its PIN is ${pin}.`;
}

export function nextInfo(name: string): string {
  return `Next: seckey --key virtual:${escaped(name)} info`;
}

export const NONE = 'There are no software keys. Make one: seckey virtual create demo';

export function line({ name, model, hand }: Named & { hand: string }): string {
  return `${escaped(name).padEnd(20)} ${escaped(model).padEnd(20)} hand: ${hand}`;
}

const MODEL_WIDTH = 28;

/** A model, and what it is in as many lines as that takes. */
export function modelLines({ model, description }: { model: string; description: string }, width: number): string[] {
  return wrapped(description, width - MODEL_WIDTH).map((text, i) => (i === 0 ? model : '').padEnd(MODEL_WIDTH) + text);
}

export function unreadable(error: FidoError): string {
  const hint = ownHint(error);
  return `${escaped(error.message)}.${hint ? ` ${escaped(hint)}` : ''}`;
}

export function deleteQuestion(name: string): string {
  return `Delete the software key "${escaped(name)}" and everything on it?`;
}

export const NOT_DELETED: FailureText = {
  message: 'nothing was deleted, because the answer was no',
  hint: 'Run the command again and answer yes if it is meant.',
};

export function deleted(name: string): string {
  return `Deleted the software key "${escaped(name)}".`;
}

export function replugged(name: string): string {
  return `Took "${escaped(name)}" out and put it back in.`;
}

export const SERVING = 'Serving until interrupted (Ctrl-C).';

export function noSuchServed(name: string): string {
  return `There is no "${escaped(name)}" here.`;
}

/** What a line of `--stdin` came to. */
export const HANDLED = {
  remove: (name: string) => `${escaped(name)} is out.`,
  insert: (name: string) => `${escaped(name)} is in.`,
  replug: (name: string) => `${escaped(name)} was out and is in again.`,
  touch: (name: string) => `${escaped(name)} was touched.`,
};
export const HANDLES = 'Type remove, insert, replug or touch, and a name if several keys are served.';

export function noAddress(text: string): FailureText {
  return { message: `--vpcd ${text} is no HOST:PORT`, hint: 'For example --vpcd localhost:35963' };
}
