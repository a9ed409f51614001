import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { emptyClaims, evidencePage, featuresOf, isShown, sectionsOfSources, testFiles } from './page.ts';

const PAGE = new URL('../../docs/evidence.md', import.meta.url);
const files = testFiles();

test('docs/evidence.md is what the tests are', () => {
  const page = evidencePage(files);
  if (process.env.UPDATE_EVIDENCE) writeFileSync(PAGE, page);
  expect(readFileSync(PAGE, 'utf8')).toBe(page);
});

test('every test is named for a feature', () => {
  expect(files.filter((file) => featuresOf(file).length === 0).map(({ path }) => path)).toEqual([]);
});

test('no feature is named for a test that is not there', () => {
  expect(emptyClaims(files)).toEqual([]);
});

test('every section of CTAP 2.3 that the code follows is shown by a test', () => {
  const sections = sectionsOfSources();
  expect(sections.length).toBeGreaterThan(40);
  expect(sections.filter((section) => !isShown(section, files))).toEqual([]);
});
