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
 * Whether a key checks requests as CTAP 2.0 says. Those of the previews do as well: FIDO_2_1_PRE adds commands to
 * FIDO_2_0, and does not change the order of checks.
 */
export function isBefore21({ specification }: Pick<Model, 'specification'>): boolean {
  return specification === '2.0' || specification === '2.1-pre';
}

/**
 * One kind of security key, as data. What it announces it does; getInfo leaves out options and members that belong to a
 * command which the model does not have.
 */
export interface Model {
  /** Name of the model in commands and files, e.g. `yubikey-5-nfc`. */
  readonly id: string;
  /** One line for people. */
  readonly description: string;
  /** In the usual form with dashes. */
  readonly aaguid: string;
  readonly specification: Specification;
  /** Absent: no USB interface. */
  readonly usb?: UsbIdentity;
  /** Absent: no ISO 7816 interface. */
  readonly nfc?: CardInterface;
  readonly commands: readonly CommandName[];
  /** getInfo members that never change, named as in the declaration of getInfo. */
  readonly info: StaticInfo;
  /** As a new key announces them; some change with the state (clientPin, uv, alwaysUv …). */
  readonly options: Readonly<Partial<Record<OptionId, boolean>>>;
  readonly pin: PinRules;
  /** Built-in fingerprint sensor. */
  readonly uv?: SensorRules;
  readonly reset: ResetRules;
  readonly storage: StorageLimits;
  /** How long it waits for a touch, in milliseconds. */
  readonly touchTimeoutMs: number;
  /** Packed attestation without certificate. Absent: with the model's test certificate. */
  readonly attestation?: 'self';
  /** Relying parties that get vendor-facilitated enterprise attestation. */
  readonly enterpriseRpIds?: readonly string[];
  readonly quirks: Quirks;
  /** Has Yubico's own commands: CTAPHID command 0x42, and the management applet over ISO 7816. */
  readonly yubico?: YubicoConfig;
  /** How it differs from the honest key that this model describes. */
  readonly hostile?: Hostility;
}

export interface UsbIdentity {
  readonly vendorId: number;
  readonly productId: number;
  readonly manufacturer: string;
  /** USB product name, which says that this is software. */
  readonly product: string;
  /** Major, minor and build in the CTAPHID_INIT response. */
  readonly deviceVersion: readonly [number, number, number];
  readonly wink: boolean;
}

/** Maker and product as one name, the maker not twice. */
export function usbName({ manufacturer, product }: { manufacturer: string; product: string }): string {
  return product.startsWith(manufacturer) ? product : `${manufacturer} ${product}`;
}

export interface CardInterface {
  /** What this model is served as unless told otherwise. */
  readonly transport: Exclude<AuthenticatorTransport, 'usb'>;
  /** Historical bytes of the answer to reset, at most 15. */
  readonly historicalBytes: Uint8Array;
  /** Answers extended APDUs with status word 6700 (wrong length). */
  readonly shortApdusOnly: boolean;
  /** `field`: power-up counts as one touch. `button`: the user is asked as over USB. `always`: nobody is ever asked. */
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
  /** Unicode code points; besides, a PIN has 63 bytes at most. */
  readonly maxLength: number;
  readonly maxRetries: number;
  /** The model can refuse simple PINs. Absent: it cannot, and getInfo has no pinComplexityPolicy. */
  readonly complexity?: { readonly enforced: boolean; readonly url?: string };
}

export interface SensorRules {
  readonly maxRetries: number;
  readonly preferredPlatformUvAttempts?: number;
  readonly uvModality?: number;
  /** Good samples that an enrolment takes. */
  readonly enrollSamples: number;
  /** Bytes of UTF-8. */
  readonly maxFriendlyNameLength: number;
}

export interface ResetRules {
  /** How long after power-up a reset is taken, in milliseconds. */
  readonly windowMs: number;
  /** Touches that a reset takes. */
  readonly touches: 1 | 2;
  /** Present if the model knows longTouchForReset; its first value. */
  readonly longTouch?: boolean;
  /** Absent: a reset is taken over any transport. */
  readonly transports?: readonly AuthenticatorTransport[];
  /** A reset is refused if any command but getInfo and selection has come since power-up. */
  readonly forfeitedByOtherCommands?: boolean;
  /** A reset is always refused. */
  readonly blocked?: boolean;
}

