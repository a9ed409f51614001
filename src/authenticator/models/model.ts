import type { AuthenticatorInfo } from '../../ctap2/commands/get-info.ts';
import type { CommandName } from '../../ctap2/commands/index.ts';
import type { ExtensionIdentifier } from '../../ctap2/extensions/index.ts';
import type { AuthenticatorTransport } from '../environment.ts';
import type { Hostility } from '../hostile/hostility.ts';

/** Options of getInfo, CTAP 2.3 §6.4. */
export type OptionId =
  | 'plat'
  | 'rk'
  | 'up'
  | 'uv'
  | 'clientPin'
  | 'pinUvAuthToken'
  | 'noMcGaPermissionsWithClientPin'
  | 'largeBlobs'
  | 'ep'
  | 'bioEnroll'
  | 'userVerificationMgmtPreview'
  | 'uvBioEnroll'
  | 'authnrCfg'
  | 'uvAcfg'
  | 'credMgmt'
  | 'credentialMgmtPreview'
  | 'perCredMgmtRO'
  | 'setMinPINLength'
  | 'makeCredUvNotRqd'
  | 'alwaysUv';

export type Specification = '2.0' | '2.1-pre' | '2.1' | '2.3';

/**
 * Keys of CTAP 2.0, and those of the previews: they announce FIDO_2_0, and FIDO_2_1_PRE adds commands to it, not another
 * order of checks.
 */
export function isBefore21({ specification }: Pick<Model, 'specification'>): boolean {
  return specification === '2.0' || specification === '2.1-pre';
}

/**
 * One kind of security key, as data. What a model announces is what the finished key will do; getInfo leaves out
 * whatever belongs to a command that has no handler yet.
 */
export interface Model {
  /** What the user types, e.g. `yubikey-5-nfc`. */
  readonly id: string;
  /** One line for people. */
  readonly description: string;
  /** In the usual dashed form. */
  readonly aaguid: string;
  readonly specification: Specification;
  /** Absent: no USB interface. */
  readonly usb?: UsbIdentity;
  /** Absent: no ISO 7816 interface. */
  readonly nfc?: CardInterface;
  readonly commands: readonly CommandName[];
  /** getInfo members that never change, named as in the declaration of getInfo. */
  readonly info: StaticInfo;
  /** As announced by a new key; those that depend on the state (clientPin, uv, alwaysUv …) show their first value. */
  readonly options: Readonly<Partial<Record<OptionId, boolean>>>;
  readonly pin: PinRules;
  /** Built-in fingerprint sensor. */
  readonly uv?: SensorRules;
  readonly reset: ResetRules;
  readonly storage: StorageLimits;
  /** How long it waits for a touch. */
  readonly touchTimeoutMs: number;
  /** Packed attestation without certificate. Absent: with the model's test certificate. */
  readonly attestation?: 'self';
  /** RPs that get enterprise attestation when the platform leaves the choice to the key (vendor-facilitated). */
  readonly enterpriseRpIds?: readonly string[];
  readonly quirks: Quirks;
  /** Yubico's own commands: CTAPHID 42 and the management applet. */
  readonly yubico?: YubicoConfig;
  /** What it does in place of all this. */
  readonly hostile?: Hostility;
}

export interface UsbIdentity {
  readonly vendorId: number;
  readonly productId: number;
  readonly manufacturer: string;
  /** Says that this is software. */
  readonly product: string;
  /** Major, minor and build in the CTAPHID_INIT response. */
  readonly deviceVersion: readonly [number, number, number];
  readonly wink: boolean;
}

export interface CardInterface {
  /** Which of the two this model is served as unless told otherwise. */
  readonly transport: Exclude<AuthenticatorTransport, 'usb'>;
  /** Historical bytes of the answer to reset, at most 15. */
  readonly historicalBytes: Uint8Array;
  /** Refuses extended APDUs with 6700. */
  readonly shortApdusOnly: boolean;
  /** `field`: power-up counts as one touch. `button`: the person is asked as over USB. `always`: nobody is ever asked. */
  readonly presence: 'field' | 'button' | 'always';
}

export interface StaticInfo {
  readonly versions: readonly string[];
  readonly extensions: readonly ExtensionIdentifier[];
  readonly maxMsgSize: number;
  /** Preferred first. */
  readonly pinUvAuthProtocols: readonly (1 | 2)[];
  readonly maxCredentialCountInList?: number;
  readonly maxCredentialIdLength?: number;
  readonly transports?: readonly AuthenticatorTransport[];
  /** COSE algorithm numbers, preferred first. */
  readonly algorithms: readonly number[];
  /** Whether getInfo lists the algorithms (2.0 keys do not). */
  readonly announcesAlgorithms: boolean;
  readonly firmwareVersion?: number;
  readonly maxRPIDsForSetMinPINLength?: number;
  readonly certifications?: Readonly<Record<string, number>>;
  readonly vendorPrototypeConfigCommands?: readonly number[];
  readonly attestationFormats?: readonly string[];
  readonly authenticatorConfigCommands?: readonly number[];
}

