/**
 * Which options the key has at the moment, and whether it speaks U2F: getInfo announces it, other commands go by it.
 */
import { COMMANDS, type CommandName } from '../ctap2/commands/index.ts';
import type { CommandContext } from './command-handler.ts';
import type { Model, OptionId } from './models/model.ts';

/** Options that a key announces only if it has the command beside them. */
const COMMAND_OF_OPTION: Readonly<Partial<Record<OptionId, CommandName>>> = {
  rk: 'makeCredential',
  makeCredUvNotRqd: 'makeCredential',
  noMcGaPermissionsWithClientPin: 'makeCredential',
  uv: 'bioEnrollment',
  bioEnroll: 'bioEnrollment',
  uvBioEnroll: 'bioEnrollment',
  userVerificationMgmtPreview: 'bioEnrollmentPreview',
  authnrCfg: 'authenticatorConfig',
  uvAcfg: 'authenticatorConfig',
  setMinPINLength: 'authenticatorConfig',
  alwaysUv: 'authenticatorConfig',
  ep: 'authenticatorConfig',
  credMgmt: 'credentialManagement',
  perCredMgmtRO: 'credentialManagement',
  credentialMgmtPreview: 'credentialManagementPreview',
  largeBlobs: 'largeBlobs',
};

type Supports = CommandContext['supports'];
export type Options = Partial<Record<OptionId, boolean>>;

/** The model's options whose command the key has, with their present values. */
export function currentOptions({
  model,
  state,
  supports,
}: Pick<CommandContext, 'model' | 'state' | 'supports'>): Options {
  const enrolled = state.fingerprints.templates.length > 0;
  const now: Options = {
    uv: enrolled,
    bioEnroll: enrolled,
    userVerificationMgmtPreview: enrolled,
    clientPin: state.pin.current !== undefined,
    alwaysUv: state.config.alwaysUv,
    ep: state.config.enterpriseAttestation,
    makeCredUvNotRqd: model.options.makeCredUvNotRqd === true && !state.config.alwaysUv,
  };
  const options: Options = {};
  for (const [id, initial] of Object.entries(model.options) as [OptionId, boolean][]) {
    if (hasCommandOf(id, model, supports)) options[id] = now[id] ?? initial;
  }
  return options;
}

function hasCommandOf(id: OptionId, model: Model, supports: Supports): boolean {
  const command = COMMAND_OF_OPTION[id];
  if (!command) return true;
  if (supports(COMMANDS[command].code)) return true;
  // FIDO_2_1_PRE keys enrol fingers by the preview command.
  return id === 'uv' && model.specification === '2.1-pre' && supports(COMMANDS.bioEnrollmentPreview.code);
}

/**
 * Whether U2F commands are carried out: on models that know them, and while alwaysUv is on only if a sensor verifies
 * the user for them as well (CTAP 2.3 §7.2.4).
 */
export function speaksU2f(context: Pick<CommandContext, 'model' | 'state' | 'supports'>): boolean {
  const { model, state, supports } = context;
  if (!model.info.versions.includes('U2F_V2') || !supports(COMMANDS.makeCredential.code)) return false;
  return !state.config.alwaysUv || currentOptions(context).uv === true;
}
