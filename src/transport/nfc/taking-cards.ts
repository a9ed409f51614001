/** Taking a card for oneself, whatever library does it. */
import { FidoError } from '../../errors.ts';
import { connectError, PCSC, pcscCode } from './pcsc-errors.ts';

/** The longest extended response with its status word; with less room a library reports an error instead. */
export const MAX_RESPONSE = 65_538;

/** Programs that look at every new card do it for some milliseconds; only one that stays makes a key busy. */
const SHARING_RETRIES = 3;
const SHARING_RETRY_MS = 60;

/** A reader powers a card within a second; a card that is mute keeps pcscd waiting for ever. */
const LIMIT_MS = 5_000;

/**
 * What `connect` gives, once no other program has the card.
 * @param connect rejects with PC/SC's number in the text
 * @throws {FidoError} as {@link connectError}, or `no-answer`
 */
export async function takeCard<T>(connect: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTime(connect());
    } catch (error) {
      if (error instanceof FidoError) throw error;
      if (pcscCode(error) !== PCSC.sharingViolation || attempt > SHARING_RETRIES) throw connectError(error);
      await new Promise((resolve) => setTimeout(resolve, SHARING_RETRY_MS));
    }
  }
}

async function inTime<T>(connecting: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    const mute = new FidoError('no-answer', 'the card does not answer its reader', {
      hint: 'Take it off the reader, put it back, and try again.',
    });
    timer = setTimeout(() => reject(mute), LIMIT_MS);
  });
  return Promise.race([connecting, over]).finally(() => clearTimeout(timer));
}
