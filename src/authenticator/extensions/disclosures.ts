/** Extensions by which an RP learns something: minPinLength (CTAP 2.3 §12.5), pinComplexityPolicy, thirdPartyPayment. */
import { type Extension, flagOf, type Registration } from './extension.ts';

export const minPinLength: Extension = {
  name: 'minPinLength',
  registrationOutput: (wanted, _credential, registration) =>
    flagOf(wanted) && mayLearn(registration) ? registration.context.state.config.minPINLength : undefined,
};

export const pinComplexityPolicy: Extension = {
  name: 'pinComplexityPolicy',
  registrationOutput: (wanted, _credential, registration) =>
    flagOf(wanted) && mayLearn(registration) ? registration.context.state.config.pinComplexityPolicy : undefined,
};

/** Only RPs that authenticatorConfig has named. */
function mayLearn({ request, context }: Registration): boolean {
  return context.state.config.minPinLengthRPIDs.includes(request.rp.id);
}

export const thirdPartyPayment: Extension = {
  name: 'thirdPartyPayment',
  prepare: (wanted, draft) => {
    draft.thirdPartyPayment = flagOf(wanted);
  },
  assertionOutput: (wanted, credential) => (flagOf(wanted) ? credential.thirdPartyPayment : undefined),
};
