import type { MakerConfiguration, MakerEntry } from '../makers/maker.ts';
import type { VendorFacet } from './device.ts';

/** @param read asks the key as keys of `maker` are asked; undefined if it does not tell */
export function vendorFacet(read: (maker: MakerEntry) => Promise<MakerConfiguration | undefined>) {
  return {
    readSerial: async (maker: MakerEntry) => (await read(maker))?.serial,
    isResetBlocked: async (maker: MakerEntry) => (await read(maker))?.isResetBlocked === true,
  } satisfies VendorFacet;
}
