/** What can be said of a key in a list: where it is, what it is, and why it cannot be used. */
import { createHash } from 'node:crypto';
import { Session, type SessionOptions } from '../client/session.ts';
import type { AuthenticatorInfo } from '../ctap2/commands/get-info.ts';
import { formatAaguid } from '../encoding/bytes.ts';
import { FidoError } from '../errors.ts';
import { findMaker } from '../makers/makers.ts';
import type { DiscoveredKey, Transport } from '../transport/device.ts';
import { traitsOf } from '../transport/traits.ts';
import { modelName } from '../trust/model-name.ts';

/** One entry of a list of keys. Strings are as the key gave them; escape them before showing. */
export interface KeyDescription {
  id: string;
  transport: Transport;
  name?: string;
  vendor?: string;
  vendorId?: string;
  productId?: string;
  /** Tells it from all others; absent where no number is known to. */
  serial?: string;
  path?: string;
  reader?: string;
  /** Dashed form; absent if all zero. */
  aaguid?: string;
  model?: string;
  error?: FidoError;
}

/** Opens `key` for a moment and describes it. Never throws for what a key does; then `error` says what it was. */
export async function describeKey(key: DiscoveredKey, options: SessionOptions = {}): Promise<KeyDescription> {
  if (key.error) return { ...listed(key), error: key.error };
  let session: Session | undefined;
  try {
    session = await Session.open(key, options);
    return await describeSession(session);
  } catch (error) {
    if (error instanceof FidoError && error.code !== 'interrupted') return { ...listed(key), error };
    throw error;
  } finally {
    await session?.close();
  }
}

/**
 * Describes the key behind an open session. At most getInfo, and the maker's own serial number command.
 * @throws {FidoError} `malformed-response`, or the transport’s
 */
export async function describeSession(session: Session): Promise<KeyDescription> {
  const info = await session.info();
  const base = listed(session.key);
  const serial = (await vendorSerial(session)) ?? base.serial;
  return {
    ...base,
    ...(serial === undefined ? {} : { serial, id: stableId(session.key, serial) }),
    ...modelOf(info),
  };
}

function listed(key: DiscoveredKey): KeyDescription {
  const { id, transport, name, vendor, vendorId, productId, path, reader } = key;
  const serial = key.serialIsUnique ? key.serial : undefined;
  const optional = { name, vendor, vendorId, productId, serial, path, reader };
  return {
    id,
    transport,
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<KeyDescription>),
  };
}

/** AAGUID in dashed form and the model it stands for; nothing for a key that tells none. */
export function modelOf(info: AuthenticatorInfo): { aaguid?: string; model?: string } {
  if (info.aaguid.every((byte) => byte === 0)) return {};
  const aaguid = formatAaguid(info.aaguid);
  const model = modelName(aaguid);
  return model === undefined ? { aaguid } : { aaguid, model };
}

/**
 * The serial number that the maker's own command reads, where one is known. Other makers use the same command bytes for
 * other things, so it is sent to nobody else.
 */
export async function vendorSerial(session: Session): Promise<string | undefined> {
  const { key, device } = session;
  if (!device.vendor?.readSerial) return undefined;
  // USB ids name the maker of a key; its AAGUID is asked for only where there are none.
  const maker = findMaker(key, key.vendorId === undefined ? modelOf(await session.info()).model : undefined);
  return maker?.configuration ? device.vendor.readSerial(maker) : undefined;
}

/** An id that goes with the key rather than its port, once a serial number that the list did not know was read. */
function stableId(key: DiscoveredKey, serial: string): string {
  if (serial === key.serial || key.id.startsWith('virtual:')) return key.id;
  const digest = createHash('sha256').update(serial).digest('hex');
  const { transport, vendorId, productId } = key;
  return vendorId !== undefined && productId !== undefined
    ? `${transport}-${vendorId}-${productId}-${digest.slice(0, 4)}`
    : `${transport}-${digest.slice(0, 8)}`;
}

/**
 * Drops cards that are another interface of a key that is connected without a reader: the same serial number, or a reader that
 * is the key's own interface (its name holds the product's name) with the same AAGUID on exactly one key.
 */
export function withoutDuplicateInterfaces<T extends KeyDescription>(keys: readonly T[]): T[] {
  const others = keys.filter((key) => !traitsOf(key).inReader);
  return keys.filter((card) => {
    if (!traitsOf(card).inReader || card.error) return true;
    const sameSerial =
      card.serial !== undefined && others.some((key) => key.serial === card.serial && key.aaguid === card.aaguid);
    const ownReader = others.filter(
      (key) => key.aaguid !== undefined && key.aaguid === card.aaguid && key.name && card.reader?.includes(key.name),
    );
    return !(sameSerial || ownReader.length === 1);
  });
}
