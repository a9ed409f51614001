/** Models that say something unusual of themselves, and what seckey makes of it. */
import { expect, test } from 'vitest';
import { readKeySummary, whyNoUser } from '../../../src/cli/manager/key-summary.ts';
import { summaryLines } from '../../../src/cli/messages/manager.ts';
import { PERMISSION } from '../../../src/index.ts';
import { type RealModel, realModel } from '../../support/real-models.ts';
import { contextOf, infoOf } from './said-of.ts';

const summaryOf = (real: RealModel) => readKeySummary(contextOf(real));
async function passkeysOf(real: RealModel): Promise<string | undefined> {
  const lines = summaryLines(await summaryOf(real), undefined);
  return lines.find((line) => line.startsWith('Passkeys'))?.replace(/Passkeys +/, '');
}
async function infoLine(real: RealModel, part: string): Promise<string | undefined> {
  const { text } = await infoOf(real);
  return text
    .find((line) => line.includes(part))
    ?.replace(/ +/g, ' ')
    .trim();
}

test('a PIN shows passkeys only on a key that can list them', async () => {
  expect(await passkeysOf(realModel('VinCSS FIDO2 Authenticator'))).toBe('this key can store them, but not list them');
  expect(await passkeysOf(realModel('eWBM eFPA FIDO2 Authenticator'))).toBe('the PIN shows them');
  expect(await passkeysOf(realModel('Hyper FIDO Pro'))).toBe('shown once the key has a PIN');
});

test('a key that verifies its user, takes no PIN and knows no PIN protocol has a page all the same', async () => {
  const precision = realModel('Precision InnaIT Key FIDO 2 Level 2 certified');
  expect(precision.getInfo.pinUvAuthProtocols).toEqual([]);
  expect((await summaryOf(precision)).pin).toEqual({ supported: false, set: false });
});

test('verification without tokens opens nothing, and no PIN is asked for where none can be', async () => {
  const nymi = await summaryOf(realModel('Nymi FIDO2 Authenticator'));
  expect(nymi.info.options).toMatchObject({ uv: true, credMgmt: true });
  expect(whyNoUser(nymi, PERMISSION.cm)).toBe('this key cannot have a PIN');
  expect(await passkeysOf(realModel('Nymi FIDO2 Authenticator'))).toBe('this key can store them, but not list them');
  const atkey = await summaryOf(realModel('ATKey.Pro CTAP2.0'));
  expect(whyNoUser(atkey, PERMISSION.cm)).toBe('the key has no PIN yet; set one first');
});

test("only a YubiKey's firmware number is three numbers in one", async () => {
  expect(await infoLine(realModel('ATKey.Card CTAP2.0'), 'Firmware')).toBe('Firmware 3000039 firmwareVersion');
  expect(await infoLine(realModel('YubiKey Bio Series'), 'Firmware')).toBe('Firmware 5.5.5 (328965) firmwareVersion');
});

test('who registers without PIN, and when', async () => {
  const bio = realModel('ATKey.ProS');
  expect(await infoLine(bio, 'makeCredUvNotRqd')).toMatch(/^registers only with PIN or finger, once set up/);
});

test('a key that says nothing of options has no empty heading', async () => {
  expect((await infoOf(realModel('IDPrime 3940 FIDO'))).text).not.toContain('This key:');
});

// As ATKey.Pro told Google's test tool in 2020: options of drafts beside what became of them.
const DRAFT: RealModel = {
  model: 'a draft',
  getInfo: {
    versions: ['U2F_V2', 'FIDO_2_0', 'FIDO_2_1_PRE'],
    aaguid: 'e1a96183-5016-4f24-b55b-e3ae23614cc6',
    options: {
      ...{ rk: true, up: true, plat: false, clientPin: true, uv: true, uvToken: true, config: true, platConfig: false },
      ...{ credMgmt: true, credentialMgmtPreview: true, bioEnroll: true, userVerificationMgmtPreview: true },
    },
    pinUvAuthProtocols: [1],
  },
};

test('options of drafts are named, and open nothing', async () => {
  const { text } = await infoOf(DRAFT);
  expect(text.join('\n')).not.toContain('unknown to seckey');
  expect(await infoLine(DRAFT, ' config:')).toBe('from a draft of CTAP 2.1; of no effect here config: true');
  expect(await infoLine(DRAFT, 'platConfig:')).toBe('from a draft of CTAP 2.1; of no effect here platConfig: false');
  expect(await infoLine(DRAFT, 'uvToken:')).toBe('gives tokens for fingerprints (preview) uvToken: true');
  const glance = await summaryOf(DRAFT);
  expect(whyNoUser(glance, PERMISSION.cm)).toBeUndefined();
  expect(whyNoUser({ ...glance, pin: { ...glance.pin, set: false } }, PERMISSION.cm)).toBeDefined();
});
