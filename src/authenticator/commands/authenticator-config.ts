/**
 * authenticatorConfig, CTAP 2.3 §6.11. What it changes stays until reset, except alwaysUv, which can be toggled back.
 */
import {
  AUTHENTICATOR_CONFIG_SUBCOMMAND,
  type authenticatorConfig,
  authenticatorConfigAuthMessage,
  setMinPINLengthParams,
  vendorPrototypeParams,
} from '../../ctap2/commands/authenticator-config.ts';
import { PERMISSION } from '../../ctap2/commands/client-pin.ts';
import type { RequestOf } from '../../ctap2/schema.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { type CommandContext, type Handler, refuse } from '../command-handler.ts';
import { requireToken } from '../pin-uv-auth/require-token.ts';
import { isProtected } from '../user-verification.ts';

type Request = RequestOf<typeof authenticatorConfig>;

export const handleAuthenticatorConfig: Handler<typeof authenticatorConfig> = (request, context) => {
  const { config } = context.state;
  const run = subCommand(request, context);
  const isToggle = request.subCommand === AUTHENTICATOR_CONFIG_SUBCOMMAND.toggleAlwaysUv;
  const guarded = isProtected(context);
  // A key with alwaysUv on and neither PIN nor finger could otherwise never turn it off.
  if (guarded || (config.alwaysUv && !isToggle)) {
    requireToken(request, authenticatorConfigAuthMessage(request), PERMISSION.acfg, context);
  }
  run();
  return {};
};

/**
 * @throws {StatusError} for a subcommand that this model does not have: CTAP1_ERR_INVALID_PARAMETER (0x02), since CTAP
 *   2.3 CTAP2_ERR_INVALID_SUBCOMMAND (0x3E)
 */
function subCommand(request: Request, context: CommandContext): () => void {
  const { model, state } = context;
  switch (request.subCommand) {
    case AUTHENTICATOR_CONFIG_SUBCOMMAND.enableEnterpriseAttestation:
      if (model.options.ep === undefined) break;
      return () => {
        state.config.enterpriseAttestation = true;
      };
    case AUTHENTICATOR_CONFIG_SUBCOMMAND.toggleAlwaysUv:
      if (model.options.alwaysUv !== undefined) return () => toggleAlwaysUv(context);
      break;
    case AUTHENTICATOR_CONFIG_SUBCOMMAND.setMinPINLength:
      if (model.options.setMinPINLength) return () => setMinPINLength(request, context);
      break;
    case AUTHENTICATOR_CONFIG_SUBCOMMAND.enableLongTouchForReset:
      if (model.specification !== '2.3' || model.reset.longTouch === undefined) break;
      return () => {
        state.config.longTouchForReset = true;
      };
    case AUTHENTICATOR_CONFIG_SUBCOMMAND.vendorPrototype:
      if (model.info.vendorPrototypeConfigCommands) return () => refuseVendorPrototype(request);
      break;
  }
  return refuse(model.quirks.unknownSubCommandStatus);
}

function toggleAlwaysUv({ model, state: { config } }: CommandContext): void {
  if (config.alwaysUv && model.quirks.alwaysUvStaysOn) refuse(CTAP_STATUS.CTAP2_ERR_OPERATION_DENIED);
  config.alwaysUv = !config.alwaysUv;
}

/** §6.11.4. Everything is checked before anything is changed. */
function setMinPINLength({ subCommandParams }: Request, { model, state, environment }: CommandContext): void {
  if (!subCommandParams) refuse(CTAP_STATUS.CTAP2_ERR_MISSING_PARAMETER);
  const { config, pin, identity } = state;
  const params = setMinPINLengthParams.decode(subCommandParams, 'setMinPINLength');
  const {
    newMinPINLength = config.minPINLength,
    minPinLengthRPIDs = config.minPinLengthRPIDs,
    forceChangePin = false,
    pinComplexityPolicy = false,
  } = params;
  if (newMinPINLength < config.minPINLength || newMinPINLength > model.pin.maxLength) {
    refuse(CTAP_STATUS.CTAP2_ERR_PIN_POLICY_VIOLATION);
  }
  if (forceChangePin && !pin.current) refuse(CTAP_STATUS.CTAP2_ERR_PIN_NOT_SET);
  if (minPinLengthRPIDs.length > (model.info.maxRPIDsForSetMinPINLength ?? 0)) {
    refuse(CTAP_STATUS.CTAP2_ERR_KEY_STORE_FULL);
  }
  if (pinComplexityPolicy && !model.pin.complexity) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
  // Of the present PIN the key knows a hash only, so it cannot tell whether it satisfies the policy.
  const doubtful = pinComplexityPolicy && !config.pinComplexityPolicy;
  const mustChange =
    forceChangePin || (pin.current !== undefined && (pin.current.codePoints < newMinPINLength || doubtful));
  config.minPINLength = newMinPINLength;
  config.minPinLengthRPIDs = minPinLengthRPIDs;
  config.pinComplexityPolicy ||= pinComplexityPolicy;
  if (mustChange) {
    config.forcePINChange = true;
    identity.persistentPinUvAuthToken = environment.randomBytes(32);
  }
}

function refuseVendorPrototype({ subCommandParams }: Request): never {
  if (!subCommandParams) refuse(CTAP_STATUS.CTAP2_ERR_MISSING_PARAMETER);
  vendorPrototypeParams.decode(subCommandParams, 'vendorPrototype');
  // No model has any such command.
  return refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
}
