/** Names and ids of USB keys, from what the system tells without opening them. Pure. */
import { createHash } from 'node:crypto';
import { hasUniqueUsbSerials } from '../../makers/makers.ts';
import type { HidInfo } from './node-hid.ts';
import type { Whereabouts } from './sysfs.ts';

/** One key found by the system, with where it is. */
export interface Found {
  info: HidInfo;
  where: Whereabouts;
}

export interface Identity {
  id: string;
  name: string;
  vendor?: string;
  /** Four lower-case hex digits. */
  vendorId: string;
  productId: string;
  serial?: string;
  serialIsUnique?: boolean;
}

/** No serial numbers, whoever gives them. */
const CONSTANT_SERIALS = new Set([
  '1000000000',
  '0123456789',
  '1234567890',
  '123456789',
  '12345678',
  '0123456789abcdef',
]);
const SHORTEST_DIGEST = 4;
const LONGEST_DIGEST = 64;

/** Identities in the order of `keys`, with ids that differ from each other. */
export function identify(keys: readonly Found[]): Identity[] {
  const serialCount = new Map<string, number>();
  const modelAndSerial = ({ info }: Found) => `${modelOf(info)} ${clean(info.serialNumber)}`;
  for (const key of keys) serialCount.set(modelAndSerial(key), (serialCount.get(modelAndSerial(key)) ?? 0) + 1);

  const described = keys.map((key) => {
    const serial = clean(key.info.serialNumber);
    const { vendorId, productId } = usbIds(key.info);
    // Two at once with the same number disprove it, whatever is known of the maker.
    const unique =
      hasUniqueUsbSerials({ vendorId, productId }) &&
      !isConstantSerial(serial) &&
      serialCount.get(modelAndSerial(key)) === 1;
    return { key, serial, unique, digest: digestOf(key, unique ? serial : undefined) };
  });
  const lengths = described.map(() => SHORTEST_DIGEST);
  const idAt = (index: number) => {
    const { key, digest } = described[index] as (typeof described)[number];
    return `usb-${modelOf(key.info)}-${digest.slice(0, lengths[index])}`;
  };
  for (;;) {
    const ids = described.map((_, index) => idAt(index));
    const colliding = ids.flatMap((id, index) => (ids.indexOf(id) !== ids.lastIndexOf(id) ? [index] : []));
    const longer = colliding.filter((index) => (lengths[index] as number) < LONGEST_DIGEST);
    if (longer.length === 0) break;
    for (const index of longer) lengths[index] = (lengths[index] as number) + 4;
  }
  return described.map(({ key: { info }, serial, unique }, index) => {
    const vendor = clean(info.manufacturer);
    return {
      id: idAt(index),
      name: nameOf(info),
      ...(vendor ? { vendor } : {}),
      ...usbIds(info),
      ...(serial ? { serial, serialIsUnique: unique } : {}),
    };
  });
}

/** Hex SHA-256 of the most stable thing known: serial, port, what a virtual device says, device path. */
function digestOf({ info, where }: Found, uniqueSerial: string | undefined): string {
  const material = uniqueSerial ?? where.port ?? where.phys ?? info.path;
  return createHash('sha256').update(material).digest('hex');
}

export function isConstantSerial(serial: string): boolean {
  return /^0*$/.test(serial) || CONSTANT_SERIALS.has(serial.toLowerCase());
}

function nameOf(info: HidInfo): string {
  const [maker, product] = [clean(info.manufacturer), clean(info.product)];
  if (!product) return maker || `Security key ${usbId(info.vendorId)}:${usbId(info.productId)}`;
  return !maker || product.toLowerCase().startsWith(maker.toLowerCase()) ? product : `${maker} ${product}`;
}

function modelOf(info: HidInfo): string {
  const { vendorId, productId } = usbIds(info);
  return `${vendorId}-${productId}`;
}

function usbIds(info: HidInfo): { vendorId: string; productId: string } {
  return { vendorId: usbId(info.vendorId), productId: usbId(info.productId) };
}

/** Some libraries give ids as signed 16-bit numbers. */
function usbId(id: number): string {
  return (id & 0xffff).toString(16).padStart(4, '0');
}

/** Without what pads USB strings: blanks and NUL. */
function clean(text: string | undefined): string {
  return (text ?? '').replaceAll('\0', ' ').replace(/\s+/g, ' ').trim();
}
