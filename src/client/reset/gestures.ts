/**
 * What a person does to reset a key, by maker, transport and what the key says of itself. Data in one place; whoever talks
 * to the person has the words. How often a key wants to be touched is not said here: it asks, and may ask again.
 */
import type { AuthenticatorInfo } from '../../ctap2/commands/get-info.ts';
import type { MakerEntry } from '../../makers/maker.ts';
import { findMaker } from '../../makers/makers.ts';
import type { DiscoveredKey } from '../../transport/device.ts';
import { traitsOf } from '../../transport/traits.ts';

/**
 * How a key is taken away. `pull-or-lift`: a card of which only the reader knows whether it has contacts. `disconnect`: what that takes, only the
 * transport knows.
 */
export type RemovalGesture = 'unplug' | 'lift' | 'pull' | 'pull-or-lift' | 'disconnect';
/** How it is put back. `lay`: the key must stay where it is until the end. */
export type InsertionGesture = 'plug' | 'lay' | 'push' | 'push-or-lay' | 'connect';
/** How a key wants to be touched while it is reset. */
export type TouchGesture =
  | 'touch'
  | 'touch-metal-contact'
  | 'touch-fingerprint-sensor'
  /** longTouchForReset: for about 5 seconds. */
  | 'hold'
  /** A key that lies on a reader and asks all the same: lifting it would break the reset off. */
  | 'touch-on-reader';

/** What a person has to do, and in what time. */
export interface ResetGestures {
  remove: RemovalGesture;
  insert: InsertionGesture;
  /** What to do each time the key asks. */
  touch: TouchGesture;
  /** Time from power-up in which it accepts a reset. */
  windowMs: number;
}

/** CTAP 2.3 §6.6: the time for keys without display. */
const WINDOW_MS = 10_000;

/** How the key at hand is reset. */
export function resetGestures(key: DiscoveredKey, info: AuthenticatorInfo, model?: string): ResetGestures {
  const maker = findMaker(key, model);
  return { ...placing(key, info), touch: touching(key, info, maker), windowMs: windowOf(info, maker) };
}

function placing(key: DiscoveredKey, { transports = [] }: AuthenticatorInfo): Pick<ResetGestures, 'remove' | 'insert'> {
  const { reconnect } = traitsOf(key);
  if (reconnect === 'replug') return { remove: 'unplug', insert: 'plug' };
  if (reconnect === 'reconnect') return { remove: 'disconnect', insert: 'connect' };
  if (!transports.includes('smart-card')) return { remove: 'lift', insert: 'lay' };
  return transports.includes('nfc')
    ? { remove: 'pull-or-lift', insert: 'push-or-lay' }
    : { remove: 'pull', insert: 'push' };
}

function touching(key: DiscoveredKey, info: AuthenticatorInfo, maker: MakerEntry | undefined): TouchGesture {
  if (info.longTouchForReset) return 'hold';
  if (traitsOf(key).inReader) return 'touch-on-reader';
  if (hasSensor(info)) return 'touch-fingerprint-sensor';
  return maker?.reset?.touchesMetalContact ? 'touch-metal-contact' : 'touch';
}

/** Present, whether fingers are enrolled or not (CTAP 2.3 §6.4: absent means not capable). */
function hasSensor({ options = {} }: AuthenticatorInfo): boolean {
  return options.bioEnroll !== undefined || options.userVerificationMgmtPreview !== undefined;
}

function windowOf({ firmwareVersion }: AuthenticatorInfo, maker: MakerEntry | undefined): number {
  return maker?.reset?.windowMs?.(firmwareVersion) ?? WINDOW_MS;
}
