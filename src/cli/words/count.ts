/** Numbers with what they count. */

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** ` (1 try left)`; nothing if the key does not tell. */
export function triesLeft(retries: number | undefined): string {
  return retries === undefined ? '' : ` (${retries} ${retries === 1 ? 'try' : 'tries'} left)`;
}
