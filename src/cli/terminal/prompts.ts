/** Questions to the person at the terminal. inquirer is loaded with the first one. */
import { FidoError } from '../../index.ts';
import { interruption } from './interruption.ts';

export interface Choice<T> {
  name: string;
  value: T;
}

async function ask<T>(question: Record<string, unknown>): Promise<T> {
  const { default: inquirer } = await import('inquirer');
  // stdout is for data: prompts must not end up in a pipe.
  const { signal } = interruption;
  const prompt = inquirer.createPromptModule({ input: process.stdin, output: process.stderr, signal });
  try {
    // biome-ignore lint/suspicious/noExplicitAny: inquirer's question type is generic over its answers
    const answers = (await prompt([{ ...question, name: 'answer' } as any])) as { answer: T };
    return answers.answer;
  } catch (error) {
    if (error instanceof Error && (error.name === 'ExitPromptError' || error.name === 'AbortPromptError')) {
      throw new FidoError('interrupted', 'interrupted');
    }
    throw error;
  }
}

/** Hidden input. `validate` answers true or what is wrong. */
export function askHidden(message: string, validate: (value: string) => true | string): Promise<string> {
  return ask({ type: 'password', message, mask: '*', toggleMask: false, validate });
}

export function askYesNo(message: string, byDefault: boolean): Promise<boolean> {
  return ask({ type: 'confirm', message, default: byDefault });
}

/** A line of text, e.g. the name that must be typed before something is destroyed. */
export function askText(message: string, byDefault?: string): Promise<string> {
  return ask({ type: 'input', message, default: byDefault });
}

export function askChoice<T>(message: string, choices: readonly Choice<T>[]): Promise<T> {
  return ask({ type: 'select', message, choices });
}
