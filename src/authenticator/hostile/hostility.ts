/**
 * What a hostile model does in place of what the honest key behind it would: one layer between that key and its client,
 * at one of three heights. The honest key knows nothing of it.
 */
import type { CommandName } from '../../ctap2/commands/index.ts';

export interface Hostility {
  /** Answers to CTAP2 commands; the first rule that fits decides, and what no rule is about is answered honestly. */
  readonly answers?: readonly AnswerRule[];
  /** What becomes of CTAPHID packets; made anew each time the key is opened. */
  readonly packets?: () => PacketTrick;
  /** What becomes of APDUs; likewise. */
  readonly apdus?: () => ApduTrick;
  /** Loses power at the nth CTAP2 command since it was loaded, once, and answers nothing. */
  readonly unplugs?: { readonly exchange: number; readonly when: 'before the command' | 'after the command' };
}

export interface AnswerRule {
  /** Absent: all of them. */
  readonly command?: CommandName;
  /** Absent: all of them. */
  readonly subCommand?: number | readonly number[];
  /** The honest key does not get the request. `honest` is then status 00 alone. */
  readonly ignored?: boolean;
  /** Answers as it did the first time, for ever. */
  readonly repeats?: boolean;
  /** Absent: as the honest key answers, or answered then. */
  readonly answer?: Forgery;
}

/** largeBlobs has no subcommands; rules tell its two uses apart by the members `get` and `set`. */
export const LARGE_BLOBS = { read: 0x01, write: 0x02 } as const;

/**
 * @param honest status ‖ CBOR as the honest key answers
 * @param nth how often the rule was asked for, from 1
 */
export type Forgery = (honest: Uint8Array, nth: number) => Uint8Array;

/** Both ends of the wire, as a trick reaches them. */
export interface WireEnds {
  toClient(packet: Uint8Array): void;
  toKey(packet: Uint8Array): void;
  /** Calls `work` every `ms` until the wire is closed. */
  every(ms: number, work: () => void): void;
}

/** What is left out goes through as it is. */
export interface PacketTrick {
  fromKey?(packet: Uint8Array, ends: WireEnds): void;
  fromClient?(packet: Uint8Array, ends: WireEnds): void;
}

/** @param honest passes an APDU to the honest card */
export type ApduTrick = (apdu: Uint8Array, honest: (apdu: Uint8Array) => Promise<Uint8Array>) => Promise<Uint8Array>;
