import { FidoError } from '../errors.ts';

/**
 * Yubico's device configuration as CTAPHID vendor command 0x42 and, over NFC, the management applet answer it. What a
 * key does not report is absent. Capabilities are bits: 01 OTP, 02 U2F, 08 OpenPGP, 10 PIV, 20 OATH, 100 HSMAUTH,
 * 200 FIDO2.
 */
export interface YubicoConfig {
  serial?: number;
  usbSupported?: number;
  usbEnabled?: number;
  nfcSupported?: number;
  nfcEnabled?: number;
  /** 1 to 7: USB-A keychain, USB-A nano, USB-C keychain, USB-C nano, USB-C and Lightning, USB-A bio, USB-C bio. */
  formFactor?: number;
  /** A FIPS model. */
  fips?: boolean;
  /** Sold as "Security Key": FIDO alone. */
  securityKey?: boolean;
  /** Firmware, as `5.7.1`. */
  firmware?: string;
  autoEjectTimeoutSeconds?: number;
  challengeResponseTimeoutSeconds?: number;
  deviceFlags?: number;
  configurationLocked?: boolean;
  /** Another page can be asked for. */
  morePages?: boolean;
  partNumber?: string;
  /** Capabilities. */
  fipsCapable?: number;
  fipsApproved?: number;
  pinComplexity?: boolean;
  /** NFC is off until the key has first been powered by USB. */
  nfcRestricted?: boolean;
  /** Capabilities whose reset is blocked. */
  resetBlocked?: number;
  versionQualifier?: Uint8Array;
  fpsVersion?: string;
  stmVersion?: string;
  /** Everything else that was there, by tag. */
  unknown: ReadonlyMap<number, Uint8Array>;
}

const CAPABILITY_FIDO2 = 0x200;

/** The FIDO2 application is only erased together with the whole key. */
export function isFidoResetBlocked({ resetBlocked = 0 }: YubicoConfig): boolean {
  return (resetBlocked & CAPABILITY_FIDO2) !== 0;
}

type Known = Omit<YubicoConfig, 'unknown'>;
type Reader = (value: Uint8Array) => Known;

const READERS: Readonly<Record<number, Reader>> = {
  1: (value) => ({ usbSupported: uint(value) }),
  2: (value) => ({ serial: uint(value) }),
  3: (value) => ({ usbEnabled: uint(value) }),
  4: (value) => {
    const byte = uint(value);
    return { formFactor: byte & 0x0f, fips: (byte & 0x80) !== 0, securityKey: (byte & 0x40) !== 0 };
  },
  5: (value) => ({ firmware: version(value) }),
  6: (value) => ({ autoEjectTimeoutSeconds: uint(value) }),
  7: (value) => ({ challengeResponseTimeoutSeconds: uint(value) }),
  8: (value) => ({ deviceFlags: uint(value) }),
  10: (value) => ({ configurationLocked: uint(value) !== 0 }),
  13: (value) => ({ nfcSupported: uint(value) }),
  14: (value) => ({ nfcEnabled: uint(value) }),
  16: (value) => ({ morePages: uint(value) !== 0 }),
  19: (value) => ({ partNumber: new TextDecoder().decode(value) }),
  20: (value) => ({ fipsCapable: uint(value) }),
  21: (value) => ({ fipsApproved: uint(value) }),
  22: (value) => ({ pinComplexity: uint(value) !== 0 }),
  23: (value) => ({ nfcRestricted: uint(value) !== 0 }),
  24: (value) => ({ resetBlocked: uint(value) }),
  25: (value) => ({ versionQualifier: Uint8Array.from(value) }),
  32: (value) => ({ fpsVersion: version(value) }),
  33: (value) => ({ stmVersion: version(value) }),
};

/**
 * Reads one page of the configuration: a length byte, then tag (1), length (1), value.
 * @throws {FidoError} `malformed-response`
 */
export function parseYubicoConfig(page: Uint8Array): YubicoConfig {
  const length = page[0];
  // Some firmware sends more than it announces; what is announced counts.
  if (length === undefined || length > page.length - 1) throw malformed();
  const config: Known = {};
  const unknown = new Map<number, Uint8Array>();
  for (let at = 1; at < 1 + length; ) {
    const [tag, size] = [page[at], page[at + 1]];
    const end = at + 2 + (size ?? 0);
    if (tag === undefined || size === undefined || end > 1 + length) throw malformed();
    const value = page.subarray(at + 2, end);
    const reader = READERS[tag];
    if (reader) Object.assign(config, reader(value));
    else unknown.set(tag, Uint8Array.from(value));
    at = end;
  }
  return { ...config, unknown };
}

/** Up to four bytes, big-endian; empty counts as 0. */
function uint(value: Uint8Array): number {
  if (value.length > 4) throw malformed();
  return value.reduce((number, byte) => number * 256 + byte, 0);
}

function version(value: Uint8Array): string {
  if (value.length !== 3) throw malformed();
  return value.join('.');
}

function malformed(): FidoError {
  return new FidoError('malformed-response', 'the key’s Yubico configuration cannot be read');
}
