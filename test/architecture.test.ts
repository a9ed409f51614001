/** The table of allowed imports holds: each of its rules refuses an import that is planted into a copy of the source. */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** For each rule of a folder or file, something that it may not import. */
const FORBIDDEN: Readonly<Record<string, readonly string[]>> = {
  'src/errors.ts': ['src/encoding/bytes.ts'],
  'src/encoding/': ['src/ctap2/status.ts', 'src/keys/select.ts', 'node:fs'],
  'src/makers/': ['src/transport/device.ts'],
  'src/files/': ['src/errors.ts'],
  'src/ctap2/': ['src/client/session.ts', 'src/ctap2/commands/reset.ts', 'node:fs', 'node:net', 'node:child_process'],
  'src/ctap2/commands/': ['src/transport/device.ts'],
  'src/ctap2/extensions/': ['src/authenticator/authenticator.ts'],
  'src/ctap2/extensions/webauthn/': ['src/client/session.ts'],
  'src/ctap2/index.ts': ['src/client/session.ts'],
  'src/transport/': ['src/encoding/cbor.ts', 'src/keys/select.ts', 'src/ctap2/status.ts'],
  'src/transport/hid/': ['src/encoding/cbor.ts', 'src/transport/nfc/apdu.ts'],
  'src/transport/nfc/': ['src/encoding/cbor.ts', 'src/transport/hid/framing.ts'],
  'src/transport/nfc/host/': ['src/transport/discover.ts'],
  'src/client/': [
    ...['src/keys/select.ts', 'src/doctor/facts.ts', 'src/trace/events.ts', 'src/authenticator/elliptic-curve.ts'],
    ...['src/transport/hid/device.ts', 'src/client/credentials/credentials.ts', 'src/index.ts'],
  ],
  'src/client/pin/': ['src/client/authorization/token.ts'],
  'src/client/authorization/': ['src/client/credentials/credentials.ts'],
  'src/client/config/': ['src/client/reset/reset.ts'],
  'src/client/credentials/': ['src/client/large-blobs/large-blobs.ts'],
  'src/client/fingerprints/': ['src/authenticator/state/fingerprints.ts'],
  'src/client/identify/': ['src/client/reset/reset.ts'],
  'src/client/large-blobs/': ['src/client/reset/reset.ts'],
  'src/client/reset/': ['src/keys/known-keys.ts'],
  'src/authenticator/': ['src/client/key-agreement.ts', 'src/transport/hid/device.ts', 'node:fs'],
  'src/authenticator/attestation/': ['src/authenticator/commands/reset.ts'],
  'src/authenticator/commands/': ['src/authenticator/store/store.ts'],
  'src/authenticator/extensions/': ['src/authenticator/commands/make-credential.ts'],
  'src/authenticator/hostile/': ['src/authenticator/store/store.ts'],
  'src/authenticator/models/': ['src/authenticator/authenticator.ts', 'src/authenticator/models/hostile/hostile.ts'],
  'src/authenticator/models/hostile/': ['src/authenticator/authenticator.ts'],
  'src/authenticator/pin-uv-auth/': ['src/client/pin/pin.ts'],
  'src/authenticator/serve/': ['src/authenticator/authenticator.ts'],
  'src/authenticator/state/': ['src/authenticator/store/store.ts', 'node:fs'],
  'src/authenticator/store/': ['src/authenticator/state/stored-state.ts'],
  'src/trace/': ['src/client/session.ts'],
  'src/doctor/': ['src/keys/select.ts', 'src/client/session.ts', 'src/encoding/cbor.ts'],
  'src/trust/': ['src/cli/version.ts', 'src/keys/describe.ts'],
  'src/keys/': ['src/cli/version.ts', 'src/doctor/facts.ts', 'src/authenticator/models.ts', 'src/index.ts', 'node:fs'],
  'src/keys/software/': ['src/trust/model-name.ts', 'src/index.ts'],
  'src/fleet/': ['src/cli/context.ts', 'src/authenticator/authenticator.ts'],
  'src/index.ts': ['src/cli/version.ts', 'src/authenticator/authenticator.ts'],
  'src/cli/exit-codes.ts': ['src/index.ts'],
  'src/cli/failure.ts': ['src/index.ts'],
  'src/cli/commander.ts': ['src/cli/failure.ts'],
  'src/cli/version.ts': ['src/errors.ts'],
  'src/cli/addressing.ts': ['src/cli/context.ts'],
  'src/cli/errors.ts': ['src/index.ts'],
  'src/cli/messages/': ['src/client/session.ts', 'src/cli/commands/info.ts', 'src/cli/manager/menu.ts', 'node:tty'],
  'src/cli/files/': ['src/cli/context.ts', 'src/cli/commands/info.ts'],
  'src/cli/terminal/': ['src/cli/context.ts', 'src/cli/commands/info.ts', 'src/cli/files/csv.ts'],
  'src/cli/run-environment.ts': ['src/cli/context.ts'],
  'src/cli/compile-cache.ts': ['src/index.ts'],
  'src/cli/': ['src/client/session.ts', 'src/cli/commands/info.ts', 'src/cli/manager/menu.ts'],
  'src/cli/commands/': [
    'src/client/session.ts',
    'src/errors.ts',
    'src/cli/manager/menu.ts',
    'src/cli/program/program.ts',
  ],
  'src/cli/manager/': ['src/client/session.ts', 'src/cli/commands/info.ts', 'src/cli/program/program.ts'],
  'src/cli/command-groups/': ['src/cli/manager/menu.ts', 'src/client/session.ts', 'src/cli/program/program.ts'],
  'src/cli/program/': ['src/client/session.ts', 'src/index.ts'],
  'src/cli/main.ts': ['src/index.ts'],
};

