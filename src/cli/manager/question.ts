/** Questions that a page asks before it knows which command to run. Ctrl-C takes the question back, and not the page. */
import { FidoError } from '../../index.ts';
import { interruption } from '../terminal/interruption.ts';
import { askText, askYesNo } from '../terminal/prompts.ts';

/** A line without spaces around it; undefined when it was taken back. */
export function askLine(message: string, byDefault?: string): Promise<string | undefined> {
  return takenBack(async () => (await askText(message, byDefault)).trim());
}

/** @returns undefined when it was taken back */
export function askWhether(message: string, byDefault: boolean): Promise<boolean | undefined> {
  return takenBack(() => askYesNo(message, byDefault));
}

async function takenBack<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    // SIGTERM ends all of it.
    if (error instanceof FidoError && error.code === 'interrupted' && !interruption.signal.aborted) return undefined;
    throw error;
  }
}
