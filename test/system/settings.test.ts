/** Settings of one card, changed by seckey and by python-fido2: each sees what the other did. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Pcscd } from './support/pcscd.ts';
import { type Document, InstalledSeckey } from './support/seckey.ts';

const PIN = 'correct horse';
const NEXT = 'bättery 🔑 staple';
const PIN_POLICY_VIOLATION = 0x37;

let pcscd: Pcscd;
beforeAll(async () => {
  pcscd = await Pcscd.start();
});
afterAll(() => pcscd?.stop());

describe.each(['ctap-2.3', 'yubikey-5-nfc'])('%s', (model) => {
  const isLatest = model === 'ctap-2.3';
  let installed: InstalledSeckey;
  let pin: string[];
  const python = (action: string, input: object = {}) => installed.python('config', [action], { pin: PIN, ...input });

  /** What both read from the key now; fails unless they agree. */
  async function settings(): Promise<Document> {
    const { members } = await installed.python('info');
    const read = {
      alwaysUv: members['4'].alwaysUv,
      enterpriseAttestation: members['4'].ep,
      longTouchForReset: members['24'],
      minPINLength: members['13'],
      forcePINChange: members['12'],
      maxRPIDsForSetMinPINLength: members['16'],
    };
    const theirs = Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
    expect(await installed.json(['config', 'show'])).toEqual(theirs);
    return theirs;
  }

  /** What this site is told of the minimum when it registers a passkey; 0 if nothing. */
  async function toldTo(rpId: string): Promise<number> {
    if (!isLatest) await installed.lift();
    const credentials = [{ rpId, userId: '01', minPinLength: true, discoverable: false }];
    const { made } = await installed.python('make_credential', [], { pin: PIN, credentials });
    return made[0].extensions.minPinLength ?? 0;
  }

  beforeAll(async () => {
    installed = new InstalledSeckey(pcscd);
    await installed.serve(model, model);
    pin = ['--pin-file', installed.pinFile(PIN)];
  });
  afterAll(() => installed?.close());

  test('a new key', async () => {
    expect(await settings()).toEqual({
      alwaysUv: false,
      minPINLength: 4,
      forcePINChange: false,
      maxRPIDsForSetMinPINLength: isLatest ? 8 : 1,
      ...(isLatest && { enterpriseAttestation: false, longTouchForReset: false }),
    });
  });

  test('alwaysUv, without a PIN and with one, by either', async () => {
    expect(await installed.json(['config', 'always-uv', 'on'])).toMatchObject({ alwaysUv: true });
    expect(await settings()).toMatchObject({ alwaysUv: true });
    await installed.json(['pin', 'set', '--new-pin-file', installed.pinFile(PIN)]);
    await installed.json(['config', 'always-uv', 'off', ...pin]);
    expect(await settings()).toMatchObject({ alwaysUv: false });
    expect(await python('toggle-always-uv')).toMatchObject({ alwaysUv: true });
    expect(await settings()).toMatchObject({ alwaysUv: true });
    // Turning on what is on already must not turn it off.
    expect(await installed.json(['config', 'always-uv', 'on', ...pin])).toMatchObject({ alwaysUv: true });
    expect(await settings()).toMatchObject({ alwaysUv: true });
    await python('toggle-always-uv');
    expect(await settings()).toMatchObject({ alwaysUv: false });
  });

  test('the shortest PIN, and the sites that may know it', async () => {
    await installed.json(['pin', 'min-length', '6', '--rp-id', 'example.com', '--yes', ...pin]);
    expect(await settings()).toMatchObject({ minPINLength: 6, forcePINChange: false });
    expect([await toldTo('example.com'), await toldTo('other.example')]).toEqual([6, 0]);
    await python('min-pin-length', { length: 8, rpIds: ['other.example'] });
    expect(await settings()).toMatchObject({ minPINLength: 8, forcePINChange: false });
    expect([await toldTo('example.com'), await toldTo('other.example')]).toEqual([0, 8]);
    expect(await installed.json(['pin', 'min-length', '7', '--yes', ...pin], 9)).toMatchObject({
      error: { code: 'pin-policy-violation' },
    });
    const lower = await installed.pythonResult('config', ['min-pin-length'], { pin: PIN, length: 7 });
    expect(JSON.parse(lower.stdout)).toMatchObject({ error: { status: PIN_POLICY_VIOLATION } });
    expect(await settings()).toMatchObject({ minPINLength: 8 });
  });

  test('a PIN that must be changed: neither gets on with it, and either may change it', async () => {
    await installed.json(['pin', 'force-change', ...pin]);
    expect(await settings()).toMatchObject({ forcePINChange: true });
    const refused = await installed.pythonResult('pin_verify', [], { pin: PIN });
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { status: PIN_POLICY_VIOLATION } });
    await installed.python('pin_change', [], { pin: PIN, newPin: NEXT });
    expect(await settings()).toMatchObject({ forcePINChange: false });

    await python('min-pin-length', { pin: NEXT, forceChange: true });
    expect(await settings()).toMatchObject({ forcePINChange: true });
    const [before, after] = [installed.pinFile(NEXT), installed.pinFile(PIN)];
    await installed.json(['pin', 'verify', '--pin-file', before], 9);
    await installed.json(['pin', 'change', '--pin-file', before, '--new-pin-file', after]);
    expect(await settings()).toMatchObject({ forcePINChange: false });
    await installed.python('pin_verify', [], { pin: PIN });
  });

  test('a minimum that the PIN falls short of makes it one to be changed', async () => {
    await installed.json(['pin', 'min-length', '14', '--yes', ...pin]);
    expect(await settings()).toMatchObject({ minPINLength: 14, forcePINChange: true });
    await installed.python('pin_change', [], { pin: PIN, newPin: NEXT });
    expect(await settings()).toMatchObject({ minPINLength: 14, forcePINChange: false });
  });

  test('what only a reset turns off again, where the model has it', async () => {
    const next = ['--pin-file', installed.pinFile(NEXT)];
    const enterprise = ['config', 'enterprise-attestation', 'enable', '--yes', ...next];
    if (!isLatest) {
      expect(await installed.json(enterprise, 5)).toMatchObject({ error: { code: 'unsupported' } });
      expect(await settings()).not.toHaveProperty('enterpriseAttestation');
      return;
    }
    await installed.json(enterprise);
    expect(await settings()).toMatchObject({ enterpriseAttestation: true, longTouchForReset: false });
    await python('long-touch', { pin: NEXT });
    expect(await settings()).toMatchObject({ enterpriseAttestation: true, longTouchForReset: true });
  });
});
