/**
 * Which folder may import what (ARCHITECTURE.md has the reasons). `npm run lint` refuses every other import, type-only ones
 * included; `test/architecture.test.ts` shows that each rule does.
 *
 * `a/` is the files of a folder without its sub-folders, `a/**` with them. A file with an entry of its own has left its
 * folder's entry. Files of one folder may import each other, as long as that makes no circle.
 */
const errors = 'src/errors.ts';
const encoding = 'src/encoding/';
const commands = ['src/ctap2/', 'src/ctap2/commands/'];
const client = [errors, encoding, ...commands, 'src/client/'];
const authenticator = [errors, encoding, 'src/ctap2/**', 'src/authenticator/', 'src/authenticator/models/'];
const pureCodecs = ['src/transport/hid/framing.ts', 'src/transport/nfc/apdu.ts'];
/** What an `exports` entry of package.json offers. */
const publicLibrary = [
  'src/index.ts',
  'src/authenticator/index.ts',
  'src/ctap2/index.ts',
  'src/trace/index.ts',
  'src/transport/index.ts',
];
const cliGround = [
  ...['src/cli/failure.ts', 'src/cli/version.ts', 'src/cli/addressing.ts', 'src/cli/errors.ts'],
  'src/cli/commander.ts',
];
const plainText = ['src/cli/terminal/escape.ts', 'src/cli/terminal/text.ts'];

