/** What a trace shows in place of texts and byte strings that must not be shown but have to be told apart. */
import { toHex } from '../encoding/bytes.ts';

/** One for each trace. */
export interface TraceAliases {
  /** `<N characters #n>`, with the same n for the same text. */
  text(value: string): string;
  /** `<N bytes #n>`, with the same n for the same bytes. Texts are counted apart. */
  bytes(value: Uint8Array): string;
}

/** Nothing but length, equality and order of appearance is in an alias. */
export class NumberedAliases implements TraceAliases {
  readonly #texts = new Map<string, number>();
  readonly #bytes = new Map<string, number>();

  text(value: string): string {
    return `<${value.length} characters #${numberOf(value, this.#texts)}>`;
  }

  bytes(value: Uint8Array): string {
    return `<${value.length} bytes #${numberOf(toHex(value), this.#bytes)}>`;
  }
}

function numberOf(value: string, known: Map<string, number>): number {
  const number = known.get(value) ?? known.size + 1;
  known.set(value, number);
  return number;
}
