import { createCipheriv, hkdfSync } from 'node:crypto';
import type { AuthenticatorInfo, getInfo } from '../../ctap2/commands/get-info.ts';
import { COMMANDS } from '../../ctap2/commands/index.ts';
import { concat, fromHex } from '../../encoding/bytes.ts';
import type { CommandContext, Handler } from '../command-handler.ts';
import { currentOptions, type Options, speaksU2f } from '../current-options.ts';
import { remainingCapacity } from '../state/credentials.ts';

function currentVersions(context: CommandContext): string[] {
  const { model, supports } = context;
  const hasPreviews =
    supports(COMMANDS.credentialManagementPreview.code) || supports(COMMANDS.bioEnrollmentPreview.code);
  return model.info.versions.filter((version) => {
    if (version === 'U2F_V2') return speaksU2f(context);
    return version !== 'FIDO_2_1_PRE' || hasPreviews;
  });
}

/** authenticatorGetInfo, CTAP 2.3 §6.4, with the members that the model's version of the specification has. */
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

/**
 * Value of encIdentifier (0x19) or encCredStoreState (0x1E): iv ‖ AES-128-CBC of 16 bytes, under a key that is derived
 * from the persistent pinUvAuthToken (§6.4).
 */
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
