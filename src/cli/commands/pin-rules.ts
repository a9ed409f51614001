import { setMinPinLength } from '../../index.ts';
import { askConsent } from '../consent.ts';
import type { Context } from '../context.ts';
import { report } from './config.ts';

/** `seckey pin min-length N` */
export async function minLength(
  context: Context,
  [characters]: readonly string[],
  { rpId: rpIds }: { rpId?: string[] },
): Promise<void> {
  const newMinPINLength = Number(characters);
  const confirm = () =>
    askConsent(context, {
      what: 'only a reset lowers the shortest PIN again',
      lines: [
        `The shortest PIN becomes ${newMinPINLength} characters. Only a reset lowers it again,`,
        'and a reset erases everything on the key.',
        'A PIN that is shorter must be changed before the key is used again.',
      ],
      question: 'Go on?',
    });
  const change = await setMinPinLength(
    await context.openKey(),
    { newMinPINLength, ...(rpIds ? { rpIds: [...new Set(rpIds)] } : {}) },
    context.interaction,
    { confirm },
  );
  const { minPINLength = newMinPINLength, forcePINChange } = change.settings;
  report(context, change, `The shortest PIN is ${minPINLength} characters.`);
  if (forcePINChange) context.out.say('The PIN must be changed before it is used again. Next: seckey pin change');
}

/** `seckey pin force-change` */
export async function forceChange(context: Context): Promise<void> {
  const change = await setMinPinLength(await context.openKey(), { forceChangePin: true }, context.interaction);
  report(context, change, 'The PIN must be changed before the key is used again.');
  context.out.say('Next, for whoever gets the key: seckey pin change');
}
