/** Says a failure to a person, and with --json to a program. */
import { errorDocument } from './errors.ts';
import { escaped, jsonText } from './escape.ts';
import { wrapped } from './wrap.ts';

/** @returns the exit code that the failure stands for */
export function reportFailure(error: unknown, json: boolean): number {
  const document = errorDocument(error);
  if (json) process.stdout.write(`${jsonText({ error: document })}\n`);
  if (document.code === 'interrupted') {
    complain(`Interrupted${document.message === 'interrupted' ? '' : `: ${document.message}`}.`);
  } else {
    complain(`seckey: ${document.message}`);
    if (document.hint) complain(document.hint);
  }
  if (document.code === 'bug' && process.env.SECKEY_DEBUG && error instanceof Error) {
    process.stderr.write(`${error.stack}\n`);
  }
  return document.exit;
}

/** On a terminal, lines break between words. */
function complain(text: string): void {
  const lines = process.stderr.isTTY ? wrapped(escaped(text), process.stderr.columns || 80) : [escaped(text)];
  process.stderr.write(`${lines.join('\n')}\n`);
}
