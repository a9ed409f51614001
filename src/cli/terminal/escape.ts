/** Makes text from keys and relying parties harmless on a terminal. */

// Controls (C0, C1, DEL), bidirectional marks, embeddings, overrides and isolates, line and paragraph separators,
// zero-width and other invisible formatting characters, tags, and lone surrogates.
const DANGEROUS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/** `text` with control, bidirectional and invisible characters written as `\u{…}`. */
export function escaped(text: string): string {
  return text.replace(DANGEROUS, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** `value` as JSON that is harmless on a terminal and means the same: those characters are written as `\uXXXX`. */
export function jsonText(value: unknown, indent?: number): string {
  // Line breaks inside strings are escaped already; those that are left are the layout's.
  return JSON.stringify(value, undefined, indent).replace(DANGEROUS, (character) =>
    character === '\n' ? character : character.split('').map(jsonEscape).join(''),
  );
}

function jsonEscape(codeUnit: string): string {
  return `\\u${codeUnit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
