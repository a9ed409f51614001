/** What a reset takes, and what would make it fail, found before anyone unplugs anything. */

import type { AuthenticatorInfo } from '../../ctap2/commands/get-info.ts';
import { FidoError } from '../../errors.ts';
import { findMaker } from '../../makers/makers.ts';
import type { DiscoveredKey } from '../../transport/device.ts';
import { placeOf } from '../../transport/key-place.ts';
import { traitsOf } from '../../transport/traits.ts';
import type { Session } from '../session.ts';
import { type ResetGestures, resetGestures } from './gestures.ts';
import type { KeyFinder } from './replug.ts';
import { identityOf, isLikelyTwin, type KeyIdentity } from './same-key.ts';

/** What is known of the key besides what it says. */
export interface ResetCheckOptions {
  /** The published name of the key's model, where known: it tells the maker of a key on a reader. */
  model?: string | undefined;
}

/**
 * Whether this key takes a reset as it is connected now.
 * @throws {FidoError} `unsupported`, saying what to do instead; the transport's.
 */
export async function checkReset(session: Session, { model }: ResetCheckOptions = {}): Promise<void> {
  checkTransportForReset(session, await session.info());
  // Nobody else's keys are asked: the same command means other things to others.
  const maker = findMaker(session.key, model);
  const blocked = maker?.reset?.blocked;
  if (!blocked || !(await session.device.vendor?.isResetBlocked?.(maker))) return;
  throw new FidoError('unsupported', blocked.message, { hint: blocked.hint });
}

/**
 * Whether the key takes a reset over the transport that `key` is connected by: every CTAP2 key can be reset, some not over
 * every transport (transportsForReset, CTAP 2.3 §6.4 member 1A).
 */
export function supportsReset(
  { transportsForReset }: Pick<AuthenticatorInfo, 'transportsForReset'>,
  key: DiscoveredKey,
): boolean {
  const names = traitsOf(key).getInfoNames;
  // Of a transport without a name there, the key does not say anything.
  return !transportsForReset || names.length === 0 || names.some((name) => transportsForReset.includes(name));
}

/**
 * Refuses a transport that the key takes no reset over (transportsForReset, CTAP 2.3 §6.4 member 1A).
 * @throws {FidoError} `unsupported`, naming the transport that works.
 */
export function checkTransportForReset(
  session: Session,
  { transportsForReset }: Pick<AuthenticatorInfo, 'transportsForReset'>,
): void {
  if (!transportsForReset || supportsReset({ transportsForReset }, session.key)) return;
  const names = traitsOf(session.key).getInfoNames;
  const others = transportsForReset.map((name) => TRANSPORT_WORDS[name] ?? name).join(' or ');
  throw new FidoError('unsupported', `this key does not accept a reset over ${TRANSPORT_WORDS[names[0] as string]}`, {
    hint: others ? `Connect it over ${others} and try again.` : 'It accepts a reset over no transport at all.',
  });
}

const TRANSPORT_WORDS: Readonly<Record<string, string>> = {
  usb: 'USB',
  nfc: 'NFC',
  'smart-card': 'a contact card reader',
  ble: 'Bluetooth',
  hybrid: 'hybrid transport',
  internal: 'the device itself',
};

/** What the reset of one key needs to know of it before it is removed. */
export interface ResetPlan {
  /** Tells it from others when it comes back. */
  identity: KeyIdentity;
  gestures: ResetGestures;
}

export interface ResetPlanOptions extends ResetCheckOptions {
  finder: KeyFinder;
  /** Reads the maker's own serial number, where there is one. */
  vendorSerial(session: Session): Promise<string | undefined>;
}

/** @throws {FidoError} as `checkReset`; `several-keys` if another key could be mistaken for this one */
export async function planReset(session: Session, options: ResetPlanOptions): Promise<ResetPlan> {
  await checkReset(session, options);
  const identity = await identityOf(session, options.vendorSerial);
  await refuseTwins(session, identity, options.finder);
  return { identity, gestures: resetGestures(session.key, await session.info(), options.model) };
}

/**
 * A key without a serial number of its own is recognised by its model alone, so another one like it must not be there.
 * @throws {FidoError} `several-keys`
 */
async function refuseTwins(session: Session, identity: KeyIdentity, finder: KeyFinder): Promise<void> {
  // Cards are told apart by the reader they lie on for as long as nobody moves the others; the replug sees to that.
  if (identity.isUnique || traitsOf(session.key).inReader) return;
  const own = placeOf(session.key);
  const { keys } = await finder.list();
  const twins = keys.filter((key) => placeOf(key) !== own && isLikelyTwin(session.key, key));
  if (twins.length === 0) return;
  throw new FidoError(
    'several-keys',
    `${twins.length + 1} keys of the same model that no serial number tells apart are inserted; they could be mistaken for each other`,
    { hint: 'Nothing was erased. Take out all but the one to reset, and run the command again.' },
  );
}
