/**
 * What is known of the makers of security keys, in one table; what is done with it is elsewhere. A maker of whom there is
 * more than a few lines has a file of its own.
 */
import type { MakerEntry, UsbProducts } from './maker.ts';
import { yubico } from './yubico.ts';

/** In the order in which udev rules name them. */
const TABLE = [
  yubico,
  { id: 'feitian', name: 'Feitian', usb: [{ vendorId: '096e' }], model: /feitian|biopass|\bepass/i, udev: true },
  { id: 'hid', name: 'HID', usb: [{ vendorId: '076b' }], model: /\bHID\b|crescendo/i },
  { id: 'cryptnox', name: 'Cryptnox', model: /cryptnox/i },
  { id: 'authentrend', name: 'AuthenTrend', usb: [{ vendorId: '31bb', serialIsUnique: true }] },
  { id: 'trustkey', name: 'TrustKey', usb: [{ vendorId: '311f' }], udev: true },
  {
    id: 'nitrokey',
    name: 'Nitrokey',
    usb: [{ vendorId: '20a0', productIds: ['42b1'], serialIsUnique: true }],
    udev: [{ vendorId: '20a0' }],
  },
  { id: 'token2', name: 'Token2', usb: [{ vendorId: '349e' }], udev: true },
  { id: 'google', name: 'Google Titan', usb: [{ vendorId: '18d1', productIds: ['5026', '9470'] }], udev: true },
  {
    id: 'solokeys',
    name: 'SoloKeys',
    usb: [
      { vendorId: '0483', productIds: ['a2ca'], serialIsUnique: true },
      { vendorId: '1209', productIds: ['5070', '50b0', 'beee'] },
    ],
    udev: [
      { vendorId: '0483', productIds: ['a2ca', 'cdab'] },
      { vendorId: '1209', productIds: ['5070', '50b0', 'beee'] },
    ],
  },
  { id: 'onlykey', name: 'OnlyKey', usb: [{ vendorId: '1d50', productIds: ['60fc'] }], udev: true },
  { id: 'thetis', name: 'Thetis', usb: [{ vendorId: '1ea8', productIds: ['f025'] }], udev: true },
  {
    id: 'ellipticsecure',
    name: 'ellipticSecure',
    usb: [{ vendorId: '0483', productIds: ['a2ac'], serialIsUnique: true }],
  },
  { id: 'keyvault', name: 'KeyVault', usb: [{ vendorId: '1915', productIds: ['520b'], serialIsUnique: true }] },
] as const satisfies readonly MakerEntry[];

/** A maker's id. */
export type Maker = (typeof TABLE)[number]['id'];

/** The makers of whom something is known. */
export const MAKERS: readonly MakerEntry[] = TABLE;

/** The USB ids of a key, where it has such. */
export interface UsbIds {
  /** Four lower-case hex digits each. */
  readonly vendorId?: string | undefined;
  readonly productId?: string | undefined;
}

/**
 * The entry of the maker of a key: by its USB ids, else by its model.
 * @param model the published name of the key's AAGUID, which also a key on a reader has
 * @returns undefined for a maker of whom nothing is known
 */
export function findMaker(key: UsbIds, model?: string | undefined): MakerEntry | undefined {
  return (
    MAKERS.find(({ usb = [] }) => usb.some((products) => includes(products, key))) ??
    MAKERS.find((maker) => model !== undefined && maker.model?.test(model))
  );
}

/** The id of what {@link findMaker} finds. */
export function makerOf(key: UsbIds, model: string | undefined): Maker | undefined {
  return findMaker(key, model)?.id as Maker | undefined;
}

/** Whether the iSerial of this product tells one key from all others. Where nobody knows, it is a part of the model. */
export function hasUniqueUsbSerials(key: UsbIds): boolean {
  return MAKERS.some(({ usb = [] }) =>
    usb.some((products) => products.serialIsUnique === true && includes(products, key)),
  );
}

function includes({ vendorId, productIds }: UsbProducts, key: UsbIds): boolean {
  if (vendorId !== key.vendorId) return false;
  return productIds === undefined || (key.productId !== undefined && productIds.includes(key.productId));
}
