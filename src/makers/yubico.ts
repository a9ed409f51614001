/** Yubico. */
import { fromHex } from '../encoding/bytes.ts';
import { FidoError } from '../errors.ts';
import type { ConfigurationReaders, MakerConfiguration, MakerEntry } from './maker.ts';
import { isFidoResetBlocked, parseYubicoConfig } from './yubico-config.ts';

/** CTAPHID vendor command "read config", 0xC2 on the wire. */
const READ_CONFIG = 0x42;

/** The management applet, the only place where their cards tell their serial number and more. */
const MANAGEMENT_AID = fromHex('a000000527471117');
const INS_SELECT = 0xa4;
const INS_READ_CONFIG = 0x1d;
const SW_OK = 0x9000;

/** Keys before 5.5.4, and those too old to tell their version (.NET SDK documentation, fido2-reset). */
const OLD_WINDOW_MS = 5_000;
const FIRMWARE_5_5_4 = 0x05_0504;

const configuration: ConfigurationReaders = {
  hid: async (send) => configurationOf(await send(READ_CONFIG, Uint8Array.of(0))),
  card: async (exchange) => {
    const selected = await exchange({ ins: INS_SELECT, p1: 0x04, p2: 0x00, data: MANAGEMENT_AID });
    if (selected.sw !== SW_OK) return undefined;
    const { data, sw } = await exchange({ ins: INS_READ_CONFIG, p1: 0x00, p2: 0x00, data: new Uint8Array(0) });
    return sw === SW_OK ? configurationOf(data) : undefined;
  },
};

/** A page that makes no sense tells nothing; that is no reason to fail. */
function configurationOf(page: Uint8Array): MakerConfiguration | undefined {
  try {
    const config = parseYubicoConfig(page);
    const { serial } = config;
    return { ...(serial === undefined ? {} : { serial: String(serial) }), isResetBlocked: isFidoResetBlocked(config) };
  } catch (error) {
    if (error instanceof FidoError) return undefined;
    throw error;
  }
}

/** Major, minor and patch in a byte each. */
function formatFirmware(version: number): string {
  const [major, minor, patch] = [(version >> 16) & 0xff, (version >> 8) & 0xff, version & 0xff];
  return version >= 0x1_0000 && version <= 0xff_ffff ? `${major}.${minor}.${patch} (${version})` : String(version);
}

export const yubico = {
  id: 'yubico',
  name: 'Yubico',
  usb: [{ vendorId: '1050', serialIsUnique: true }],
  model: /yubi/i,
  configuration,
  formatFirmware,
  reset: {
    touchesMetalContact: true,
    windowMs: (version) => (version === undefined || version < FIRMWARE_5_5_4 ? OLD_WINDOW_MS : undefined),
    blocked: {
      message: 'this YubiKey also holds PIV data, and then FIDO alone cannot be reset',
      hint: 'Nothing was erased. "ykman config reset" erases the whole key, PIV and FIDO together.',
    },
  },
  udev: true,
  diagnosis: {
    productsWithoutFido: ['0401', '0404', '0405'],
    switchOnFido: (side) => `ykman config ${side} --enable FIDO2`,
    whereOnlyU2f: 'From firmware 5 on, switch FIDO2 on with the maker’s program; older YubiKeys do not have it:',
    programs: ['yubioath', 'yubico-authent', 'authenticator', 'ykman', 'yubikey-agent'],
  },
} as const satisfies MakerEntry;
