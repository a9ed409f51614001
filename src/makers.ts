/**
 * What is known of the makers of security keys: by which signs their keys are told, and whether their USB serial numbers
 * are serial numbers. One table; what is done with it is elsewhere.
 */

export type Maker =
  | 'authentrend'
  | 'cryptnox'
  | 'ellipticsecure'
  | 'feitian'
  | 'hid'
  | 'keyvault'
  | 'nitrokey'
  | 'solokeys'
  | 'yubico';

interface MakerSigns {
  maker: Maker;
  /** USB vendor id, four lower-case hex digits; over PC/SC there is none. */
  vendorId?: string;
  /** Where others use the vendor id too (it belongs to the maker of the chip, or is lent out): the products. */
  productIds?: readonly string[];
  /** In the model's name that belongs to the AAGUID. */
  model?: RegExp;
  /**
   * The iSerial of their keys is a number of its own for each. Absent: there is none, all keys of a model share it, or
   * nobody has looked. TrustKey, eWBM and OctatcO (311f) share: A00000000017, A00000000000; so does OnlyKey.
   */
  usbSerialIsUnique?: true;
}

const MAKERS: readonly MakerSigns[] = [
  { maker: 'yubico', vendorId: '1050', model: /yubi/i, usbSerialIsUnique: true },
  { maker: 'feitian', vendorId: '096e', model: /feitian|biopass|\bepass/i },
  { maker: 'hid', vendorId: '076b', model: /\bHID\b|crescendo/i },
  { maker: 'cryptnox', model: /cryptnox/i },
  { maker: 'authentrend', vendorId: '31bb', usbSerialIsUnique: true },
  { maker: 'nitrokey', vendorId: '20a0', productIds: ['42b1'], usbSerialIsUnique: true },
  { maker: 'solokeys', vendorId: '0483', productIds: ['a2ca'], usbSerialIsUnique: true },
  { maker: 'ellipticsecure', vendorId: '0483', productIds: ['a2ac'], usbSerialIsUnique: true },
  { maker: 'keyvault', vendorId: '1915', productIds: ['520b'], usbSerialIsUnique: true },
];

interface UsbIds {
  vendorId?: string | undefined;
  productId?: string | undefined;
}

/** The maker of a key. `model` is the published name of its AAGUID, which also a key on a reader has. */
export function makerOf(key: UsbIds, model: string | undefined): Maker | undefined {
  return (byUsb(key) ?? MAKERS.find((signs) => model !== undefined && signs.model?.test(model)))?.maker;
}

/** Whether the iSerial of this product tells one key from all others. Where nobody knows, it is a part of the model. */
export function hasUniqueUsbSerials(key: UsbIds): boolean {
  return byUsb(key)?.usbSerialIsUnique === true;
}

function byUsb({ vendorId, productId }: UsbIds): MakerSigns | undefined {
  return MAKERS.find(
    (signs) =>
      signs.vendorId !== undefined &&
      signs.vendorId === vendorId &&
      (signs.productIds === undefined || (productId !== undefined && signs.productIds.includes(productId))),
  );
}
