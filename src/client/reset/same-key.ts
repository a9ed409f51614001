/** Whether a key that was inserted is the one that was removed: a reset must never hit another one. */

import { type AuthenticatorInfo, getInfo } from '../../ctap2/commands/get-info.ts';
import { toHex } from '../../encoding/bytes.ts';
import { encodeCbor } from '../../encoding/cbor.ts';
import type { DiscoveredKey } from '../../transport/device.ts';
import { traitsOf } from '../../transport/traits.ts';
import type { Session } from '../session.ts';

export interface KeyIdentity {
  /** Read by the vendor's command. */
  vendorSerial?: string | undefined;
  /** As the listing has it. Where it is a maker's constant, it tells other keys apart but not its twins. */
  listedSerial?: string | undefined;
  /** One of the serial numbers tells it from its twins. */
  isUnique: boolean;
  aaguid: string;
  /** getInfo without the members that change by themselves. A reset changes it. */
  fingerprint: string;
}

/** What tells this key apart. `vendorSerial` reads the maker's own serial number, where there is one. */
export async function identityOf(
  session: Session,
  vendorSerial: (session: Session) => Promise<string | undefined>,
): Promise<KeyIdentity> {
  const info = await session.info();
  const { serial, serialIsUnique } = session.key;
  const read = await vendorSerial(session);
  return {
    vendorSerial: read,
    listedSerial: serial,
    isUnique: read !== undefined || (serial !== undefined && serialIsUnique === true),
    aaguid: toHex(info.aaguid),
    fingerprint: fingerprintOf(info),
  };
}

/** Both fit: a serial that changed is another key, and so is one whose getInfo says something else. */
export function isSameKey(a: KeyIdentity, b: KeyIdentity): boolean {
  return hasSameSerial(a, b) && a.fingerprint === b.fingerprint;
}

/** As far as it can be told of a key that may have been reset in between. */
export function isSameKeyApartFromReset(a: KeyIdentity, b: KeyIdentity): boolean {
  return hasSameSerial(a, b) && a.aaguid === b.aaguid;
}

function hasSameSerial(a: KeyIdentity, b: KeyIdentity): boolean {
  if (a.vendorSerial !== b.vendorSerial) return false;
  // What the key itself says outweighs what the system lists, which may not be complete right after insertion.
  return a.vendorSerial !== undefined || a.listedSerial === b.listedSerial;
}

/** As far as a listing can tell: the same product, and no serial number that would tell them apart. */
export function isLikelyTwin(key: DiscoveredKey, other: DiscoveredKey): boolean {
  if (key.transport !== other.transport || other.serialIsUnique) return false;
  // A reader's name says nothing about the card on it.
  if (!traitsOf(key).namesProduct) return true;
  if (key.serial !== undefined && other.serial !== undefined && key.serial !== other.serial) return false;
  return key.vendorId === other.vendorId && key.productId === other.productId && key.name === other.name;
}

/** Those on the transport of `key`: it can only come back among them. */
export function onTransportOf({ transport }: DiscoveredKey, keys: readonly DiscoveredKey[]): DiscoveredKey[] {
  return keys.filter((key) => key.transport === transport);
}

/** encIdentifier and encCredStoreState are encrypted anew each time; the others count up or down with use. */
const CHANGING = ['encIdentifier', 'encCredStoreState', 'uvCountSinceLastPinEntry'] as const;

function fingerprintOf(info: AuthenticatorInfo): string {
  const stable: AuthenticatorInfo = { ...info };
  for (const member of CHANGING) delete stable[member];
  return toHex(encodeCbor(getInfo.response.encode(stable)));
}
