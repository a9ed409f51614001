/**
 * What a trace may say of a CTAP2 message: members by the specification's names, and every text or byte string that is
 * not listed here as public replaced by its length. So a secret that nobody thought of stays one, and so do names of users
 * and of the sites they use.
 */
import {
  AUTHENTICATOR_CONFIG_SUBCOMMAND,
  setMinPINLengthParams,
  vendorPrototypeParams,
} from '../ctap2/commands/authenticator-config.ts';
import { BIO_ENROLLMENT_SUBCOMMAND, bioEnrollmentParams } from '../ctap2/commands/bio-enrollment.ts';
import { CLIENT_PIN_SUBCOMMAND } from '../ctap2/commands/client-pin.ts';
import {
  CREDENTIAL_MANAGEMENT_SUBCOMMAND,
  credentialManagementParams,
} from '../ctap2/commands/credential-management.ts';
import { COMMANDS } from '../ctap2/commands/index.ts';
import type { Codec, Members } from '../ctap2/schema.ts';
import { toHex } from '../encoding/bytes.ts';
import { type CborMap, type CborValue, decodeCborTolerant } from '../encoding/cbor.ts';
import { NumberedAliases, type TraceAliases } from './aliases.ts';

/**
 * CBOR as JSON: byte strings as `h'…'`, redacted ones as `<N bytes>` (`<N bytes #n>` where it matters which are the same),
 * redacted text likewise as `<N characters>`.
 */
export type TraceValue = string | number | boolean | null | TraceValue[] | { [key: string]: TraceValue };

/** A request or response, fit to be shown. */
export interface TracedMessage {
  /** The subcommand's name, or its number. */
  subCommand?: string;
  body?: TraceValue;
}

/** Paths whose text and byte strings are shown, with all that is below them. */
const PUBLIC: ReadonlySet<string> = new Set([
  ...[
    'versions',
    'extensions',
    'aaguid',
    'options',
    'transports',
    'algorithms',
    'certifications',
    'attestationFormats',
    'transportsForReset',
    'pinComplexityPolicyURL',
  ].map((member) => `getInfo.response.${member}`),
  // Ephemeral public keys.
  'clientPIN.request.keyAgreement',
  'clientPIN.response.keyAgreement',
  'makeCredential.request.options',
  'makeCredential.request.pubKeyCredParams',
  'makeCredential.response.fmt',
  'getAssertion.request.options',
]);

/** Maps whose keys are names of extensions; what is in them stays redacted. */
const PUBLIC_KEYS: ReadonlySet<string> = new Set([
  'makeCredential.request.extensions',
  'makeCredential.response.unsignedExtensionOutputs',
  'getAssertion.request.extensions',
  'getAssertion.response.unsignedExtensionOutputs',
]);

/** Text that names a kind of thing, wherever it stands. */
const PUBLIC_MEMBERS: ReadonlySet<string> = new Set(['type', 'alg']);

/** What names a thing, or comes back as it was sent: a trace must tell which are the same. */
const NUMBERED =
  /\.(credentialID\.id|rpIDHash|user\.name|user\.displayName|templateId|templateFriendlyName)$|^largeBlobs\.(request\.set|response\.config)$/;

interface SubCommands {
  names: Readonly<Record<string, number>>;
  /** Declaration of subCommandParams. */
  params?: (subCommand: number) => Codec<never> | undefined;
}

const SUB_COMMANDS: Readonly<Record<string, SubCommands>> = {
  clientPIN: { names: CLIENT_PIN_SUBCOMMAND },
  bioEnrollment: { names: BIO_ENROLLMENT_SUBCOMMAND, params: () => bioEnrollmentParams as never },
  credentialManagement: { names: CREDENTIAL_MANAGEMENT_SUBCOMMAND, params: () => credentialManagementParams as never },
  authenticatorConfig: {
    names: AUTHENTICATOR_CONFIG_SUBCOMMAND,
    params: (subCommand) => {
      if (subCommand === AUTHENTICATOR_CONFIG_SUBCOMMAND.setMinPINLength) return setMinPINLengthParams as never;
      return subCommand === AUTHENTICATOR_CONFIG_SUBCOMMAND.vendorPrototype
        ? (vendorPrototypeParams as never)
        : undefined;
    },
  },
};

interface DeclaredCommand {
  readonly name: string;
  readonly code: number;
  readonly request: object;
  readonly response: object;
}

function commandOf(code: number): DeclaredCommand | undefined {
  return (Object.values(COMMANDS) as readonly DeclaredCommand[]).find((command) => command.code === code);
}

