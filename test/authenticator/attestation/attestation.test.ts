import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { MODELS, type Model, modelById } from '../../../src/authenticator/models.ts';
import { concat, toHex } from '../../../src/encoding/bytes.ts';
import { bench } from '../support/bench.ts';
import { CLIENT_DATA_HASH, CredentialClient, isSignedBy, map, params, sha256 } from '../support/credential-client.ts';
import type { Wire } from '../support/hand-made-client.ts';

const ctap23 = modelById('ctap-2.3');

async function attested(model: Model | string, members: Record<number, Wire> = {}, enterprise = false) {
  const on = bench(model);
  Object.assign(on.key.state.config, { enterpriseAttestation: enterprise, alwaysUv: false });
  const answer = await new CredentialClient(on, on.model.info.pinUvAuthProtocols[0]).register(members);
  return { ...answer, statement: answer.members.get(3) as Map<string, Uint8Array & Uint8Array[]>, on };
}

describe.each(MODELS.map((model) => [model.id, model] as const))('%s', (id, model) => {
  test('packed, as OpenSSL sees it', async () => {
    const { members, statement, credential, on } = await attested(id);
    expect(members.get(1)).toBe('packed');
    expect(statement.get('alg')).toBe(-7);
    if (model.attestation === 'self') {
      expect(statement.has('x5c')).toBe(false);
      expect(isSignedBy(credential.publicKey, statement.get('sig')!, credential.bytes, CLIENT_DATA_HASH)).toBe(true);
      return;
    }
    const [der, ...more] = statement.get('x5c') as Uint8Array[];
    expect(more).toEqual([]);
    const certificate = new X509Certificate(der!);
    expect(isSignedBy(certificate.publicKey, statement.get('sig')!, credential.bytes, CLIENT_DATA_HASH)).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(certificate.subject.split('\n')).toEqual([
      'C=ZZ',
      'O=seckey software key\\, not a real authenticator',
      'OU=Authenticator Attestation',
      `CN=TEST ${id}`,
    ]);
    expect(new Date(certificate.validTo).getUTCFullYear()).toBe(2049);
    const hex = toHex(der!);
    // [0] { INTEGER 2 }: version 3
    expect(hex.slice(0, 30)).toContain('a003020102');
    // basicConstraints, critical, an empty sequence: no CA
    expect(hex).toContain('300c0603551d130101ff04023000');
    // id-fido-gen-ce-aaguid, not critical, the AAGUID in an OCTET STRING twice over
    expect(hex).toContain(`3021060b2b0601040182e51c01010404120410${model.aaguid.replaceAll('-', '')}`);
    const again = await attested(id);
    expect(toHex((again.statement.get('x5c') as Uint8Array[])[0]!)).toBe(hex);
    expect(on.bugs).toEqual([]);
  });
});

describe('attestationFormatsPreference', () => {
  test.each<[string[], string]>([
    [['none'], 'none'],
    [['none', 'packed'], 'none'],
    [['tpm', 'packed', 'none'], 'packed'],
    [['tpm'], 'packed'],
    [[], 'packed'],
    [['fido-u2f'], 'fido-u2f'],
  ])('%j: %s', async (preference, format) => {
    const { members } = await attested('ctap-2.3', { 11: preference });
    expect(members.get(1)).toBe(format);
    if (format === 'none') expect(members.get(3).size).toBe(0);
  });

  test('fido-u2f: no AAGUID, the bytes of U2F signed; ES256 only', async () => {
    const { statement, credential } = await attested('ctap-2.3', { 11: ['fido-u2f'] });
    expect([...statement.keys()].sort()).toEqual(['sig', 'x5c']);
    expect(credential.aaguid).toBe('00'.repeat(16));
    const jwk = credential.publicKey.export({ format: 'jwk' });
    const point = concat(
      Uint8Array.of(4),
      Buffer.from(jwk.x as string, 'base64url'),
      Buffer.from(jwk.y as string, 'base64url'),
    );
    const { publicKey } = new X509Certificate((statement.get('x5c') as Uint8Array[])[0]!);
    const message = [Uint8Array.of(0), sha256('example.com'), CLIENT_DATA_HASH, credential.id, point];
    expect(isSignedBy(publicKey, statement.get('sig')!, ...message)).toBe(true);
    expect((await attested('ctap-2.3', { 4: params(-8), 11: ['fido-u2f', 'none'] })).members.get(1)).toBe('none');
  });

  test('older keys do not know it', async () => {
    expect((await attested('yubikey-5-nfc', { 11: ['none'] })).members.get(1)).toBe('packed');
  });
});

describe('enterprise attestation', () => {
  const serial = (der: Uint8Array) => toHex(der).includes('2b0601040182e51c010102');

  test('not enabled: 02; enabled, another value: 2C', async () => {
    expect((await attested('ctap-2.3', { 10: 2 })).status).toBe(0x02);
    expect((await attested('yubikey-5-nfc', { 10: 2 }, true)).status).toBe(0x02);
    expect((await attested('ctap-2.3', { 10: 0 }, true)).status).toBe(0x2c);
  });

  test.each([
    ['platform-managed', { 10: 2 }, true],
    ['vendor-facilitated, a named RP', { 10: 1, 2: map({ id: 'enterprise.example' }) }, true],
    ['vendor-facilitated, another RP', { 10: 1 }, false],
  ] as const)('%s', async (_name, members, identifies) => {
    const { members: answer, statement, credential } = await attested('ctap-2.3', members, true);
    expect(answer.get(4)).toBe(identifies ? true : undefined);
    const [der] = statement.get('x5c') as Uint8Array[];
    const certificate = new X509Certificate(der!);
    expect(serial(der!)).toBe(identifies);
    expect(certificate.subject.includes('12345678')).toBe(identifies);
    expect(isSignedBy(certificate.publicKey, statement.get('sig')!, credential.bytes, CLIENT_DATA_HASH)).toBe(true);
  });

  test('a preference for none does not hide it', async () => {
    const { members } = await attested('ctap-2.3', { 10: 2, 11: ['none'] }, true);
    expect([members.get(1), members.get(4)]).toEqual(['packed', true]);
  });
});

test('a self-attesting model still has a certificate for enterprises', async () => {
  const model: Model = { ...ctap23, attestation: 'self' };
  expect((await attested(model)).statement.has('x5c')).toBe(false);
  expect((await attested(model, { 10: 2 }, true)).statement.has('x5c')).toBe(true);
});
