/** Composes docs/evidence.md: each feature and each section of CTAP 2.3 with the tests that show it. */
import { readdirSync, readFileSync } from 'node:fs';
import { CLAIMS, SECTION_TITLES } from './claims.ts';

const TESTS = new URL('../', import.meta.url);
const SOURCES = new URL('../../src/', import.meta.url);

/** What a test runs on, in the order of the page. */
const STACKS = ['in one process', 'the built command line', 'a real pcscd', 'a real kernel'] as const;
type Stack = (typeof STACKS)[number];

/** Programs that nobody here wrote, and how a test that runs one is told. */
const OTHER_PROGRAMS: readonly (readonly [string, RegExp])[] = [
  ['python-fido2', /\bpython(Result)?\(|\bpeer\(/],
  ['libfido2', /\bfido2-(token|cred|assert)\b/],
  ['ykman', /['"`]ykman\b/],
  ['OpenSSH', /\bssh-keygen\b/],
  ['Chromium', /headless-browser|chromium/i],
  ['GnuPG', /\bscdaemon\b/],
];

export interface TestFile {
  /** Below `test/`. */
  path: string;
  text: string;
}

/** Every test file and every transcript. */
export function testFiles(): TestFile[] {
  return filesBelow(TESTS)
    .filter((path) => path.endsWith('.test.ts') || /^cli\/[^/]+\.txt$/.test(path))
    .map((path) => ({ path, text: readFileSync(new URL(path, TESTS), 'utf8') }));
}

/** The features that a test is named for. */
export function featuresOf({ path }: TestFile): string[] {
  return CLAIMS.filter(({ tests }) => tests.some((test) => covers(test, path))).map(({ feature }) => feature);
}

/** Paths and folders of the table that no test file is at. */
export function emptyClaims(files: readonly TestFile[]): string[] {
  return CLAIMS.flatMap(({ tests }) => tests).filter((test) => !files.some(({ path }) => covers(test, path)));
}

/** Sections of CTAP 2.3 that `src/` names. */
export function sectionsOfSources(): string[] {
  const texts = filesBelow(SOURCES).map((path) => readFileSync(new URL(path, SOURCES), 'utf8'));
  return sorted(texts.flatMap(sectionsIn));
}

/** Whether a test is named for this section, or for the one it is a part of. */
export function isShown(section: string, files: readonly TestFile[]): boolean {
  const shown = new Set([
    ...CLAIMS.flatMap(({ sections }) => sections),
    ...files.flatMap(({ text }) => sectionsIn(text)),
  ]);
  const parts = section.split('.');
  // What is as wide as a chapter stands for nothing in particular.
  const wholes = parts.map((_, index) => parts.slice(0, index + 1).join('.')).filter((whole) => whole.includes('.'));
  return [section, ...wholes].some((each) => shown.has(each));
}

export function evidencePage(files: readonly TestFile[]): string {
  return `# What is shown, and by what

Written by \`test/evidence/evidence.test.ts\` from the table beside it (\`UPDATE_EVIDENCE=1 npx vitest run test/evidence\`). Each test
stands with what it runs on: one process with the software key, the built command line, a real pcscd, or a real kernel;
and with the programs of others that take part.

## By feature

${CLAIMS.map((claim) => featureEntry(claim, files)).join('\n')}
## By section of CTAP 2.3

${sectionEntries(files)}`;
}

function featureEntry({ feature, sections, tests }: (typeof CLAIMS)[number], files: readonly TestFile[]): string {
  const own = files.filter(({ path }) => tests.some((test) => covers(test, path)));
  const heading = sections.length > 0 ? `${feature} (${sections.map((section) => `§${section}`).join(', ')})` : feature;
  return `### ${heading}\n\n${byStack(own).map(line).join('')}`;
}

function sectionEntries(files: readonly TestFile[]): string {
  const named = files.flatMap(({ text }) => sectionsIn(text));
  const all = sorted([...CLAIMS.flatMap(({ sections }) => sections), ...named]);
  return all
    .map((section) => {
      const features = CLAIMS.filter(({ sections }) => sections.includes(section)).map(({ feature }) => feature);
      const exact = byStack(files.filter(({ text }) => sectionsIn(text).includes(section)));
      const title = SECTION_TITLES[section];
      const shown = features.length > 0 ? `: ${features.join('; ')}` : '';
      return `- §${section}${title ? ` ${title}` : ''}${shown}\n${exact.map((file) => `  ${line(file)}`).join('')}`;
    })
    .join('');
}

function line(file: TestFile): string {
  const others = OTHER_PROGRAMS.filter(([, sign]) => file.path.startsWith('system/') && sign.test(file.text));
  const who = others.length > 0 ? ` with ${others.map(([name]) => name).join(', ')}` : '';
  return `- \`test/${file.path}\`: ${stacksOf(file).join(', ')}${who}\n`;
}

function byStack(files: readonly TestFile[]): TestFile[] {
  const rank = (file: TestFile) => Math.max(...stacksOf(file).map((stack) => STACKS.indexOf(stack)));
  return [...files].sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
}

function stacksOf({ path, text }: TestFile): Stack[] {
  if (path.endsWith('.txt') || /in-process-cli|built-cli|transcripts/.test(text)) return ['the built command line'];
  if (!path.startsWith('system/')) return ['in one process'];
  const stacks: Stack[] = [];
  if (/support\/(pcscd|seckey)\.ts/.test(text)) stacks.push('a real pcscd');
  if (/support\/(guest|gadget|guest-job)\.ts/.test(text)) stacks.push('a real kernel');
  return stacks.length > 0 ? stacks : ['the built command line'];
}

/** Sections of CTAP 2.3 in a text: `CTAP 2.3 §6.1, §6.2 and §6.3`, and a bare `§6.1.2` in the title of a test. */
function sectionsIn(text: string): string[] {
  const lists = [...text.matchAll(/CTAP 2\.[123] ((?:§\d[\d.]*\d|§\d)(?:(?:, | and | to )§\d+(?:\.\d+)*)*)/g)];
  const titles = [
    ...text.matchAll(/(?:describe|test)(?:\.\w+\([^\n]*\))?\(\s*['`][^'`\n]*\((§\d+(?:\.\d+)*)[^'`\n]*['`]/g),
  ];
  return sorted(
    [...lists, ...titles].flatMap(([, list = '']) =>
      [...list.matchAll(/§(\d+(?:\.\d+)*)/g)].map(([, section = '']) => section),
    ),
  );
}

function covers(test: string, path: string): boolean {
  return test.endsWith('/') ? path.startsWith(test) : path === test;
}

function filesBelow(folder: URL): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.(ts|txt)$/.test(path))
    .sort();
}

function sorted(sections: readonly string[]): string[] {
  return [...new Set(sections)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}
