import { FidoError, pin, type Session } from '../../index.ts';
import type { Context, PinOptions } from '../context.ts';
import { failure } from '../failure.ts';
import * as words from '../messages/pin.ts';
import * as inputWords from '../messages/pin-input.ts';
import { askYesNo } from '../terminal/prompts.ts';

/** `seckey pin status` */
export async function status(context: Context): Promise<void> {
  const { out } = context;
  const found = await pin.status(await context.openKey());
  out.document(found);
  const { lines, next } = words.statusLines(found);
  for (const line of lines) out.data(out.address(line));
  if (next !== undefined) out.say(next);
}

type NewPinOptions = Pick<PinOptions, 'generate' | 'newPinOut'>;

/** `seckey pin set` */
export async function set(context: Context, options: NewPinOptions): Promise<void> {
  const session = await openForNewPin(context, options);
  try {
    await withNewPin(context, () => pin.set(session, context.interaction));
  } catch (error) {
    if (!(await offersInstead(context, error, 'pin-already-set', words.CHANGE_INSTEAD))) throw error;
    await withNewPin(context, () => pin.change(session, context.interaction));
    return reportSet(context, words.CHANGED);
  }
  reportSet(context, words.SET);
}

/** `seckey pin change` */
export async function change(context: Context, options: NewPinOptions): Promise<void> {
  const session = await openForNewPin(context, options);
  try {
    await withNewPin(context, () => pin.change(session, context.interaction));
  } catch (error) {
    if (!(await offersInstead(context, error, 'pin-not-set', words.SET_INSTEAD))) throw error;
    await withNewPin(context, () => pin.set(session, context.interaction));
    return reportSet(context, words.SET);
  }
  reportSet(context, words.CHANGED);
}

function openForNewPin(context: Context, { generate, newPinOut }: NewPinOptions): Promise<Session> {
  if (generate && context.options.newPinFile !== undefined) throw failure('usage', inputWords.GENERATE_OR_FILE);
  if (newPinOut !== undefined && !generate) throw failure('usage', inputWords.OUT_NEEDS_GENERATE);
  return context.openKey();
}

/** A PIN that was drawn for nothing is taken back. */
async function withNewPin(context: Context, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    context.newPinDelivery.retract(error);
    throw error;
  }
}

/** Only a person can mean the other command; a script gets the failure that names it. */
async function offersInstead(
  { canAsk, options }: Context,
  error: unknown,
  code: string,
  question: string,
): Promise<boolean> {
  if (!(error instanceof FidoError) || error.code !== code || !canAsk || options.yes) return false;
  return askYesNo(question, true);
}

function reportSet({ out }: Context, done: string): void {
  out.document({ set: true });
  out.say(done);
}

/** `seckey pin verify` */
export async function verify(context: Context, _options: Pick<PinOptions, 'replugged'>): Promise<void> {
  await pin.verify(await context.openKey(), context.interaction);
  context.out.document({ verified: true });
  context.out.data(words.RIGHT);
}
