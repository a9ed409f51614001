import { changePin, FidoError, pinStatus, type Session, setPin, verifyPin } from '../../index.ts';
import type { Context } from '../context.ts';
import { askYesNo } from '../prompts.ts';

/** `seckey pin status` */
export async function status(context: Context): Promise<void> {
  const { out } = context;
  const pin = await pinStatus(await context.openKey());
  out.document(pin);
  if (!pin.supported) {
    out.data('PIN: this key cannot have one.');
  } else if (!pin.set) {
    out.data('PIN: not set.');
    out.data(`Length: ${pin.minLength} to ${pin.maxLength} characters.`);
    out.say('Next: seckey pin set');
  } else {
    out.data('PIN: set.');
    out.data(
      `Tries left: ${pin.retries}.${pin.retries === 0 ? ' The PIN is blocked for good; only a reset helps.' : ''}`,
    );
    if (pin.powerCycleNeeded) out.data('Blocked until the key is removed and inserted again.');
    out.data(`Length: ${pin.minLength} to ${pin.maxLength} characters.`);
    if (pin.forceChange) out.data('The PIN must be changed before it can be used: seckey pin change');
  }
  if (pin.uvRetries !== undefined) out.data(`Fingerprint tries left: ${pin.uvRetries}.`);
}

/** `seckey pin set` */
export async function set(context: Context): Promise<void> {
  const session = await context.openKey();
  try {
    await setPin(session, context.interaction);
  } catch (error) {
    if (!(await offersInstead(context, error, 'pin-already-set', 'This key already has a PIN. Change it instead?')))
      throw error;
    return changed(context, session);
  }
  reportSet(context, 'The PIN is set.');
}

/** `seckey pin change` */
export async function change(context: Context): Promise<void> {
  const session = await context.openKey();
  try {
    await changePin(session, context.interaction);
  } catch (error) {
    if (!(await offersInstead(context, error, 'pin-not-set', 'This key has no PIN yet. Set one now?'))) throw error;
    await setPin(session, context.interaction);
    return reportSet(context, 'The PIN is set.');
  }
  reportSet(context, 'The PIN is changed. The old one no longer works.');
}

async function changed(context: Context, session: Session): Promise<void> {
  await changePin(session, context.interaction);
  reportSet(context, 'The PIN is changed. The old one no longer works.');
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

function reportSet({ out, pins }: Context, words: string): void {
  const { generatedPin } = pins;
  out.document({ set: true, ...(generatedPin === undefined ? {} : { generatedPin }) });
  out.say(words);
  if (generatedPin === undefined) return;
  out.say('It is shown this once only:');
  out.data(generatedPin);
}

/** `seckey pin verify` */
export async function verify(context: Context): Promise<void> {
  await verifyPin(await context.openKey(), context.interaction);
  context.out.document({ verified: true });
  context.out.data('The PIN is right.');
}
