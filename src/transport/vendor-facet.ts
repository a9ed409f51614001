import type { MakerConfiguration, MakerEntry } from '../makers/maker.ts';

/**
 * What the maker's own configuration tells, whose form and commands are the maker's. To be asked only of keys that are the
 * maker's: to others the same bytes mean other things.
 */
export interface VendorFacet {
  /**
   * Serial number as it is printed on the key, in decimal digits; undefined if the key does not tell.
   * @throws {FidoError} `key-removed`, `no-answer`, `transport-failed`, over ISO 7816 alone
   */
  readonly readSerial?: ((maker: MakerEntry) => Promise<string | undefined>) | undefined;
  /**
   * Whether FIDO cannot be reset by itself; false if the key does not tell.
   * @throws as `readSerial`
   */
  readonly isResetBlocked?: ((maker: MakerEntry) => Promise<boolean>) | undefined;
}

/** @param read asks the key as keys of `maker` are asked; undefined if it does not tell */
export function vendorFacet(read: (maker: MakerEntry) => Promise<MakerConfiguration | undefined>) {
  return {
    readSerial: async (maker: MakerEntry) => (await read(maker))?.serial,
    isResetBlocked: async (maker: MakerEntry) => (await read(maker))?.isResetBlocked === true,
  } satisfies VendorFacet;
}
