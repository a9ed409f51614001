import { changePin, FidoError, pinStatus, type Session, setPin, verifyPin } from '../../index.ts';
import type { Context } from '../context.ts';
import { askYesNo } from '../terminal/prompts.ts';
import * as words from '../words/pin.ts';

/** `seckey pin status` */
export async function status(context: Context): Promise<void> {
  const { out } = context;
  const pin = await pinStatus(await context.openKey());
  out.document(pin);
  const { lines, next } = words.statusLines(pin);
  for (const line of lines) out.data(out.address(line));
  if (next !== undefined) out.say(next);
}

/** `seckey pin set` */
export async function set(context: Context): Promise<void> {
  const session = await context.openKey();
  try {
    await setPin(session, context.interaction);
  } catch (error) {
    if (!(await offersInstead(context, error, 'pin-already-set', words.CHANGE_INSTEAD))) throw error;
    return changed(context, session);
  }
  reportSet(context, words.SET);
}

/** `seckey pin change` */
export async function change(context: Context): Promise<void> {
  const session = await context.openKey();
  try {
    await changePin(session, context.interaction);
  } catch (error) {
    if (!(await offersInstead(context, error, 'pin-not-set', words.SET_INSTEAD))) throw error;
    await setPin(session, context.interaction);
    return reportSet(context, words.SET);
  }
  reportSet(context, words.CHANGED);
}

async function changed(context: Context, session: Session): Promise<void> {
  await changePin(session, context.interaction);
  reportSet(context, words.CHANGED);
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

function reportSet({ out, pins }: Context, done: string): void {
  const { generatedPin } = pins;
  out.document({ set: true, ...(generatedPin === undefined ? {} : { generatedPin }) });
  out.say(done);
  if (generatedPin === undefined) return;
  out.say(words.SHOWN_ONCE);
  out.data(generatedPin);
}

/** `seckey pin verify` */
export async function verify(context: Context): Promise<void> {
  await verifyPin(await context.openKey(), context.interaction);
  context.out.document({ verified: true });
  context.out.data(words.RIGHT);
}
