/** Waits until what was said has been read. */
import { createPrompt, isEnterKey, useKeypress } from '@inquirer/core';
import { FidoError } from '../../index.ts';
import { MENU_WORDS } from '../messages/manager.ts';
import { interruption } from '../terminal/interruption.ts';
import type { Output } from '../terminal/output.ts';
import { quietInput } from '../terminal/quiet-input.ts';

const prompt = createPrompt<void, { message: string }>((config, done) => {
  useKeypress((key, rl) => {
    rl.clearLine(0);
    if (isEnterKey(key) || key.name === 'escape') done();
  });
  return `\n${config.message}`;
});

/**
 * Ctrl-C goes on, too: whoever presses it meant the command that has just ended.
 * @throws {FidoError} `interrupted` for SIGTERM
 */
export async function askEnter(out: Output): Promise<void> {
  const { signal } = interruption;
  try {
    await quietInput.lend(() =>
      prompt(
        { message: out.styled('dim', MENU_WORDS.pause) },
        { input: process.stdin, output: process.stderr, signal, clearPromptOnDone: true },
      ),
    );
  } catch (error) {
    if (signal.aborted) throw new FidoError('interrupted', 'interrupted');
    if (!(error instanceof Error && error.name === 'ExitPromptError')) throw error;
  }
}
