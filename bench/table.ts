/** What a benchmark has to say, and how it is printed. */
import type { Measured } from './measure.ts';

export interface Table {
  title: string;
  unit: string;
  rows: readonly Measured[];
  /** Figures that could not be had, and why. */
  missing?: readonly string[];
}

export function format({ title, unit, rows, missing = [] }: Table): string {
  const heading = `${title} (${unit})`;
  const width = Math.max(heading.length, ...rows.map(({ name }) => name.length));
  const cells = (values: readonly string[]) => values.map((value) => value.padStart(11)).join('');
  const lines = [`${heading.padEnd(width)}${cells(['min', 'median', 'max', 'ratio'])}`];
  for (const { name, min, median, max, ratio } of rows) {
    const times = ratio === undefined ? '' : `${ratio.toFixed(2)} x`;
    lines.push(`${name.padEnd(width)}${cells([number(min), number(median), number(max), times])}`);
  }
  for (const reason of missing) lines.push(`MISSING: ${reason}`);
  return `${lines.join('\n')}\n`;
}

function number(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}
