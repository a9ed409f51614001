import { describe, expect, test } from 'vitest';
import { CSV_HEADER, csvRows, listDocument, soleDocument } from '../../src/cli/credential-document.ts';
import {
  credentialLines,
  credentialNames,
  credentialRow,
  relyingPartyWords,
} from '../../src/cli/messages/credentials.ts';
import { table, textWidth } from '../../src/cli/terminal/table.ts';
import { fromHex } from '../../src/ctap2/index.ts';
import { credentials } from '../../src/index.ts';

const rp: credentials.RelyingParty = {
  id: 'login.microsoft.com',
  name: 'Microsoft',
  idShortened: false,
  rpIDHash: new Uint8Array(32).fill(0xaa),
};
const credential: credentials.Credential = {
  credentialId: fromHex('a1b2c3d4e5f6'),
  user: { id: Uint8Array.of(1, 2), name: 'bala@contoso.com', displayName: 'Bala' },
  publicKey: new Map([
    [1, 2],
    [3, -7],
  ]),
  credProtect: 2,
  hasLargeBlobKey: true,
  thirdPartyPayment: false,
};
const bare: credentials.Credential = { credentialId: Uint8Array.of(7), hasLargeBlobKey: false };
const EVIL = '\u001b[2J\u202eevil\r\n';
const hostile: credentials.Credential = {
  ...credential,
  user: { id: Uint8Array.of(1), name: EVIL, displayName: `=${EVIL}${'x'.repeat(6_000)}` },
};
const hostileRp = { ...rp, id: EVIL, name: EVIL, idShortened: true };

describe('JSON', () => {
  test('as the contract has it', () => {
    expect(listDocument({ existing: 2, remaining: 23 }, [{ ...rp, credentials: [credential] }])).toEqual({
      existing: 2,
      remaining: 23,
      relyingParties: [
        {
          id: 'login.microsoft.com',
          name: 'Microsoft',
          rpIDHash: 'aa'.repeat(32),
          credentials: [
            {
              credentialId: 'a1b2c3d4e5f6',
              user: { id: '0102', name: 'bala@contoso.com', displayName: 'Bala' },
              publicKey: { kty: 'EC2', alg: -7 },
              credProtect: 2,
              largeBlobKey: true,
              thirdPartyPayment: false,
            },
          ],
        },
      ],
    });
  });

  test('alone, with its RP ID', () =>
    expect(soleDocument({ rp, credential }, true)).toMatchObject({
      rpId: 'login.microsoft.com',
      credentialId: 'a1b2c3d4e5f6',
    }));

  test('absent means unknown', () => {
    const found = { rp: { idShortened: false, rpIDHash: Uint8Array.of(1) }, credential: bare };
    expect(soleDocument(found, true)).toEqual({ credentialId: '07', largeBlobKey: false });
    expect(soleDocument(found, false)).toEqual({ credentialId: '07' });
    expect(listDocument({ existing: 0 }, [])).toEqual({ existing: 0, relyingParties: [] });
  });

  test('never the large-blob key itself', () => {
    const largeBlobKey = new Uint8Array(32).fill(0xee);
    expect(JSON.stringify(soleDocument({ rp, credential: { ...credential, largeBlobKey } }, true))).not.toContain(
      'eeee',
    );
  });
});

describe('words', () => {
  const everything = () => [
    relyingPartyWords(hostileRp),
    credentialNames([{ ...hostileRp, credentials: [hostile] }])(hostileRp, hostile),
    ...credentialRow(hostile, 8),
    ...credentialLines(hostileRp, hostile, true).flat(),
    ...csvRows([{ ...hostileRp, credentials: [hostile] }], true).flat(),
  ];

  test('nothing from a key reaches the terminal unescaped', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the point
    for (const text of everything()) expect(text).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  test('a row of huge names fits 80 columns and keeps its ID', () => {
    const [line = ''] = table([credentialRow(hostile, 8)], { width: 78, whole: [0] });
    expect(textWidth(line)).toBeLessThanOrEqual(78);
    expect(line).toMatch(/^a1b2c3d4 {2}/);
  });

  test('what is missing is said', () => {
    expect(credentialRow(bare, 8)).toEqual(['07', 'unknown user', '', '', '']);
    expect(credentialRow({ ...bare, user: { id: Uint8Array.of(5) } }, 8)[1]).toBe('user 05');
    expect(relyingPartyWords({ idShortened: false, rpIDHash: Uint8Array.of(1) })).toBe('unknown site 01');
    const lines = credentialLines(rp, bare, false);
    expect(lines.map(([label]) => label)).toEqual(['Site', 'Site hash', 'Credential ID', 'Large-blob key']);
    expect(lines.at(-1)?.[1]).toBe('the key does not tell');
    expect(credentialLines(rp, bare, true).at(-1)?.[1]).toBe('no');
  });

  test('a shortened RP ID is marked', () =>
    expect(relyingPartyWords({ ...rp, idShortened: true })).toBe(
      'login.microsoft.com  (Microsoft; the key shortened this address)',
    ));
});

describe('the IDs of a list are cut so that all differ', () => {
  const ids = (...hex: string[]) =>
    credentials.distinctLength(hex.map((id) => ({ ...bare, credentialId: fromHex(id) })));
  test('eight digits at least', () => expect(ids('a1b2c3d4e5', 'ff')).toBe(8));
  test('more where they begin alike', () => expect(ids('f1d00202aa01', 'f1d00202aa02', 'f1d00202bb')).toBe(12));
  test('one that is the beginning of another', () => expect(ids('f1d00202aa', 'f1d00202aabb')).toBe(11));
  test('none', () => expect(ids()).toBe(8));
  test('in sentences, too: a whole maker’s IDs may begin alike', () => {
    const alike = ['aa', 'bb'].map((end) => ({ ...bare, credentialId: fromHex(`${'f1d00202'.repeat(4)}${end}`) }));
    const nameOf = credentialNames([{ ...rp, credentials: alike }]);
    expect(alike.map((each) => nameOf(rp, each))).toEqual([
      `login.microsoft.com (${'f1d00202'.repeat(4)}a)`,
      `login.microsoft.com (${'f1d00202'.repeat(4)}b)`,
    ]);
  });
});

test('a CSV row has as many cells as the header, and formulas do not run', () => {
  const [header, row = []] = [CSV_HEADER, ...csvRows([{ ...rp, credentials: [hostile] }], true)];
  expect(row).toHaveLength(header.length);
  expect(row[header.indexOf('userDisplayName')]).toMatch(/^'=/);
  const cell = (isListed: boolean) =>
    csvRows([{ ...rp, credentials: [bare] }], isListed)[0]?.[header.indexOf('largeBlobKey')];
  expect([cell(true), cell(false)]).toEqual(['false', '']);
});
