import { config } from '../../index.ts';
import type { Context } from '../context.ts';
import * as words from '../messages/pin.ts';
import { askConsent } from '../terminal/consent.ts';
import { report } from './config.ts';

/** `seckey pin min-length N` */
export async function minLength(
  context: Context,
  characters: string,
  { rpId: rpIds }: { rpId?: string[] },
): Promise<void> {
  const newMinPINLength = Number(characters);
  const confirm = () =>
    askConsent(context, {
      what: words.RAISING,
      lines: words.raisingLines(newMinPINLength),
      question: words.GO_ON,
    });
  const change = await config.setMinPinLength(
    await context.openKey(),
    { newMinPINLength, ...(rpIds ? { rpIds: [...new Set(rpIds)] } : {}) },
    context.interaction,
    { confirm },
  );
  const { minPINLength = newMinPINLength, forcePINChange } = change.settings;
  report(context, change, words.shortest(minPINLength));
  if (forcePINChange) context.out.say(words.NEXT_CHANGE);
}

/** `seckey pin force-change` */
export async function forceChange(context: Context): Promise<void> {
  const change = await config.setMinPinLength(await context.openKey(), { forceChangePin: true }, context.interaction);
  report(context, change, words.CHANGE_FORCED);
  context.out.say(words.NEXT_FOR_OWNER);
}
