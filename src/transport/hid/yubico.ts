import { FidoError } from '../../errors.ts';
import { parseYubicoConfig, type YubicoConfig } from '../yubico.ts';

export const YUBICO_VENDOR_ID = '1050';

/** Yubico's CTAPHID vendor command "read config", 0xC2 on the wire. */
const READ_CONFIG = 0x42;

/** The part of a HidDevice that is needed here. */
export interface VendorCommands {
  readonly vendorId: string | undefined;
  vendor(command: number, payload: Uint8Array): Promise<Uint8Array>;
}

/**
 * First page of a YubiKey's configuration. Undefined for keys of other makers, which are not asked because the command
 * may mean anything to them, and whenever the key does not tell.
 */
export async function readYubicoConfig(device: VendorCommands): Promise<YubicoConfig | undefined> {
  if (device.vendorId !== YUBICO_VENDOR_ID) return undefined;
  try {
    return parseYubicoConfig(await device.vendor(READ_CONFIG, Uint8Array.of(0)));
  } catch (error) {
    if (error instanceof FidoError) return undefined;
    throw error;
  }
}
