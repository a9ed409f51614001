/** Says a failure to a person, and with --json to a program. */

import { FidoError } from '../../errors.ts';
import { failed, interrupted } from '../messages/errors.ts';
import { documentText } from './delivery.ts';
import { escaped } from './escape.ts';
import { wrapped } from './text.ts';

/** @returns the exit code that the failure stands for */
export async function reportFailure(error: unknown, json: boolean): Promise<number> {
  const { errorDocument } = await import('../errors.ts');
  const document = errorDocument(error);
  if (json) process.stdout.write(documentText({ error: document }));
  if (document.code === 'interrupted') {
    complain(interrupted(document.message));
    // The hint that belongs to the code only says to run it again, which is plain; a hint of this very failure is shown.
    if (error instanceof FidoError && (error.hint ?? error.situation) !== undefined) complain(document.hint);
  } else {
    complain(failed(document.message));
    complain(document.hint);
  }
  if (document.code === 'bug' && process.env.SECKEY_DEBUG && error instanceof Error) {
    process.stderr.write(`${error.stack}\n`);
  }
  return document.exit;
}

/** On a terminal, lines break between words. */
export function complain(text: string): void {
  const lines = process.stderr.isTTY ? wrapped(escaped(text), process.stderr.columns || 80) : [escaped(text)];
  process.stderr.write(`${lines.join('\n')}\n`);
}