/** The specification's name, or the command byte in hex. */
export function commandName(code: number): string {
  return commandOf(code)?.name ?? `0x${code.toString(16).padStart(2, '0')}`;
}

/** `payload` is what follows the command byte. Never throws. */
export function describeRequest(
  code: number,
  payload: Uint8Array,
  aliases: TraceAliases = new NumberedAliases(),
): TracedMessage {
  const command = commandOf(code);
  const subCommands = SUB_COMMANDS[command?.name.replace(/Preview$/, '') ?? ''];
  return described(payload, (value) => {
    const message = redacted(value, command?.request, `${command?.name}.request`, aliases);
    if (!subCommands || !(value instanceof Map) || !isObject(message)) return { body: message };
    const key = membersOf(command?.request)?.subCommand?.key;
    const subCommand = key === undefined ? undefined : value.get(key);
    if (typeof subCommand !== 'number') return { body: message };
    const params = value.get(membersOf(command?.request)?.subCommandParams?.key ?? Number.NaN);
    if (params !== undefined) {
      const path = `${command?.name}.request.subCommandParams`;
      message.subCommandParams = redacted(params, subCommands.params?.(subCommand), path, aliases);
    }
    const name = Object.keys(subCommands.names).find((each) => subCommands.names[each] === subCommand);
    return { subCommand: name ?? `0x${subCommand.toString(16).padStart(2, '0')}`, body: message };
  });
}

/** `payload` is what follows the status byte. Never throws. */
export function describeResponse(
  code: number,
  payload: Uint8Array,
  aliases: TraceAliases = new NumberedAliases(),
): TracedMessage {
  const command = commandOf(code);
  const path = `${command?.name}.response`;
  return described(payload, (value) => ({ body: redacted(value, command?.response, path, aliases) }));
}

function described(payload: Uint8Array, describe: (value: CborValue) => TracedMessage): TracedMessage {
  if (payload.length === 0) return {};
  try {
    return describe(decodeCborTolerant(payload));
  } catch (error) {
    return { body: `<${payload.length} bytes that are not CBOR: ${(error as Error).message}>` };
  }
}

function redacted(value: CborValue, codec: object | undefined, path: string, aliases: TraceAliases): TraceValue {
  const shown = PUBLIC.has(path);
  if (value instanceof Uint8Array) {
    if (NUMBERED.test(path)) return aliases.bytes(value);
    return shown ? `h'${toHex(value)}'` : `<${value.length} bytes>`;
  }
  if (typeof value === 'string') {
    if (NUMBERED.test(path)) return aliases.text(value);
    return shown || PUBLIC_MEMBERS.has(path.slice(path.lastIndexOf('.') + 1)) ? value : `<${value.length} characters>`;
  }
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map((member) => redacted(member, elementOf(codec), path, aliases));
  if (value instanceof Map) return redactedMap(value, codec, path, aliases);
  return (value ?? null) as TraceValue;
}

function redactedMap(value: CborMap, codec: object | undefined, path: string, aliases: TraceAliases): TraceValue {
  const shown = PUBLIC.has(path);
  const declared = Object.entries(membersOf(codec) ?? {});
  const result: Record<string, TraceValue> = Object.create(null);
  const lastNumbers = new Map<string, number>();
  for (const [key, member] of value) {
    const known = declared.find(([, { key: declaredKey }]) => declaredKey === key);
    const name = known?.[0] ?? keyText(key, shown || PUBLIC_KEYS.has(path), result, lastNumbers);
    result[name] = redacted(member, known?.[1].codec, shown ? path : `${path}.${known?.[0] ?? '?'}`, aliases);
  }
  return result;
}

/**
 * A key that nobody declared may be anybody's text; what it is must not be lost when several have one length.
 * @param lastNumbers of the names that were numbered: a key may send as many as it likes
 */
function keyText(
  key: CborValue,
  shown: boolean,
  taken: Readonly<Record<string, TraceValue>>,
  lastNumbers: Map<string, number>,
): string {
  if (typeof key === 'number') return String(key);
  if (typeof key === 'string' && shown) return key;
  const base = typeof key === 'string' ? `<${key.length} characters>` : '<a key>';
  for (let n = (lastNumbers.get(base) ?? 0) + 1; ; n++) {
    const name = n === 1 ? base : `${base} (${n})`;
    if (name in taken) continue;
    lastNumbers.set(base, n);
    return name;
  }
}

function membersOf(codec: object | undefined): Members | undefined {
  return codec && 'members' in codec ? (codec.members as Members) : undefined;
}

function elementOf(codec: object | undefined): object | undefined {
  return codec && 'element' in codec ? (codec.element as object) : undefined;
}

function isObject(value: TraceValue): value is { [key: string]: TraceValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
