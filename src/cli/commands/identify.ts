import { blink, describeSession, FidoError, type Session, waitForTouch } from '../../index.ts';
import type { Context } from '../context.ts';
import { escaped } from '../escape.ts';
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
  out.say(`Watch your keys: ${escaped(key.model ?? key.name ?? key.id)} (${escaped(key.id)}) blinks now.`);
  const result = await blink(session, { blinkMs: BLINK_MS, signal: context.signal });
  out.waitingOver();
  out.document({ key: keyDocument(key) });
  if (result === 'touched') out.data('It was touched.');
}

async function identifyByTouch(context: Context): Promise<void> {
  const { out, signal } = context;
  const finder = await context.finder();
  const sessions: Session[] = [];
  let failure: unknown;
  for (const key of (await finder.list()).keys) {
    // A key that cannot be opened cannot be the answer; the others still can.
    await context.openSession(key).then(
      (session) => sessions.push(session),
      (error: unknown) => {
        failure = error;
      },
    );
  }
  if (sessions.length === 0) {
    throw failure ?? new FidoError('no-key', 'no security key found', { hint: 'Plug one in, or put it on a reader.' });
  }
  const over = AbortSignal.any([signal, AbortSignal.timeout(context.timeoutMs)]);
  out.wait(() => `Touch one of the ${sessions.length === 1 ? 'keys' : `${sessions.length} keys`} that blink.`);
  const { session } = await waitForTouch(sessions, over).catch((error: unknown) => {
    if (error instanceof FidoError && error.code === 'interrupted' && !signal.aborted) {
      throw new FidoError('touch-timeout', 'no key was touched in time', {
        hint: '--timeout SECONDS gives you longer.',
      });
    }
    throw error;
  });
  const key = await describeSession(session);
  out.waitingOver();
  out.document({ key: keyDocument(key) });
  out.data(
    `${escaped(key.id)}  ${escaped([key.model ?? key.name, key.serial && `serial ${key.serial}`].filter(Boolean).join(', '))}`,
  );
}
