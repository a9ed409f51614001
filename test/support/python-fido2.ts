/** What python-fido2 put on the wire and read from it (test/vectors/record-python-fido2.py), in our names. */
import { readFileSync } from 'node:fs';
import type { COMMANDS } from '../../src/ctap2/commands/index.ts';
import { fromHex } from '../../src/encoding/bytes.ts';

export type RecordedCommand = Exclude<keyof typeof COMMANDS, 'getInfo' | 'reset' | 'selection'>;

export interface Exchange {
  name: string;
  command: RecordedCommand;
  by: 'python-fido2' | 'independent-encoder';
  /** Members of the request by the specification's names; subCommandParams too. */
  request: Record<string, unknown>;
  requestBytes: Uint8Array;
  /** Members of the response by the specification's names. */
  response: Record<string, unknown>;
  responseBytes: Uint8Array;
  pinUvAuth: { version: 1 | 2; key: Uint8Array; message: Uint8Array; param: Uint8Array } | undefined;
  sampleStatus: string | undefined;
  /** The authenticator data of the response as python-fido2 took it apart. */
  // biome-ignore lint/suspicious/noExplicitAny: data
  authData: any;
}

type Names = Readonly<Record<string, string>>;

/** python-fido2's names of arguments and parameters. */
const REQUEST_NAMES: Names = {
  sub_cmd: 'subCommand',
  sub_cmd_params: 'subCommandParams',
  pin_uv_protocol: 'pinUvAuthProtocol',
  pin_uv_param: 'pinUvAuthParam',
  key_agreement: 'keyAgreement',
  new_pin_enc: 'newPinEnc',
  pin_hash_enc: 'pinHashEnc',
  permissions: 'permissions',
  permissions_rpid: 'rpId',
  modality: 'modality',
  get_modality: 'getModality',
  offset: 'offset',
  get: 'get',
  set: 'set',
  length: 'length',
  client_data_hash: 'clientDataHash',
  rp: 'rp',
  user: 'user',
  key_params: 'pubKeyCredParams',
  exclude_list: 'excludeList',
  extensions: 'extensions',
  options: 'options',
  rp_id: 'rpId',
  allow_list: 'allowList',
  '0x0a': 'enterpriseAttestation',
  '0x0b': 'attestationFormatsPreference',
};
const PARAM_NAMES: Names = {
  RP_ID_HASH: 'rpIDHash',
  CREDENTIAL_ID: 'credentialID',
  USER: 'user',
  TEMPLATE_ID: 'templateId',
  ID: 'templateId',
  NAME: 'templateFriendlyName',
  TIMEOUT_MS: 'timeoutMilliseconds',
  NEW_MIN_PIN_LENGTH: 'newMinPINLength',
  MIN_PIN_LENGTH_RPIDS: 'minPinLengthRPIDs',
  FORCE_CHANGE_PIN: 'forceChangePin',
  '0x04': 'pinComplexityPolicy',
  '0x01': 'vendorCommandId',
};
const ASSERTION_NAMES: Names = {
  CREDENTIAL: 'credential',
  AUTH_DATA: 'authData',
  SIGNATURE: 'signature',
  USER: 'user',
  N_CREDS: 'numberOfCredentials',
  USER_SELECTED: 'userSelected',
  LARGE_BLOB_KEY: 'largeBlobKey',
  '0x08': 'unsignedExtensionOutputs',
};
const CREDENTIAL_MANAGEMENT_NAMES: Names = {
  EXISTING_CRED_COUNT: 'existingResidentCredentialsCount',
  MAX_REMAINING_COUNT: 'maxPossibleRemainingResidentCredentialsCount',
  RP: 'rp',
  RP_ID_HASH: 'rpIDHash',
  TOTAL_RPS: 'totalRPs',
  USER: 'user',
  CREDENTIAL_ID: 'credentialID',
  PUBLIC_KEY: 'publicKey',
  TOTAL_CREDENTIALS: 'totalCredentials',
  CRED_PROTECT: 'credProtect',
  LARGE_BLOB_KEY: 'largeBlobKey',
  '0x0c': 'thirdPartyPayment',
};
const BIO_ENROLLMENT_NAMES: Names = {
  MODALITY: 'modality',
  FINGERPRINT_KIND: 'fingerprintKind',
  MAX_SAMPLES_REQUIRED: 'maxCaptureSamplesRequiredForEnroll',
  TEMPLATE_ID: 'templateId',
  LAST_SAMPLE_STATUS: 'lastEnrollSampleStatus',
  REMAINING_SAMPLES: 'remainingSamples',
  TEMPLATE_INFOS: 'templateInfos',
  '0x08': 'maxTemplateFriendlyName',
};
const RESPONSE_NAMES: Readonly<Record<RecordedCommand, Names>> = {
  clientPIN: {
    KEY_AGREEMENT: 'keyAgreement',
    PIN_UV_TOKEN: 'pinUvAuthToken',
    PIN_RETRIES: 'pinRetries',
    POWER_CYCLE_STATE: 'powerCycleState',
    UV_RETRIES: 'uvRetries',
  },
  makeCredential: {
    FMT: 'fmt',
    AUTH_DATA: 'authData',
    ATT_STMT: 'attStmt',
    EP_ATT: 'epAtt',
    LARGE_BLOB_KEY: 'largeBlobKey',
    '0x06': 'unsignedExtensionOutputs',
  },
  getAssertion: ASSERTION_NAMES,
  getNextAssertion: ASSERTION_NAMES,
  credentialManagement: CREDENTIAL_MANAGEMENT_NAMES,
  credentialManagementPreview: CREDENTIAL_MANAGEMENT_NAMES,
  bioEnrollment: BIO_ENROLLMENT_NAMES,
  bioEnrollmentPreview: BIO_ENROLLMENT_NAMES,
  largeBlobs: { '1': 'config' },
  authenticatorConfig: {},
};

