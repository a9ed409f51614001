import type { reset } from '../../ctap2/commands/reset.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { type Handler, refuse } from '../command-handler.ts';
import { eraseState } from '../state.ts';
import { requireUserPresence } from '../user-presence.ts';

/** authenticatorReset, CTAP 2.3 §6.6: shortly after power-up and with a touch it erases everything. */
export const handleReset: Handler<typeof reset> = async (_request, context) => {
  const { model, state, environment, transport } = context;
  const { windowMs, touches, transports, forfeitedByOtherCommands, blocked } = model.reset;
  if (blocked) refuse(CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED);
  if (transports && !transports.includes(transport)) refuse(CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED);
  const sincePowerUp = environment.now() - state.powerCycle.poweredOnAt;
  if (sincePowerUp < 0 || sincePowerUp > windowMs) refuse(CTAP_STATUS.CTAP2_ERR_NOT_ALLOWED);
  if (forfeitedByOtherCommands && state.powerCycle.otherCommandSeen) refuse(CTAP_STATUS.CTAP2_ERR_NOT_ALLOWED);
  for (let touch = 0; touch < touches; touch++) {
    await requireUserPresence(context, { long: state.config.longTouchForReset });
  }
  context.volatile.clear();
  eraseState(state, model, environment);
  return {};
};
