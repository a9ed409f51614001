/** Vitest's usual output, and its JSON report in the file that TEST_REPORT names (see .ci/run). */
export function reporters(): { reporters?: ('default' | ['json', { outputFile: string }])[] } {
  const outputFile = process.env.TEST_REPORT;
  return outputFile ? { reporters: ['default', ['json', { outputFile }]] } : {};
}
