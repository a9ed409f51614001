/**
 * Extensions by which a relying party learns something: minPinLength (CTAP 2.3 §12.5), pinComplexityPolicy (§12.6),
 * thirdPartyPayment (§12.9).
 */
import type { minPinLength } from '../../ctap2/extensions/min-pin-length.ts';
import type { pinComplexityPolicy } from '../../ctap2/extensions/pin-complexity-policy.ts';
import type { thirdPartyPayment } from '../../ctap2/extensions/third-party-payment.ts';
import type { ExtensionHandler, Registration } from './extension-handler.ts';

export const handleMinPinLength: ExtensionHandler<typeof minPinLength> = {
  makeCredential: {
    output: (wanted, _credential, registration) =>
      wanted && mayLearn(registration) ? registration.context.state.config.minPINLength : undefined,
  },
};

export const handlePinComplexityPolicy: ExtensionHandler<typeof pinComplexityPolicy> = {
  makeCredential: {
    output: (wanted, _credential, registration) =>
      wanted && mayLearn(registration) ? registration.context.state.config.pinComplexityPolicy : undefined,
  },
};

/** Only relying parties that authenticatorConfig has named. */
function mayLearn({ request, context }: Registration): boolean {
  return context.state.config.minPinLengthRPIDs.includes(request.rp.id);
}

export const handleThirdPartyPayment: ExtensionHandler<typeof thirdPartyPayment> = {
  makeCredential: {
    prepare: (wanted, draft) => {
      draft.thirdPartyPayment = wanted;
    },
  },
  getAssertion: { output: (wanted, credential) => (wanted ? credential.thirdPartyPayment : undefined) },
};