/** A file in which a package that the others may not import is at home, or a neighbour of it. */
const PACKAGES: Readonly<Record<string, string>> = {
  '@commander-js/extra-typings': 'src/cli/command-groups/',
  '@inquirer/core': 'src/cli/commands/',
  '@noble/curves/nist.js': 'src/client/',
  aaguids: 'src/keys/',
  'cbor-x': 'src/ctap2/',
  commander: 'src/cli/commands/',
  inquirer: 'src/cli/manager/',
  'nfc-pcsc': 'src/transport/nfc/',
  'node-hid': 'src/transport/hid/',
  'pcsc-mini': 'src/transport/nfc/host/',
};

const root = path.resolve(import.meta.dirname, '..');
const copy = mkdtempSync(path.join(tmpdir(), 'seckey-architecture-'));
afterAll(() => rmSync(copy, { recursive: true }));

let found: ICruiseResult;

beforeAll(async () => {
  cpSync(path.join(root, 'src'), path.join(copy, 'src'), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  for (const [place, targets] of Object.entries(FORBIDDEN)) for (const target of targets) plant(place, target);
  for (const [name, place] of Object.entries(PACKAGES)) plant(place, name);
  plant('src/client/', 'vitest');
  plant('src/client/', 'pg');
  plant('src/client/', 'src/client/nowhere.ts');
  plant('src/nobody/', 'src/errors.ts');
  appendFileSync(
    path.join(copy, 'src/client/one.ts'),
    "import type { Two } from './two.ts';\nexport type One = Two;\n",
  );
  appendFileSync(
    path.join(copy, 'src/client/two.ts'),
    "import type { One } from './one.ts';\nexport type Two = One;\n",
  );
  const options = await extractDepcruiseOptions(path.join(root, '.dependency-cruiser.mjs'));
  const { output } = await cruise(['src'], { ...options, baseDir: copy });
  found = output as ICruiseResult;
}, 60_000);

/** The file with the forbidden imports: the one itself, or one more in the folder. */
function plantedIn(place: string): string {
  return place.endsWith('/') ? `${place}planted.ts` : place;
}

/** The import is type-only wherever there are types, since that is the least that has to be seen. */
function plant(place: string, target: string): void {
  const file = path.join(copy, plantedIn(place));
  const specifier = target.startsWith('src/') ? path.relative(path.dirname(file), path.join(copy, target)) : target;
  const from = specifier.startsWith('.') || target !== specifier ? specifier.replace(/^(?!\.)/, './') : specifier;
  mkdirSync(path.dirname(file), { recursive: true });
  appendFileSync(file, `\nimport type * as planted${names++} from '${from}';\n`);
}
let names = 0;

/** What `rule` refuses in a file, e.g. `src/keys/select.ts`, `fs` or the path of a package. */
function refused(rule: string, file: string): string[] {
  return found.summary.violations.filter((each) => each.rule.name === rule && each.from === file).map(({ to }) => to);
}

function sources(): string[] {
  const files = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts')).map((file) => path.posix.join('src', file));
}

function rules(): { name?: string | undefined; from: { path?: string | string[] | undefined } }[] {
  return (found.summary.ruleSetUsed?.forbidden ?? []) as ReturnType<typeof rules>;
}

test.each(Object.entries(FORBIDDEN))('%s may not import %j', (place, targets) => {
  expect(refused(place, plantedIn(place))).toEqual(
    expect.arrayContaining(targets.map((target) => target.replace('node:', ''))),
  );
});

test.each(Object.entries(PACKAGES))('the package %s stays out of %s', (specifier, place) => {
  const name = specifier.replace(/\/nist\.js$/, '');
  // An optional one that is not installed is refused under its bare name.
  const found = refused(`package ${name}`, plantedIn(place)).filter(
    (to) => to === name || to.includes(`node_modules/${name}/`),
  );
  expect(found).toHaveLength(1);
});

test('a package without a place of its own is refused, and one that is not there', () => {
  expect(refused('package of nobody', 'src/client/planted.ts').join()).toContain('node_modules/vitest/');
  expect(refused('unresolvable', 'src/client/planted.ts')).toEqual(expect.arrayContaining(['pg', './nowhere.ts']));
});

test('a circle of types is refused', () => {
  expect(refused('circle', 'src/client/one.ts')).toEqual(['src/client/two.ts']);
});

test('a folder that is not in the table is refused', () => {
  expect(refused('folder of nobody', 'src/nobody/planted.ts')).toEqual(['src/errors.ts']);
});

test('every rule is tried here', () => {
  const tried = [
    ...Object.keys(FORBIDDEN),
    ...Object.keys(PACKAGES).map((each) => `package ${each.replace(/\/nist\.js$/, '')}`),
    ...['package of nobody', 'folder of nobody', 'circle', 'unresolvable'],
  ];
  expect(rules().map(({ name }) => name)).toEqual(expect.arrayContaining(tried));
  expect(rules()).toHaveLength(tried.length);
});

test('every file of the source is in the table', () => {
  const places = rules()
    .filter(({ name = '' }) => name.startsWith('src/'))
    .map(({ from }) => new RegExp(String(from.path)));
  expect(sources().filter((file) => !places.some((place) => place.test(file)))).toEqual([]);
});

test('the files that ARCHITECTURE.md names are there', () => {
  const text = readFileSync(path.join(root, 'ARCHITECTURE.md'), 'utf8');
  const names = [...text.matchAll(/`([a-z][\w.-]*\/[\w./-]+)`/g)].map(([, name = '']) => name);
  const written = names.filter((name) => !name.startsWith('dist/') && !name.startsWith('seckey/'));
  const isThere = (name: string) => ['', 'src'].some((base) => existsSync(path.join(root, base, name)));
  expect(written.length).toBeGreaterThan(20);
  expect(written.filter((name) => !isThere(name))).toEqual([]);
});

// The parser of dependency-cruiser does not see these.
test('no type is imported in the middle of a line', () => {
  const importing = /typeof import\(|\bimport\([^()]*\)\.(?!then|catch|finally)/;
  const files = sources().filter((file) => !file.endsWith('.d.ts'));
  expect(files.filter((file) => importing.test(readFileSync(path.join(root, file), 'utf8')))).toEqual([]);
});
