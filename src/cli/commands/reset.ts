import { describeSession, reset as keyReset } from '../../index.ts';
import { addressing } from '../addressing.ts';
import type { Context } from '../context.ts';
import { failure } from '../failure.ts';
import * as words from '../messages/reset.ts';
import { confirmReset, resetOne } from '../reset-one.ts';
import { keyDocument } from './list.ts';
import type { EachOptions } from './reset-each.ts';

export interface ResetCommandOptions extends EachOptions {
  each?: true;
}

/** `seckey reset` */
export async function reset(context: Context, options: ResetCommandOptions): Promise<number | undefined> {
  if (options.each) return (await import('./reset-each.ts')).resetEach(context, options);
  if (options.journal !== undefined || options.count !== undefined) {
    throw failure('usage', words.OPTIONS_OF_EACH);
  }
  const { out } = context;
  const session = await context.openKey();
  const key = await describeSession(session);
  await keyReset.check(session, key);
  await confirmReset(context, key, options.confirm);
  const fresh = await resetOne(context, session, key);
  // The id may go with the port it was put back into.
  const after = await describeSession(fresh);
  out.document({ reset: true, key: keyDocument(after) });
  out.say(words.DONE);
  if (context.options.key !== undefined && after.id !== key.id) {
    out.address = addressing({ ...context.options, key: after.id });
  }
  out.say(words.NEXT_PIN);
  return undefined;
}
