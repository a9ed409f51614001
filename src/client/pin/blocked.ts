/**
 * What this process has seen of three wrong PINs in a row (CTAP 2.3 §6.5.2). Keys before 2.1 do not tell of it, and some
 * go on telling of it after the power cycle that should have ended it.
 */
import type { Session } from '../session.ts';

const MISSES_PER_POWER_CYCLE = 3;

interface Seen {
  readonly session: WeakRef<Session>;
  readonly arrival: string | undefined;
  misses: number;
  /** Tries left after the last wrong one. */
  retries: number | undefined;
  blocked: boolean;
  /** Blocked at an earlier insertion, and no right PIN since. */
  readonly blockedBefore: boolean;
}

/** By the key's id. */
const seen = new Map<string, Seen>();

/** A wrong PIN, after which `retries` are left; `blocked` if the key said that it now wants a power cycle. */
export function noteWrongPin(session: Session, retries: number | undefined, blocked: boolean): void {
  const { id, arrival } = session.key;
  let record = seen.get(id);
  if (!record || !isSameInsertion(record, session)) {
    const blockedBefore = record !== undefined && (isBlocked(record) || record.blockedBefore);
    record = { session: new WeakRef(session), arrival, misses: 0, retries, blocked: false, blockedBefore };
    seen.set(id, record);
  }
  record.misses++;
  record.retries = retries;
  record.blocked ||= blocked;
}

export function noteRightPin(session: Session): void {
  seen.delete(session.key.id);
}

/**
 * `now`: blocked since it was inserted, so that only removing and inserting it helps. `before`: it was blocked, and has
 * been removed and inserted since. undefined: nothing of the kind was seen here.
 */
export function seenBlock(session: Session, retries: number | undefined): 'now' | 'before' | undefined {
  const record = seen.get(session.key.id);
  if (!record) return undefined;
  if (isSameInsertion(record, session)) {
    // More tries than after the last wrong one: another program gave the right PIN.
    const restored = retries !== undefined && record.retries !== undefined && retries > record.retries;
    if (isBlocked(record) && !restored) return 'now';
    return record.blockedBefore ? 'before' : undefined;
  }
  const isOther = record.arrival !== undefined && session.key.arrival !== undefined;
  return isOther && (isBlocked(record) || record.blockedBefore) ? 'before' : undefined;
}

function isBlocked({ blocked, misses }: Seen): boolean {
  return blocked || misses >= MISSES_PER_POWER_CYCLE;
}

function isSameInsertion(record: Seen, session: Session): boolean {
  if (record.session.deref() === session) return true;
  return record.arrival !== undefined && record.arrival === session.key.arrival;
}
