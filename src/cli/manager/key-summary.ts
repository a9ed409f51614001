/** What a person wants to know of a key before doing anything with it. Nothing in it needs a PIN. */
import { canUseUv, describeSession, FidoError, pin } from '../../index.ts';
import type { Context } from '../context.ts';
import { type KeySummary, PIN_WORDS } from '../messages/manager.ts';

/** getInfo, the counters of tries, and the maker's serial number. */
export async function readKeySummary(context: Context): Promise<KeySummary> {
  const session = await context.openKey();
  const key = await describeSession(session);
  return { key, info: await session.info(), pin: await pin.status(session) };
}

/** Why nobody can prove to be the user of this key, for work with these permissions; undefined if somebody can. */
export function whyNoUser({ info, pin }: KeySummary, permissions: number): string | undefined {
  if (pin.set || canUseUv(info, permissions)) return undefined;
  return pin.supported ? PIN_WORDS.isNotSet : PIN_WORDS.cannot;
}

/** Why a key cannot do what `require` asks for; undefined if it can. */
export function whyNot(require: () => void): string | undefined {
  try {
    require();
    return undefined;
  } catch (error) {
    if (error instanceof FidoError) return error.message;
    throw error;
  }
}
