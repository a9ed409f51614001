/** Texts that a terminal, a person or a program with C strings takes for something else. */

const ESC = '\u001b';
const BEL = '\u0007';

export const HOSTILE_TEXTS: readonly string[] = [
  // Clears the screen, sets the title, writes to the clipboard, asks the terminal to answer.
  `${ESC}[2J${ESC}[H${ESC}]0;owned${BEL}${ESC}]52;c;b3duZWQ=${BEL}${ESC}[c`,
  '\u009b31m\u0090q\u009c',
  // Right-to-left override, isolates, marks, zero width.
  '\u202egro.rekcatta\u2066\u2069\u200f\u200b\ufeff',
  'before\u0000after\u0008\u0008\u0008\u007f\r\n> done',
  `e${'\u0301'.repeat(100)}`,
];

/** Longer than a CTAPHID message can be. */
export const LONG_TEXT: string = 'A'.repeat(65_536);

/** One letter with 3,000 combining marks. */
export const MARKS: string = `Z${'\u0308\u0321'.repeat(1_500)}`;
