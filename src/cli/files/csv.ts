/** CSV for spreadsheets (RFC 4180): CRLF, quotes doubled. */
import { escaped } from '../terminal/escape.ts';

// A spreadsheet runs a cell that begins with one of these as a formula (OWASP "CSV Injection"), also in their full-width
// forms; leading space does not stop all of them.
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/;

/**
 * A cell of text that came from a key or a relying party: harmless on a terminal, and an apostrophe in front keeps a
 * spreadsheet from running it.
 */
export function foreignCell(text: string): string {
  const safe = escaped(text);
  return FORMULA.test(safe) ? `'${safe}` : safe;
}

/** Rows as CSV, the last line ended too. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}

function quoted(cell: string): string {
  return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
