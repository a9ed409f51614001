import { blink, describeSession, FidoError, type Session, waitForTouch } from '../../index.ts';
import type { Context } from '../context.ts';
import { failure } from '../failure.ts';
import * as words from '../words/keys.ts';
import { keyDocument } from './list.ts';

const BLINK_MS = 5_000;

/** `seckey identify` */
export async function identify(
  context: Context,
  _args: readonly string[],
  options: { touch?: boolean },
): Promise<void> {
  await (options.touch ? identifyByTouch(context) : makeBlink(context));
}

async function makeBlink(context: Context): Promise<void> {
  const { out } = context;
  const session = await context.openKey();
  const key = await describeSession(session);
  out.say(words.blinks(key));
  const result = await blink(session, { blinkMs: BLINK_MS, signal: context.signal });
  out.waitingOver();
  out.document({ key: keyDocument(key) });
  if (result === 'touched') out.data(words.WAS_TOUCHED);
}

async function identifyByTouch(context: Context): Promise<void> {
  const { out, signal } = context;
  const finder = await context.finder();
  const sessions: Session[] = [];
  let refusal: unknown;
  for (const key of (await finder.list()).keys) {
    // A key that cannot be opened cannot be the answer; the others still can.
    await context.openSession(key).then(
      (session) => sessions.push(session),
      (error: unknown) => {
        refusal = error;
      },
    );
  }
  if (sessions.length === 0) {
    throw refusal ?? failure('no-key', words.NO_KEY);
  }
  const over = AbortSignal.any([signal, AbortSignal.timeout(context.timeoutMs)]);
  out.wait(() => words.touchOneOf(sessions.length));
  const { session } = await waitForTouch(sessions, over).catch((error: unknown) => {
    if (error instanceof FidoError && error.code === 'interrupted' && !signal.aborted) {
      throw failure('touch-timeout', words.NONE_TOUCHED);
    }
    throw error;
  });
  const key = await describeSession(session);
  out.waitingOver();
  out.document({ key: keyDocument(key) });
  out.data(words.identified(key));
}
