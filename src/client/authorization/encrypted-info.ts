/** What getInfo says only to the holder of a persistent token (CTAP 2.3 §6.4, members 19 and 1E). */
import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import { FidoError } from '../../errors.ts';
import type { Session } from '../session.ts';
import { acquireToken, type TokenInteraction } from './token.ts';

/** Members of getInfo that are encrypted, in the clear; those that the key does not have are absent. */
export interface DecryptedInfoMembers {
  /** 16 bytes that stay the same until the key is reset. */
  identifier?: Uint8Array;
  /** 16 bytes that change whenever a credential is made, renamed or deleted. */
  credStoreState?: Uint8Array;
}

/**
 * Gets a persistent token, reads getInfo again and decrypts it. Nothing for a key without such tokens or members.
 * @throws {FidoError} as {@link acquireToken}; `malformed-response` if a member has not its length
 */
export async function decryptedInfoMembers(
  session: Session,
  interaction: TokenInteraction,
): Promise<DecryptedInfoMembers> {
  if (!(await session.info()).options?.perCredMgmtRO) return {};
  const token = await acquireToken(session, { permissions: PERMISSION.pcmr }, interaction);
  // What was read before may have been encrypted for a token of an earlier PIN.
  session.forgetInfo();
  const { encIdentifier, encCredStoreState } = await session.info();
  try {
    return {
      ...(encIdentifier ? { identifier: token.decryptInfoMember('encIdentifier', encIdentifier) } : {}),
      ...(encCredStoreState ? { credStoreState: token.decryptInfoMember('encCredStoreState', encCredStoreState) } : {}),
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FidoError('malformed-response', `the key's answer to getInfo makes no sense: ${error.message}`, {
      cause: error,
    });
  }
}