/** From the lowest layer up. Node's own modules count, too: a folder without `node:fs` does not touch the disk. */
export const ALLOWED = {
  'src/errors.ts': [],
  'src/encoding/': [errors],
  'src/makers/': [errors, encoding],
  'src/files/': ['node:fs', 'node:path'],

  'src/ctap2/': [encoding, 'node:crypto', 'node:zlib'],
  'src/ctap2/index.ts': [errors, encoding, 'src/ctap2/**'],
  'src/ctap2/commands/': [encoding, 'src/ctap2/', 'node:crypto'],
  'src/ctap2/extensions/': [encoding, ...commands],
  'src/ctap2/extensions/webauthn/': [encoding, 'src/ctap2/', 'src/ctap2/extensions/', 'node:crypto'],

  // Bytes, but no CBOR.
  'src/transport/': [errors, 'src/encoding/bytes.ts', 'src/makers/', 'src/transport/hid/', 'src/transport/nfc/'],
  'src/transport/hid/': [
    ...[errors, 'src/encoding/bytes.ts', 'src/makers/', 'src/transport/'],
    ...['node:crypto', 'node:fs/promises', 'node:path'],
  ],
  'src/transport/nfc/': [
    ...[errors, 'src/encoding/bytes.ts', 'src/makers/', 'src/transport/', 'src/transport/nfc/host/'],
    ...['node:crypto', 'node:fs', 'node:module', 'node:net', 'node:path'],
  ],
  'src/transport/nfc/host/': [
    ...[errors, 'src/transport/nfc/'],
    ...['node:child_process', 'node:fs', 'node:path', 'node:url'],
  ],

  'src/client/': [...client, 'src/transport/', 'src/client/reset/gestures.ts', 'node:crypto'],
  'src/client/pin/': [...client, 'node:crypto'],
  'src/client/authorization/': [...client, 'src/client/pin/'],
  'src/client/config/': [...client, 'src/client/authorization/', 'src/client/pin/'],
  'src/client/credentials/': [...client, 'src/client/authorization/'],
  'src/client/fingerprints/': [...client, 'src/client/authorization/'],
  'src/client/large-blobs/': [
    ...[...client, 'src/client/authorization/', 'src/client/credentials/'],
    ...['node:crypto', 'node:timers/promises'],
  ],
  'src/client/identify/': [...client, 'src/transport/'],
  'src/client/reset/': [...client, 'src/makers/', 'src/transport/'],

  'src/authenticator/': [errors, encoding, 'src/ctap2/**', ...pureCodecs, 'src/authenticator/**', 'node:crypto'],
  'src/authenticator/attestation/': [...authenticator, 'node:crypto'],
  'src/authenticator/commands/': [
    ...authenticator,
    'src/authenticator/attestation/',
    'src/authenticator/extensions/',
    'src/authenticator/pin-uv-auth/',
    'src/authenticator/state/',
    'node:crypto',
  ],
  'src/authenticator/extensions/': [
    ...[...authenticator, 'src/authenticator/pin-uv-auth/', 'src/authenticator/state/'],
    'node:crypto',
  ],
  'src/authenticator/hostile/': [encoding, ...commands, ...pureCodecs, 'src/authenticator/'],
  'src/authenticator/models/': [
    ...[encoding, 'src/ctap2/**'],
    ...['src/authenticator/environment.ts', 'src/authenticator/hostile/hostility.ts'],
  ],
  'src/authenticator/models/hostile/': [
    ...[encoding, ...commands, 'src/authenticator/hostile/', 'src/authenticator/models/'],
  ],
  'src/authenticator/pin-uv-auth/': [...authenticator, 'src/authenticator/state/'],
  'src/authenticator/serve/': [errors, 'node:fs', 'node:net', 'node:timers/promises', 'node:worker_threads'],
  'src/authenticator/state/': [...authenticator, 'src/authenticator/pin-uv-auth/'],
  'src/authenticator/store/': [errors, 'node:crypto', 'node:fs', 'node:os', 'node:path', 'node:timers/promises'],

  'src/trace/': [errors, encoding, ...commands, 'src/transport/'],
  'src/doctor/': [
    ...[errors, 'src/makers/', 'src/transport/**'],
    ...['node:child_process', 'node:fs/promises', 'node:os'],
  ],
  'src/trust/': ['node:module'],
  'src/keys/': [
    ...[errors, encoding, 'src/makers/', ...commands, 'src/transport/', 'src/client/', 'src/trust/', 'node:crypto'],
  ],
  // Where the client's transports meet the software key.
  'src/keys/software/': [
    ...[errors, 'src/makers/', 'src/transport/**', 'src/client/', 'src/authenticator/**', 'node:crypto'],
  ],
  'src/fleet/': [
    ...[errors, 'src/files/', 'src/transport/', 'src/client/**', 'src/keys/'],
    ...['node:crypto', 'node:fs', 'node:os', 'node:readline'],
  ],
  'src/index.ts': [
    ...[errors, encoding, 'src/makers/', 'src/ctap2/**', 'src/transport/**', 'src/client/**'],
    ...['src/trace/', 'src/doctor/', 'src/trust/', 'src/keys/**', 'src/fleet/'],
  ],

  'src/cli/exit-codes.ts': [errors],
  'src/cli/commander.ts': [],
  'src/cli/failure.ts': [errors],
  'src/cli/version.ts': ['node:module'],
  'src/cli/addressing.ts': ['src/cli/terminal/shell-line.ts'],
  'src/cli/errors.ts': [errors, 'src/cli/addressing.ts', 'src/cli/exit-codes.ts', 'src/cli/messages/'],
  'src/cli/messages/': [
    ...[errors, ...publicLibrary, 'src/cli/failure.ts', 'src/cli/credential-document.ts', ...plainText],
  ],
  'src/cli/files/': [
    ...[...publicLibrary, ...cliGround, 'src/cli/messages/', ...plainText, 'src/cli/terminal/interruption.ts'],
    'src/files/',
    ...['node:crypto', 'node:fs', 'node:fs/promises', 'node:os', 'node:path', 'node:stream'],
  ],
  'src/cli/terminal/': [
    ...[errors, ...publicLibrary, ...cliGround, 'src/cli/messages/'],
    ...['src/cli/files/new-pin-file.ts', 'src/cli/files/pin-file.ts'],
    ...['node:child_process', 'node:fs', 'node:path', 'node:stream', 'node:tty', 'node:util'],
  ],
  'src/cli/run-environment.ts': ['src/cli/terminal/pin-memory.ts', 'node:stream'],
  'src/cli/compile-cache.ts': ['node:fs', 'node:os', 'node:path'],
  'src/cli/': [
    ...[...publicLibrary, ...cliGround, 'src/cli/run-environment.ts'],
    ...['src/cli/messages/', 'src/cli/files/', 'src/cli/terminal/', 'node:tty'],
  ],
  'src/cli/commands/': [
    ...[...publicLibrary, 'src/cli/', 'src/cli/messages/', 'src/cli/files/', 'src/cli/terminal/'],
    'node:readline',
  ],
  'src/cli/manager/': [
    ...[...publicLibrary, 'src/cli/', 'src/cli/messages/', 'src/cli/files/', 'src/cli/terminal/'],
    // The lists that a menu is made of.
    ...['src/cli/commands/credentials.ts', 'src/cli/commands/fingerprints.ts'],
  ],
  'src/cli/command-groups/': [
    ...[...publicLibrary, 'src/cli/', 'src/cli/messages/', 'src/cli/terminal/', 'src/cli/commands/'],
  ],
  'src/cli/program/': [
    ...[errors, 'src/cli/', 'src/cli/messages/', 'src/cli/terminal/', 'src/cli/command-groups/', 'src/cli/manager/'],
    ...['node:path', 'node:tty'],
  ],
  'src/cli/main.ts': [
    'src/cli/',
    'src/cli/messages/',
    'src/cli/files/',
    'src/cli/terminal/',
    'src/cli/program/',
    'src/files/',
    'node:fs',
  ],
};

