/** How the wait for a finger ends: by the finger, the wish for the PIN, the person's time, the key's time, or Ctrl-C. */
import { expect, test } from 'vitest';
import { acquireToken } from '../../../src/client/authorization/token.ts';
import type { UserVerificationPrompt } from '../../../src/client/interaction.ts';
import { Session } from '../../../src/client/session.ts';
import { PERMISSION } from '../../../src/ctap2/commands/client-pin.ts';
import { CTAP_STATUS as S } from '../../../src/ctap2/status.ts';
import {
  commands,
  keyAgreement,
  pinRetries,
  ScriptedPerson,
  tokenAnswer,
  uvRetries,
} from '../../support/authorized-key.ts';
import { type Answer, discovered, infoAnswer, ScriptedDevice } from '../../support/scripted-device.ts';

const cm = { permissions: PERMISSION.cm };
const BY_PIN: Answer[] = [pinRetries(8), keyAgreement, tokenAnswer];
const TIMEOUT = S.CTAP2_ERR_USER_ACTION_TIMEOUT;

/** Nobody puts a finger on the sensor, and the key stops when it is told to. */
const untilCancelled: Answer = ({ signal }) =>
  new Promise((resolve) => signal?.addEventListener('abort', () => resolve(S.CTAP2_ERR_KEEPALIVE_CANCEL)));

/** A key that takes fingers, with or without PIN. */
async function open(
  answers: Answer[],
  { clientPin = true, signal }: { clientPin?: boolean; signal?: AbortSignal } = {},
) {
  const options = { clientPin, pinUvAuthToken: true, credMgmt: true, uv: true };
  const device = new ScriptedDevice([infoAnswer(options), uvRetries(5), keyAgreement, ...answers]);
  return { device, session: await Session.open(discovered(device), { signal }), person: new Person() };
}

class Person extends ScriptedPerson {
  fingerTimeoutMs: number | undefined;
  /** After this the PIN is asked for, in ms. */
  wantsPinAfter: number | undefined;
  readonly prompts: UserVerificationPrompt[] = [];

  override verifyUser(prompt: UserVerificationPrompt): Promise<void> | undefined {
    super.verifyUser(prompt);
    this.prompts.push(prompt);
    const ms = this.wantsPinAfter;
    return ms === undefined ? undefined : new Promise((resolve) => setTimeout(resolve, ms));
  }

  userVerificationTimeout(): void {
    this.log.push('no finger');
  }
}

test('the person rather gives the PIN: the key is told to stop, and no try of either is lost', async () => {
  const { device, session, person } = await open([untilCancelled, ...BY_PIN]);
  Object.assign(person, { wantsPinAfter: 20, fingerTimeoutMs: 60_000 });
  expect((await acquireToken(session, cm, person)).userVerifiedBy).toBe('pin');
  expect(commands(device)).toEqual(['04', '06/7', '06/2', '06/6', '06/1', '06/2', '06/9']);
  expect(person.log).toEqual(['verify, 5 left', 'PIN, 8 left']);
  expect(person.prompts).toMatchObject([{ canUsePin: true, over: { aborted: true } }]);
});

test('a finger that came before the key heard of that counts', async () => {
  const { session, person } = await open([
    ({ signal }) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve(tokenAnswer))),
  ]);
  person.wantsPinAfter = 20;
  expect((await acquireToken(session, cm, person)).userVerifiedBy).toBe('uv');
});

test("the person's time is over: the PIN", async () => {
  const { session, person } = await open([untilCancelled, ...BY_PIN]);
  person.fingerTimeoutMs = 30;
  expect((await acquireToken(session, cm, person)).userVerifiedBy).toBe('pin');
  expect(person.log).toEqual(['verify, 5 left', 'no finger', 'PIN, 8 left']);
});

test('the same on a key without PIN: a finger was wanted, and that is said', async () => {
  const { session, person } = await open([untilCancelled], { clientPin: false });
  person.fingerTimeoutMs = 30;
  await expect(acquireToken(session, cm, person)).rejects.toMatchObject({
    code: 'touch-timeout',
    message: 'no finger was put on the sensor in time',
    hint: expect.stringContaining('put an enrolled finger on the sensor'),
  });
  expect(person.prompts).toMatchObject([{ canUsePin: false }]);
});

test('the key waits for less: it is asked again', async () => {
  const later: Answer = () => new Promise((resolve) => setTimeout(resolve, 1_050, TIMEOUT));
  const { session, person } = await open([later, uvRetries(5), keyAgreement, tokenAnswer]);
  person.fingerTimeoutMs = 60_000;
  expect((await acquireToken(session, cm, person)).userVerifiedBy).toBe('uv');
  expect(person.log).toEqual(['verify, 5 left', 'verify, 5 left']);
  expect(person.prompts[1]?.timeoutMs).toBeLessThan(59_000);
});

test.each([
  ['that costs a try', [() => new Promise((resolve) => setTimeout(resolve, 1_050, TIMEOUT)), uvRetries(4)]],
  ['it gives up at once', [TIMEOUT]],
] as [string, Answer[]][])('it is not asked again where %s', async (_, answers) => {
  const { device, session, person } = await open([...answers, ...BY_PIN]);
  person.fingerTimeoutMs = 60_000;
  expect((await acquireToken(session, cm, person)).userVerifiedBy).toBe('pin');
  expect([person.log, device.unused]).toEqual([['verify, 5 left', 'no finger', 'PIN, 8 left'], 0]);
});

test.each([true, false])('declined on the key, with a PIN: %s', async (clientPin) => {
  const { session, person } = await open([S.CTAP2_ERR_OPERATION_DENIED, ...BY_PIN], { clientPin });
  person.fingerTimeoutMs = 60_000;
  const outcome = await acquireToken(session, cm, person).catch((error: unknown) => error);
  expect(outcome).toMatchObject(clientPin ? { userVerifiedBy: 'pin' } : { code: 'operation-denied' });
  expect(person.log).not.toContain('no finger');
});

test('Ctrl-C is no wish for the PIN', async () => {
  const interrupt = new AbortController();
  const { session, person } = await open([untilCancelled], { signal: interrupt.signal });
  person.fingerTimeoutMs = 60_000;
  setTimeout(() => interrupt.abort(), 20);
  await expect(acquireToken(session, cm, person)).rejects.toMatchObject({ code: 'interrupted' });
  expect(person.log).toEqual(['verify, 5 left']);
});
