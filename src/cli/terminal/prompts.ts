/** Questions to the person at the terminal. inquirer is loaded with the first one. */
import { FidoError } from '../../index.ts';
import type { HiddenQuestion } from './hidden-prompt.ts';
import { interruption } from './interruption.ts';
import { quietInput } from './quiet-input.ts';

export interface Choice<T> {
  name: string;
  value: T;
}

async function ask<T>(question: Record<string, unknown>): Promise<T> {
  const { default: inquirer } = await import('inquirer');
  return answered(async (context) => {
    const prompt = inquirer.createPromptModule(context);
    // biome-ignore lint/suspicious/noExplicitAny: inquirer's question type is generic over its answers
    const answers = (await prompt([{ ...question, name: 'answer' } as any])) as { answer: T };
    return answers.answer;
  });
}

/** What `prompt` answers. @throws {FidoError} `interrupted` */
async function answered<T>(prompt: (context: PromptContext) => Promise<T>): Promise<T> {
  const { signal } = interruption;
  try {
    // stdout is for data: prompts must not end up in a pipe.
    return await quietInput.lend(() => prompt({ input: process.stdin, output: process.stderr, signal }));
  } catch (error) {
    if (error instanceof Error && (error.name === 'ExitPromptError' || error.name === 'AbortPromptError')) {
      throw new FidoError('interrupted', 'interrupted');
    }
    throw error;
  }
}

interface PromptContext {
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
  signal: AbortSignal;
}

/** Hidden input. */
export async function askHidden(question: HiddenQuestion): Promise<string> {
  const { hiddenPrompt } = await import('./hidden-prompt.ts');
  return answered((context) => hiddenPrompt(question, context));
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
