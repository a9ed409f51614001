import {
  type Candidate,
  type DiscoveredKey,
  describeAll,
  describeSession,
  FidoError,
  identify as identification,
  type Session,
  selectKey,
  unlessInterrupted,
  withTimeLimit,
} from '../../index.ts';
import { traitsOf } from '../../transport/index.ts';
import type { Context } from '../context.ts';
import { failure } from '../failure.ts';
import * as words from '../messages/identify.ts';
import { NO_KEY } from '../messages/keys.ts';
import { secondsUntil } from '../terminal/person.ts';
import { keyDocument } from './list.ts';

const BLINK_MS = 5_000;

/** `seckey identify` */
export async function identify(context: Context, options: { touch?: true }): Promise<void> {
  await (options.touch ? identifyByTouch(context) : makeBlink(context));
}

async function makeBlink(context: Context): Promise<void> {
  const { out, signal } = context;
  const session = await context.openKey();
  const key = await describeSession(session);
  const result = await identification.blink(session, {
    blinkMs: BLINK_MS,
    onBlink: (how) => out.say(how === 'winked' ? words.winked(key) : words.waits(key, BLINK_MS / 1000)),
    signal,
  });
  out.waitingOver();
  out.document({ key: keyDocument(key) });
  if (result === 'touched') out.data(words.WAS_TOUCHED);
}

/** A key that cannot be the one that is touched. `reason` is `card`, or an error code. */
interface Excluded {
  id: string;
  reason: string;
}

async function identifyByTouch(context: Context): Promise<void> {
  const { out, signal } = context;
  const candidates = await describeAll(await keysToTell(context), { signal });
  if (candidates.length === 0) throw failure('no-key', NO_KEY);

  const excluded: Excluded[] = [];
  const exclude = ({ description }: Candidate, reason: string, why: string) => {
    excluded.push({ id: description.id, reason });
    out.say(words.takesNoPart(description, why));
  };
  const players = new Map<Session, Candidate>();
  for (const candidate of candidates) {
    const { error } = candidate.description;
    const session = error ?? (traitsOf(candidate.key).inReader ? 'card' : await opened(context, candidate));
    if (session === 'card') exclude(candidate, session, words.COUNTS_AS_TOUCHED);
    else if (session instanceof FidoError) exclude(candidate, session.code, session.message);
    else players.set(session, candidate);
  }
  if (players.size === 0) throw failure('unsupported', words.NOBODY_TAKES_PART);

  const deadline = Date.now() + context.timeoutMs;
  const over = withTimeLimit(signal, context.timeoutMs);
  out.wait(() => words.touchOneOf(players.size, secondsUntil(deadline)));
  const onExcluded = (session: Session, { code, message }: FidoError) => {
    const candidate = players.get(session) as Candidate;
    players.delete(session);
    exclude(candidate, code, message);
  };
  const all = new Map(players);
  const session = await identification
    .waitForTouch([...players.keys()], { onExcluded, signal: over.signal })
    .catch((error: unknown) => {
      if (error instanceof FidoError && error.code === 'interrupted' && !signal.aborted) {
        throw failure('touch-timeout', words.NONE_TOUCHED);
      }
      throw error;
    })
    .finally(over.end);
  out.waitingOver();
  const { description } = all.get(session) as Candidate;
  out.document({ key: keyDocument(description), excluded });
  out.data(words.identified(description));
}

/** All that are there, unless one is named. */
async function keysToTell(context: Context): Promise<readonly DiscoveredKey[]> {
  const { options, signal, virtualNames } = context;
  const finder = await context.finder();
  if (options.key !== undefined && !virtualNames) return [await selectKey(finder, options.key, undefined, { signal })];
  return (await unlessInterrupted(finder.list(), signal)).keys;
}

/** A key that cannot be opened cannot be the answer; the others still can. */
async function opened(context: Context, { key }: Candidate): Promise<Session | FidoError> {
  try {
    return await context.openSession(key);
  } catch (error) {
    if (error instanceof FidoError && error.code !== 'interrupted') return error;
    throw error;
  }
}