/** Members that stay maps in our types; everything else with named members is an object. */
const MAPS = new Set(['keyAgreement', 'extensions', 'attStmt', 'publicKey', 'unsignedExtensionOutputs']);

/** A value of the recording with its byte strings and wide integers; maps as objects, or as `Map` if `asMap`. */
// biome-ignore lint/suspicious/noExplicitAny: data
export function value(json: any, asMap = false): unknown {
  if (Array.isArray(json)) return json.map((member) => value(member, asMap));
  if (json === null || typeof json !== 'object') return json;
  if ('bytes' in json) return fromHex(json.bytes);
  if ('uint64' in json) return BigInt(json.uint64) > 2n ** 53n ? BigInt(json.uint64) : Number(json.uint64);
  const members = Object.entries(json).map(([key, member]): [string, unknown] => [key, value(member, asMap)]);
  if (!asMap) return Object.fromEntries(members);
  return new Map(members.map(([key, member]) => [/^-?\d+$/.test(key) ? Number(key) : key, member]));
}

function renamed(json: Record<string, unknown>, names: Names): Record<string, unknown> {
  const members = Object.entries(json).map(([pythonName, member]) => {
    const name = names[pythonName];
    if (!name) throw new Error(`no name for ${pythonName}`);
    return [name, nested(name, member)];
  });
  return Object.fromEntries(members);
}

function nested(name: string, member: unknown): unknown {
  if (name === 'subCommandParams') return renamed(member as Record<string, unknown>, PARAM_NAMES);
  if (name === 'templateInfos') return (member as Record<string, unknown>[]).map((info) => renamed(info, PARAM_NAMES));
  return value(member, MAPS.has(name));
}

const file = JSON.parse(readFileSync(new URL('../vectors/python-fido2.json', import.meta.url), 'utf8'));

// biome-ignore lint/suspicious/noExplicitAny: data
export const exchanges: readonly Exchange[] = file.exchanges.map((exchange: any, i: number) => ({
  name: `${i}: ${exchange.name}`,
  command: exchange.command,
  by: exchange.by,
  request: renamed(exchange.arguments, REQUEST_NAMES),
  requestBytes: fromHex(exchange.request),
  response: renamed(exchange.understood, RESPONSE_NAMES[exchange.command as RecordedCommand]),
  responseBytes: fromHex(exchange.response),
  pinUvAuth: exchange.pinUvAuth && {
    version: exchange.pinUvAuth.version,
    key: fromHex(exchange.pinUvAuth.key),
    message: fromHex(exchange.pinUvAuth.message),
    param: fromHex(exchange.pinUvAuth.param),
  },
  sampleStatus: exchange.sampleStatus,
  authData: exchange.authData,
}));

/** Large-blob arrays, hex: `stored` with raw DEFLATE, `storedByPythonFido2` with zlib headers. */
export const largeBlobVectors: Readonly<
  Record<'largeBlobKey' | 'strangersLargeBlobKey' | 'data' | 'stored' | 'storedByPythonFido2', string>
> = file.largeBlobs;
