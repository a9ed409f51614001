import { createCipheriv, hkdfSync } from 'node:crypto';
import type { AuthenticatorInfo, getInfo } from '../../ctap2/commands/get-info.ts';
import { COMMANDS, type CommandName } from '../../ctap2/commands/index.ts';
import { concat, fromHex } from '../../encoding/bytes.ts';
import type { CommandContext, Handler } from '../command-handler.ts';
import type { Model, OptionId } from '../models/model.ts';
import { remainingCapacity } from '../state/credentials.ts';

/** Options that mean nothing without their command. */
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
type Options = Partial<Record<OptionId, boolean>>;

/** The options as they stand: those of the model whose command there is, with today's values. */
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
  // A preview key has built-in user verification through its own command.
  return id === 'uv' && model.specification === '2.1-pre' && supports(COMMANDS.bioEnrollmentPreview.code);
}

/**
 * Whether U2F commands are carried out: on models that know them, and under alwaysUv only by those whose sensor verifies
 * the user there as well (CTAP 2.3 §7.2.4).
 */
export function speaksU2f(context: Pick<CommandContext, 'model' | 'state' | 'supports'>): boolean {
  const { model, state, supports } = context;
  if (!model.info.versions.includes('U2F_V2') || !supports(COMMANDS.makeCredential.code)) return false;
  return !state.config.alwaysUv || currentOptions(context).uv === true;
}

function currentVersions(context: CommandContext): string[] {
  const { model, supports } = context;
  const hasPreviews =
    supports(COMMANDS.credentialManagementPreview.code) || supports(COMMANDS.bioEnrollmentPreview.code);
  return model.info.versions.filter((version) => {
    if (version === 'U2F_V2') return speaksU2f(context);
    return version !== 'FIDO_2_1_PRE' || hasPreviews;
  });
}

/** authenticatorGetInfo, CTAP 2.3 §6.4. Members appear as the model's generation has them. */
export const handleGetInfo: Handler<typeof getInfo> = (_request, context) => {
  const { model, supports } = context;
  const { info } = model;
  const options = currentOptions(context);
  const modern = model.specification === '2.1' || model.specification === '2.3';
  const makesCredentials = supports(COMMANDS.makeCredential.code);
  const { announcesAlgorithms, algorithms, authenticatorConfigCommands, attestationFormats, ...members } = info;
  const answer: AuthenticatorInfo = {
    ...members,
    versions: currentVersions(context),
    extensions: makesCredentials ? info.extensions : undefined,
    aaguid: fromHex(model.aaguid.replaceAll('-', '')),
    options: options as Record<string, boolean>,
    attestationFormats: makesCredentials ? attestationFormats : undefined,
  };
  if (makesCredentials && announcesAlgorithms) {
    answer.algorithms = algorithms.map((alg) => ({ alg, type: 'public-key' }));
  }
  if (modern) Object.assign(answer, modernMembers(context, options, makesCredentials));
  if (options.authnrCfg && authenticatorConfigCommands)
    answer.authenticatorConfigCommands = authenticatorConfigCommands;
  if (!options.authnrCfg) {
    delete answer.maxRPIDsForSetMinPINLength;
    delete answer.vendorPrototypeConfigCommands;
  }
  if (model.specification === '2.3') Object.assign(answer, membersOf23(context, options));
  for (const member of model.quirks.absentInfoMembers ?? []) delete answer[member];
  return answer;
};

function modernMembers(
  { model, state }: CommandContext,
  options: Options,
  makesCredentials: boolean,
): Partial<AuthenticatorInfo> {
  const { storage, uv } = model;
  return {
    forcePINChange: state.config.forcePINChange,
    minPINLength: state.config.minPINLength,
    ...(options.largeBlobs && { maxSerializedLargeBlobArray: storage.largeBlobArray }),
    ...(makesCredentials && {
      maxCredBlobLength: storage.credBlob,
      remainingDiscoverableCredentials: remainingCapacity(state.credentials, model),
    }),
    ...(uv &&
      options.uv !== undefined && {
        preferredPlatformUvAttempts: uv.preferredPlatformUvAttempts,
        uvModality: uv.uvModality,
      }),
  };
}

function membersOf23({ model, state, environment }: CommandContext, options: Options): Partial<AuthenticatorInfo> {
  const { identity, config, pin } = state;
  return {
    ...(options.uv !== undefined && { uvCountSinceLastPinEntry: pin.uvCountSinceLastPinEntry }),
    ...(model.reset.longTouch !== undefined && { longTouchForReset: config.longTouchForReset }),
    transportsForReset: model.reset.transports,
    pinComplexityPolicy: model.pin.complexity && config.pinComplexityPolicy,
    pinComplexityPolicyURL: model.pin.complexity?.url,
    maxPINLength: model.pin.maxLength,
    ...(options.perCredMgmtRO && {
      encIdentifier: encryptMember(
        identity.persistentPinUvAuthToken,
        'encIdentifier',
        identity.deviceIdentifier,
        environment.randomBytes(16),
      ),
      encCredStoreState: encryptMember(
        identity.persistentPinUvAuthToken,
        'encCredStoreState',
        identity.credStoreState,
        environment.randomBytes(16),
      ),
    }),
  };
}

/** iv ‖ AES-128-CBC of 16 bytes under a key that holders of the persistent pinUvAuthToken can derive (§6.4, 19 and 1E). */
export function encryptMember(
  persistentPinUvAuthToken: Uint8Array,
  name: 'encIdentifier' | 'encCredStoreState',
  plaintext: Uint8Array,
  iv: Uint8Array,
): Uint8Array {
  const key = new Uint8Array(hkdfSync('sha256', persistentPinUvAuthToken, new Uint8Array(32), name, 16));
  const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
  return concat(iv, cipher.update(plaintext), cipher.final());
}
