/** Aligned columns for a terminal. Cells must be escaped already. */

const GAP = '  ';
/** A column is never cut to fewer characters, since they would tell nothing; lines too long for the terminal wrap. */
const MIN_COLUMN = 8;

// Scripts and symbols that terminals draw two columns wide (East Asian Wide and Fullwidth, emoji).
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const COMBINING = /\p{Mn}|\p{Me}/u;

/** More marks on one character than any language has (UAX #15, Stream-Safe Text): a terminal would draw them over other lines. */
const MOST_MARKS = 30;

/** Columns that `text` takes on a terminal. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  // Nearly all text is this, and a key may send a lot of it.
  if (character < '\u0300') return 1;
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** `text` in at most `width` columns, its end replaced by an ellipsis if it has to be cut. */
export function fitted(text: string, width: number): string {
  let [columns, marks, end] = [0, 0, 0];
  // Where an ellipsis can stand.
  let cut = 0;
  for (const character of text) {
    const own = characterWidth(character);
    marks = own === 0 ? marks + 1 : 0;
    columns += own;
    if (columns > width || marks > MOST_MARKS) return `${text.slice(0, cut)}…`;
    end += character.length;
    if (columns <= width - 1) cut = end;
  }
  return text;
}

export interface TableOptions {
  /** Columns of the terminal. */
  width: number;
  /** Columns that are never cut, e.g. IDs that are there to be copied. */
  whole?: readonly number[];
}

/** Rows as lines: columns aligned, the widest cut until all fit, nothing after the last cell. */
export function table(rows: readonly (readonly string[])[], { width, whole = [] }: TableOptions): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, i) => Math.max(...rows.map((row) => textWidth(row[i] ?? ''))));
  const total = () =>
    widths.reduce((sum, column) => sum + column, 0) + GAP.length * widths.filter((column) => column > 0).length;
  while (total() - GAP.length > width) {
    const cut = widths.reduce<number>((widest, column, i) => {
      if (whole.includes(i) || column <= MIN_COLUMN) return widest;
      return widest < 0 || column > (widths[widest] ?? 0) ? i : widest;
    }, -1);
    if (cut < 0) break;
    widths[cut] = (widths[cut] ?? 0) - 1;
  }
  return rows.map((row) =>
    widths
      .flatMap((column, i) => {
        if (column === 0) return [];
        // Without bounds a program reads it, and gets all of it.
        const isWhole = whole.includes(i) || width === Number.POSITIVE_INFINITY;
        const cell = isWhole ? (row[i] ?? '') : fitted(row[i] ?? '', column);
        return [cell + ' '.repeat(Math.max(0, column - textWidth(cell)))];
      })
      .join(GAP)
      .trimEnd(),
  );
}