/** Each npm package has one place; none else is imported below src/. */
export const PACKAGES = {
  '@inquirer/core': ['src/cli/manager/menu.ts', 'src/cli/manager/pause.ts', 'src/cli/terminal/hidden-prompt.ts'],
  '@noble/curves': ['src/authenticator/elliptic-curve.ts'],
  aaguids: ['src/trust/model-name.ts'],
  'cbor-x': ['src/encoding/cbor.ts'],
  '@commander-js/extra-typings': ['src/cli/commander.ts'],
  commander: ['src/cli/commander.ts'],
  inquirer: ['src/cli/terminal/prompts.ts'],
  'nfc-pcsc': ['src/transport/nfc/pcsc-binding.ts'],
  'node-hid': ['src/transport/hid/node-hid.ts'],
  'pcsc-mini': ['src/transport/nfc/pcsc-mini-library.ts'],
};

const escaped = (text) => text.replaceAll(/[.\\+*?[\](){}^$|]/g, '\\$&');

/** An entry of the tables as a regular expression for the path that an import leads to. */
function pathOf(entry) {
  if (entry.startsWith('node:')) return `^(node:)?${escaped(entry.slice('node:'.length))}$`;
  if (entry.endsWith('/**')) return `^${escaped(entry.slice(0, -2))}`;
  return entry.endsWith('/') ? `^${escaped(entry)}[^/]+$` : `^${escaped(entry)}$`;
}

/** npm leaves them out where they cannot be built; an import of them then leads to their bare name. */
const OPTIONAL_PACKAGE = '^(nfc-pcsc|pcsc-mini)$';
const PACKAGE = `(^|/)node_modules/|${OPTIONAL_PACKAGE}`;
const inPackage = (name) => `(^|/)node_modules/(@types/)?${escaped(name)}/|^${escaped(name)}$`;
const ownFiles = Object.keys(ALLOWED).filter((entry) => !entry.endsWith('/'));

function folderRule([entry, allowed]) {
  const own = pathOf(entry);
  return {
    name: entry,
    comment: `It may import ${allowed.join(', ') || 'nothing'}.`,
    severity: 'error',
    from: { path: own, ...(entry.endsWith('/') && { pathNot: ownFiles.map(pathOf) }) },
    to: { pathNot: [own, ...allowed.map(pathOf), PACKAGE] },
  };
}

function packageRule([name, places]) {
  return {
    name: `package ${name}`,
    comment: `Only ${places.join(', ')} may import it.`,
    severity: 'error',
    from: { path: '^src/', pathNot: places.map(pathOf) },
    to: { path: inPackage(name) },
  };
}

export default {
  forbidden: [
    ...Object.entries(ALLOWED).map(folderRule),
    ...Object.entries(PACKAGES).map(packageRule),
    {
      name: 'package of nobody',
      comment: 'It has no place in the table PACKAGES.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: PACKAGE, pathNot: Object.keys(PACKAGES).map(inPackage) },
    },
    {
      name: 'folder of nobody',
      comment: 'It has no entry in the table ALLOWED.',
      severity: 'error',
      from: { path: '^src/', pathNot: Object.keys(ALLOWED).map(pathOf) },
      to: {},
    },
    {
      name: 'circle',
      comment: 'Type-only imports count: who reads one file of a circle has to read all of it.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'unresolvable',
      comment: 'There is no such file or package.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: OPTIONAL_PACKAGE },
    },
  ],
  options: {
    // TypeScript 7 has no parser for JavaScript programs to call.
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'types'] },
  },
};
