/**
 * Every feature on every model over every transport, through the command line. A feature works, or the key cannot do it
 * (exit 5); anything else fails here. What comes out is docs/matrix.md; UPDATE_MATRIX=1 writes it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { MODELS } from '../../src/authenticator/models.ts';
import { divertStreams, run } from '../support/in-process-cli.ts';
import { storeKeysInMemory } from '../support/memory-store.ts';

vi.mock('node:tty', async (original) => ({ ...(await original<typeof import('node:tty')>()), isatty: () => false }));

const DOCUMENT = new URL('../../docs/matrix.md', import.meta.url);
const CANNOT = 5;

/** In the order in which they are run; `$K` is the key chosen and its PIN given, `$S` without the PIN, `$F` a new key, `$CRED`, `$FINGER` what it holds, `$NEW`, `$DATA`, `$COPY` files. */
const FEATURES: readonly [feature: string, line: string][] = [
  ['info', '$K info'],
  ['PIN: status', '$K pin status'],
  ['PIN: verify', '$K pin verify'],
  ['credentials: list', '$K credentials list'],
  ['credentials: export', '$K credentials export --format csv'],
  ['credentials: show', '$K credentials show $CRED'],
  ['credentials: update user', '$K credentials update-user $CRED --name renamed'],
  ['large blobs: list', '$K blobs list'],
  ['large blobs: set', '$K blobs set $BLOBCRED $DATA'],
  ['large blobs: get', '$K blobs get $BLOBCRED -o $COPY'],
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
  ['PIN: change', '$K pin change --new-pin-file $NEW'],
  ['identify', '$K identify'],
  ['reset', '$S reset --confirm $NAME'],
  ['PIN: set, on a new key', '$F pin set --new-pin-file $NEW'],
];

/** They can do what another one of their family can, which has a column. */
const LIKE_ANOTHER: ReadonlySet<string> = new Set(['ewbm-goldengate-500', 'octatco-ezfinger']);

/** Of which some keys keep a part only. */
const LONG_RP_ID = 'single-sign-on.accounts.international-company.example';

const COLUMNS = MODELS.filter(({ id }) => !LIKE_ANOTHER.has(id)).flatMap((model) => [
  ...(model.usb ? [{ model: model.id, transport: 'usb' }] : []),
  ...(model.nfc ? [{ model: model.id, transport: 'nfc' }] : []),
]);

/** How long a command may take on a machine that is busy: all of the columns share this process. */
const LIMIT_MS = 60_000;

const NEW_PIN = '97531864';
const DATA = 'some data\n';

const results = new Map<string, string>();
const scratch = mkdtempSync(path.join(tmpdir(), 'seckey-matrix-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
divertStreams();
// A key whose turn does not come for seconds would count as silent.
vi.setConfig({ maxConcurrency: 8 });
storeKeysInMemory();

describe.concurrent('software keys do what they announce', () => {
  test.each(COLUMNS)('$model over $transport', { timeout: 300_000 }, async ({ model, transport }) => {
    const directory = mkdtempSync(path.join(scratch, 'column-'));
    const names = { key: `${model}-${transport}`, fresh: `${model}-${transport}-fresh` };
    const file = (name: string) => path.join(directory, name);
    const seckey = (words: readonly string[]) => run(words, LIMIT_MS);

    const created = await seckey(['virtual', 'create', names.key, '--model', model, '--demo']);
    const fresh = await seckey(['virtual', 'create', names.fresh, '--model', model]);
    expect([created, fresh], `${model} is made: ${created.stderr}${fresh.stderr}`).toMatchObject([
      { exit: 0 },
      { exit: 0 },
    ]);
    writeFileSync(file('pin'), `${/PIN is (\d+)/.exec(created.stdout)?.[1] ?? ''}\n`);
    writeFileSync(file('new'), `${NEW_PIN}\n`);
    writeFileSync(file('data'), DATA);

    const onKey = (name: string) => ['--key', `virtual:${name}`, '--transport', transport, '--no-input'];
    const withPin = [...onKey(names.key), '--pin-file', file('pin')];
    const all = await seckey([...withPin, 'credentials', 'list', '--json']);
    const fingers = await seckey([...withPin, 'fingerprints', 'list', '--json']);
    const meant: Readonly<Record<string, readonly string[]>> = {
      $K: withPin,
      $S: onKey(names.key),
      $F: onKey(names.fresh),
      $NAME: [names.key],
      $CRED: [firstId(all.stdout, /"credentialId":"([0-9a-f]+)"/)],
      // Not by its largeBlobKey, which not every key lists.
      $BLOBCRED: [firstId(all.stdout, /"id":"ssh:".*?"credentialId":"([0-9a-f]+)"/s)],
      $FINGER: [firstId(fingers.stdout, /"templateId":"([0-9a-f]+)"/)],
      $LONG: [LONG_RP_ID],
      $NEW: [file('new')],
      $DATA: [file('data')],
      $COPY: [file('copy')],
    };
    for (const [feature, line] of FEATURES) {
      const { exit, stdout, stderr } = await seckey(line.split(' ').flatMap((word) => meant[word] ?? [word]));
      expect([0, CANNOT], `${model} over ${transport}: ${line}\n${stdout}${stderr}`).toContain(exit);
      if (exit === 0 && line.includes('$COPY')) expect(readFileSync(file('copy'), 'utf8'), line).toBe(DATA);
      results.set(`${feature}|${model}|${transport}`, exit === 0 ? 'pass' : 'key cannot');
    }
  });
});

function firstId(text: string, pattern: RegExp): string {
  return pattern.exec(text)?.[1] ?? 'none';
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