export interface StorageLimits {
  readonly discoverableCredentials: number;
  /** Bytes that are stored of an RP ID, at least 32. Absent: all of them. */
  readonly rpIdLength?: number;
  /** Longest name and displayName in updateUserInformation, in bytes of UTF-8 each. Absent: what fits a request. */
  readonly userNameLength?: number;
  /** Bytes of the serialized large-blob array; with command largeBlobs. */
  readonly largeBlobArray?: number;
  /** Bytes; with extension credBlob. */
  readonly credBlob?: number;
  readonly fingerprints?: number;
}

/** Names of a credential that some models do not store. */
export type KeptName = 'displayName' | 'rpName';

export interface Quirks {
  /** The USB serial number (iSerial) that all keys of the model share. Absent: each has its own. */
  readonly usbSerial?: string;
  /** Status when nobody touches the key. Absent: CTAP2_ERR_USER_ACTION_TIMEOUT (0x2F). */
  readonly touchTimeoutStatus?: number;
  /** Before CTAP 2.3 usually CTAP1_ERR_INVALID_PARAMETER (0x02), since then CTAP2_ERR_INVALID_SUBCOMMAND (0x3E). */
  readonly unknownSubCommandStatus: number;
  /**
   * What enumerateRPsBegin answers on an empty key. Absent: CTAP2_ERR_NO_CREDENTIALS (0x2E), as the specification says.
   */
  readonly nothingStored?: 'totalRPs 0' | 'no members';
  /** toggleAlwaysUv can turn alwaysUv on, but not off. */
  readonly alwaysUvStaysOn?: boolean;
  /** getPINRetries needs a pinUvAuthProtocol that the key has, as in CTAP 2.0 §5.5.3. */
  readonly insistsOnProtocol?: boolean;
  /**
   * A reset deselects the applet: until SELECT, everything else is answered with status word 6D00 (no such
   * instruction).
   */
  readonly selectAfterReset?: boolean;
  /** credentialManagement lists credentials without their largeBlobKey; only getAssertion gives it. */
  readonly largeBlobKeyNotListed?: boolean;
  /** Names that makeCredential accepts and does not store. */
  readonly namesNotKept?: readonly KeptName[];
  /** deleteCredential answers CTAP2_OK (0x00) for a credential that does not exist. */
  readonly deletesUnknownCredentials?: boolean;
  /** Subcommands of credentialManagement that answer CTAP2_OK (0x00) and do nothing. */
  readonly pretends?: readonly ('deleteCredential' | 'updateUserInformation')[];
  /** getPINRetries never holds powerCycleState. */
  readonly noPowerCycleState?: boolean;
  /**
   * After a restart powerCycleState stays true, and a wrong PIN answers CTAP2_ERR_PIN_AUTH_BLOCKED (0x34), until the
   * right PIN.
   */
  readonly keepsPowerCycleState?: boolean;
  /**
   * Until the restart that CTAP2_ERR_PIN_AUTH_BLOCKED (0x34) asks for, every PIN spends a try, be it right or wrong.
   */
  readonly spendsTriesWhileAuthBlocked?: boolean;
  /**
   * The wrong PIN that spends the last try answers CTAP2_ERR_PIN_INVALID (0x31) instead of CTAP2_ERR_PIN_BLOCKED
   * (0x32).
   */
  readonly lastTryAnswersPinInvalid?: boolean;
  /** With no tries left, getPINRetries and getKeyAgreement answer CTAP2_ERR_PIN_BLOCKED (0x32) as well. */
  readonly blockedKeyTellsNothing?: boolean;
  /** What setPIN answers if a PIN is set. Absent: CTAP2_ERR_PIN_AUTH_INVALID (0x33). */
  readonly setPinWhenSetStatus?: number;
  /** Over ISO 7816, a CTAP error comes as the second byte of status word 64xx, without data. */
  readonly errorsInStatusWord?: boolean;
  /** Members that getInfo lacks although the model's version of the specification has them. */
  readonly absentInfoMembers?: readonly (keyof AuthenticatorInfo)[];
  /** getPINRetries answers CTAP2_ERR_PIN_NOT_SET (0x35) while no PIN is set. */
  readonly noRetriesWithoutPin?: boolean;
  /** A fingerprint without name is listed with an empty one. */
  readonly emptyFriendlyName?: boolean;
}

export interface YubicoConfig {
  readonly firmware: readonly [number, number, number];
  /** 1 keychain USB-A, 3 keychain USB-C, 6 bio USB-A, 7 bio USB-C … */
  readonly formFactor: number;
  /** The PIV application is in use: FIDO cannot be reset alone, only the whole key with Yubico's program. */
  readonly resetBlocked?: boolean;
}