export interface PinRules {
  /** Unicode code points. */
  readonly minLength: number;
  /** Unicode code points; 63 bytes are the limit whatever this says. */
  readonly maxLength: number;
  readonly maxRetries: number;
  /** Refuses simple PINs. Absent: getInfo does not speak of it. */
  readonly complexity?: { readonly enforced: boolean; readonly url?: string };
}

export interface SensorRules {
  readonly maxRetries: number;
  readonly preferredPlatformUvAttempts?: number;
  readonly uvModality?: number;
  /** How many good samples an enrolment takes. */
  readonly enrollSamples: number;
  /** Bytes of UTF-8. */
  readonly maxFriendlyNameLength: number;
}

export interface ResetRules {
  /** After power-up. */
  readonly windowMs: number;
  /** How many times the key wants to be touched. */
  readonly touches: 1 | 2;
  /** Present if the model knows longTouchForReset; its first value. */
  readonly longTouch?: boolean;
  /** Absent: reset comes by any transport. */
  readonly transports?: readonly AuthenticatorTransport[];
  /** Any command but getInfo and selection since power-up spoils it. */
  readonly forfeitedByOtherCommands?: boolean;
  /** Refused, whenever it comes. */
  readonly blocked?: boolean;
}

export interface StorageLimits {
  readonly discoverableCredentials: number;
  /** Bytes that it keeps of an RP ID, at least 32. Absent: all of them. */
  readonly rpIdLength?: number;
  /** Bytes of UTF-8 for which a renamed user's name and displayName have room, each. Absent: as many as fit a request. */
  readonly userNameLength?: number;
  /** Bytes of the serialized large-blob array; with command largeBlobs. */
  readonly largeBlobArray?: number;
  /** Bytes; with extension credBlob. */
  readonly credBlob?: number;
  readonly fingerprints?: number;
}

/** Names that come with a credential. */
export type KeptName = 'displayName' | 'rpName';

export interface Quirks {
  /** The iSerial of every key of the model. Absent: each has its own. */
  readonly usbSerial?: string;
  /** Instead of USER_ACTION_TIMEOUT. */
  readonly touchTimeoutStatus?: number;
  /** INVALID_PARAMETER before 2.3. */
  readonly unknownSubCommandStatus: number;
  /** What enumerateRPsBegin answers on an empty key. Absent: NO_CREDENTIALS, as the specification has it. */
  readonly nothingStored?: 'totalRPs 0' | 'no members';
  /** toggleAlwaysUv turns it on only. */
  readonly alwaysUvStaysOn?: boolean;
  /** getPINRetries wants pinUvAuthProtocol, one that the key has, as CTAP 2.0 §5.5.3 does. */
  readonly insistsOnProtocol?: boolean;
  /** A reset deselects the applet: until SELECT, everything else is answered 6D00. */
  readonly selectAfterReset?: boolean;
  /** Listed credentials come without their largeBlobKey; getAssertion gives it. */
  readonly largeBlobKeyNotListed?: boolean;
  /** Names that are taken and not stored. */
  readonly namesNotKept?: readonly KeptName[];
  /** deleteCredential of a credential that is not there is OK. */
  readonly deletesUnknownCredentials?: boolean;
  /** Subcommands of credentialManagement that answer OK and do nothing. */
  readonly pretends?: readonly ('deleteCredential' | 'updateUserInformation')[];
  /** getPINRetries never holds powerCycleState. */
  readonly noPowerCycleState?: boolean;
  /** powerCycleState stays true after a restart until the right PIN comes, and each wrong one answers 34 until then. */
  readonly keepsPowerCycleState?: boolean;
  /** A PIN that comes before the restart that the key asks for spends a try, right or wrong. */
  readonly spendsTriesWhileAuthBlocked?: boolean;
  /** The wrong PIN that spends the last try answers 31 instead of 32. */
  readonly lastTryAnswersPinInvalid?: boolean;
  /** With no tries left, getPINRetries and getKeyAgreement answer 32 as well. */
  readonly blockedKeyTellsNothing?: boolean;
  /** What setPIN answers where a PIN is set. Absent: PIN_AUTH_INVALID. */
  readonly setPinWhenSetStatus?: number;
  /** Over ISO 7816, a CTAP error is the second byte of status word 64xx, without data. */
  readonly errorsInStatusWord?: boolean;
  /** Members that its generation has and its getInfo lacks. */
  readonly absentInfoMembers?: readonly (keyof AuthenticatorInfo)[];
  /** getPINRetries answers PIN_NOT_SET until there is a PIN. */
  readonly noRetriesWithoutPin?: boolean;
  /** A fingerprint without a name has an empty one. */
  readonly emptyFriendlyName?: boolean;
}

export interface YubicoConfig {
  readonly firmware: readonly [number, number, number];
  /** 1 keychain USB-A, 3 keychain USB-C, 6 bio USB-A, 7 bio USB-C … */
  readonly formFactor: number;
  /** PIV is in use, so FIDO is reset together with it or not at all. */
  readonly resetBlocked?: boolean;
}
