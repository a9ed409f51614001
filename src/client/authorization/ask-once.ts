/** One piece of work that takes several tokens, e.g. one for each relying party: its PIN is asked for once. */

import { wipe } from '../../encoding/bytes.ts';
import type { PinRequest } from '../interaction.ts';
import type { TokenInteraction } from './token-exchange.ts';

/**
 * Does `work` with an interaction that remembers the PIN, which is wiped whatever happens. A wrong PIN ends the work, so one
 * that is asked for again was right; unless tries were lost meanwhile, to whomever: then the person is asked again.
 */
export async function withPinOnce<T>(
  interaction: TokenInteraction,
  work: (interaction: TokenInteraction) => Promise<T>,
): Promise<T> {
  let known: { pin: Uint8Array; retries: number | undefined } | undefined;
  const requestPin = async (request: PinRequest): Promise<Uint8Array> => {
    const { retries } = request;
    if (!known || (known.retries ?? 0) > (retries ?? 0)) {
      wipe(known?.pin);
      known = undefined;
      known = { pin: await interaction.requestPin(request), retries };
    }
    // Whoever gets it wipes it.
    return known.pin.slice();
  };
  // A proxy, because an object that inherits from an implementation could not use its private fields.
  const remembering = new Proxy(interaction, {
    get(target, name) {
      if (name === 'requestPin') return requestPin;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  try {
    return await work(remembering);
  } finally {
    wipe(known?.pin);
  }
}
