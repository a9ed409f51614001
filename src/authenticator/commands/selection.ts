import type { selection } from '../../ctap2/commands/selection.ts';
import type { Handler } from '../command-handler.ts';
import { requireUserPresence } from '../user-presence.ts';

/** authenticatorSelection, CTAP 2.3 §6.9. */
export const handleSelection: Handler<typeof selection> = async (_request, context) => {
  await requireUserPresence(context);
  return {};
};
