/**
 * Every feature on every model over every transport, through the command line. A feature works, or the key cannot do it
 * (exit 5); anything else fails here. What comes out is docs/matrix.md; UPDATE_MATRIX=1 writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { MODELS } from '../../src/authenticator/models.ts';
import { Scratch } from '../support/built-cli.ts';

const DOCUMENT = new URL('../../docs/matrix.md', import.meta.url);
const CANNOT = 5;

/** Shell lines in the order in which they are run; `$K` is seckey with the key chosen and its PIN given, `$S` without the PIN, `$F` a new key, `$CRED`, `$FINGER` what it holds. */
const FEATURES: readonly [feature: string, line: string][] = [
  ['info', '$K info'],
  ['PIN: status', '$K pin status'],
  ['PIN: verify', '$K pin verify'],
  ['credentials: list', '$K credentials list'],
  ['credentials: export', '$K credentials export --format csv'],
  ['credentials: show', '$K credentials show $CRED'],
  ['credentials: update user', '$K credentials update-user $CRED --name renamed'],
  ['large blobs: list', '$K blobs list'],
  ['large blobs: set', '$K blobs set $BLOBCRED data'],
  ['large blobs: get', '$K blobs get $BLOBCRED -o copy && cmp data copy'],
  ['large blobs: delete', '$K blobs delete $BLOBCRED --yes'],
  ['large blobs: compact', '$K blobs compact --find-owners --rp-id $LONG --yes'],
  ['credentials: delete', '$K credentials delete $CRED --yes'],
  ['fingerprints: list', '$K fingerprints list'],
  ['fingerprints: sensor', '$K fingerprints sensor'],
  ['fingerprints: add', '$K fingerprints add --name third'],
  ['fingerprints: rename', '$K fingerprints rename $FINGER renamed'],
  ['fingerprints: delete', '$K fingerprints delete $FINGER --yes'],
  ['settings: show', '$K config show'],
  ['settings: always verify the user', '$K config always-uv on --yes'],
  ['settings: enterprise attestation', '$K config enterprise-attestation enable --yes'],
  ['settings: long touch for reset', '$K config long-touch-reset enable --yes'],
  ['settings: minimum PIN length', '$K pin min-length 8 --yes'],
  ['PIN: force a change', '$K pin force-change --yes'],
  ['PIN: change', '$K pin change --new-pin-file new'],
  ['identify', '$K identify'],
  ['reset', '$S reset --confirm key'],
  ['PIN: set, on a new key', '$F pin set --new-pin-file new'],
];

/** They can do what another one of their family can, which has a column. */
const LIKE_ANOTHER: ReadonlySet<string> = new Set(['ewbm-goldengate-500', 'octatco-ezfinger']);

/** Of which some keys keep a part only. */
const LONG_RP_ID = 'single-sign-on.accounts.international-company.example';

const COLUMNS = MODELS.filter(({ id }) => !LIKE_ANOTHER.has(id)).flatMap((model) => [
  ...(model.usb ? [{ model: model.id, transport: 'usb' }] : []),
  ...(model.nfc ? [{ model: model.id, transport: 'nfc' }] : []),
]);

const results = new Map<string, string>();
const scratches: Scratch[] = [];
afterAll(() => {
  for (const scratch of scratches) scratch.remove();
});

describe.concurrent('software keys do what they announce', () => {
  test.each(COLUMNS)('$model over $transport', { timeout: 300_000 }, async ({ model, transport }) => {
    const scratch = new Scratch();
    scratches.push(scratch);
    const created = await scratch.sh(`seckey virtual create key --model ${model} --demo`);
    await scratch.sh(`seckey virtual create fresh --model ${model}`);
    const pin = /PIN is (\d+)/.exec(created.stdout)?.[1] ?? '';
    await scratch.sh(`echo ${pin} > pin; echo 97531864 > new; echo some data > data`);
    const all = await scratch.sh(prepared(transport, '$K credentials list --json'));
    const credentials = ids(all.stdout, /"credentialId":"([0-9a-f]+)"/);
    // Not by its largeBlobKey, which not every key lists.
    const blobs = ids(all.stdout, /"id":"ssh:".*?"credentialId":"([0-9a-f]+)"/);
    const fingers = await scratch.sh(prepared(transport, '$K fingerprints list --json'));
    const names = `CRED=${credentials[0] ?? 'none'} BLOBCRED=${blobs[0] ?? 'none'} LONG=${LONG_RP_ID} FINGER=${ids(fingers.stdout, /"templateId":"([0-9a-f]+)"/)[0] ?? 'none'}`;
    for (const [feature, line] of FEATURES) {
      const { code, stdout, stderr } = await scratch.sh(prepared(transport, line, names));
      expect([0, CANNOT], `${model} over ${transport}: ${line}\n${stdout}${stderr}`).toContain(code);
      results.set(`${feature}|${model}|${transport}`, code === 0 ? 'pass' : 'key cannot');
    }
  });
});

function prepared(transport: string, line: string, names = ':'): string {
  const options = `--transport ${transport} --no-input`;
  return `S="seckey --key virtual:key ${options}"; F="seckey --key virtual:fresh ${options}"; K="$S --pin-file pin"; ${names}; ${line}`;
}

function ids(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(new RegExp(pattern, 'gs'))].map(([, id]) => id ?? '');
}

test('docs/matrix.md says what came out', () => {
  const rows = FEATURES.map(([feature]) => {
    const cells = COLUMNS.map(({ model, transport }) => results.get(`${feature}|${model}|${transport}`) ?? 'not run');
    return `| ${[feature, ...cells].join(' | ')} |`;
  });
  const heads = COLUMNS.map(({ model, transport }) => `${model} ${transport === 'usb' ? 'USB' : 'NFC'}`);
  const document = `# What works on which key

Written by \`test/cli/matrix.test.ts\`: each command run on a software key of each model, over each transport it has.
"key cannot" is exit code 5: the model lacks the feature and says so.

| feature | ${heads.join(' | ')} |
|${'---|'.repeat(heads.length + 1)}
${rows.join('\n')}
`;
  expect(document).not.toContain('not run');
  if (process.env.UPDATE_MATRIX) writeFileSync(DOCUMENT, document);
  expect(readFileSync(DOCUMENT, 'utf8')).toBe(document);
});
