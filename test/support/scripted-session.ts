/** Work that takes a token, on a session with a {@link ScriptedDevice}: what every test of such a feature begins with. */
import { type Authorization, withAuthorization } from '../../src/client/authorization/authorization.ts';
import { Session } from '../../src/client/session.ts';
import type { CborValue } from '../../src/encoding/cbor.ts';
import { keyAgreement, pinRetries, ScriptedPerson, tokenAnswer } from './authorized-key.ts';
import { type Answer, discovered, ScriptedDevice } from './scripted-device.ts';

/** Members of a CBOR map, by their numbers. */
export type Members = [number, CborValue][];

export const map = (...members: Members): Map<CborValue, CborValue> => new Map<CborValue, CborValue>(members);

/** What a key answers while it gives out a token by PIN. */
export const TOKEN: Answer[] = [pinRetries(8), keyAgreement, tokenAnswer];

interface Options {
  signal?: AbortSignal | undefined;
  /** Called before anything is sent. */
  prepare?: ((device: ScriptedDevice) => void) | undefined;
}

interface Outcome<T> {
  device: ScriptedDevice;
  session: Session;
  outcome: T;
}

/** Does `work` on a key that gives these answers, getInfo first. A failure has the device as its member `device`. */
export async function onScriptedKey<T>(
  answers: readonly Answer[],
  work: (session: Session, person: ScriptedPerson) => Promise<T>,
  { signal, prepare }: Options = {},
): Promise<Outcome<T>> {
  const device = new ScriptedDevice([...answers]);
  prepare?.(device);
  const session = await Session.open(discovered(device), { signal });
  const outcome = await work(session, new ScriptedPerson()).catch((error) => {
    error.device = device;
    throw error;
  });
  return { device, session, outcome };
}

/** The same with a token for `permissions`, which may depend on what the key says of itself. */
export function withScriptedToken<T>(
  answers: readonly Answer[],
  permissions: number | ((session: Session) => Promise<number>),
  work: (session: Session, authorization: Authorization) => Promise<T>,
  options: Options = {},
): Promise<Outcome<T>> {
  const authorized = async (session: Session, person: ScriptedPerson) => {
    const request = { permissions: typeof permissions === 'number' ? permissions : await permissions(session) };
    return withAuthorization(session, request, person, (authorization) => work(session, authorization));
  };
  return onScriptedKey(answers, authorized, options);
}
