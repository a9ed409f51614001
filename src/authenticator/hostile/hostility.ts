/**
 * How a hostile model differs from an honest key: a layer between that key and its client, which changes CTAP2 answers,
 * CTAPHID packets or APDUs. The honest key itself is unchanged.
 */
import type { CommandName } from '../../ctap2/commands/index.ts';

export interface Hostility {
  /** Answers to CTAP2 commands. The first rule that applies decides; without one, the honest answer is sent. */
  readonly answers?: readonly AnswerRule[];
  /** What happens to CTAPHID packets; called each time the key is opened. */
  readonly packets?: () => PacketTrick;
  /** What happens to APDUs; called each time the key is opened. */
  readonly apdus?: () => ApduTrick;
  /**
   * Loses power once, at the CTAP2 command of this number since the key was loaded (from 1), and does not answer it.
   */
  readonly unplugs?: { readonly exchange: number; readonly when: 'before the command' | 'after the command' };
}

export interface AnswerRule {
  /** Absent: every command. */
  readonly command?: CommandName;
  /** Absent: every subcommand. */
  readonly subCommand?: number | readonly number[];
  /** The honest key does not get the request; `honest` is then CTAP2_OK (0x00) alone. */
  readonly ignored?: boolean;
  /** Repeats its first successful answer for ever. */
  readonly repeats?: boolean;
  /** Absent: the honest answer, with `repeats` the first one. */
  readonly answer?: Forgery;
}

/**
 * In rules for largeBlobs, which has no subcommands, these stand for its two uses: by the keys of members `get` and
 * `set`.
 */
export const LARGE_BLOBS = { read: 0x01, write: 0x02 } as const;

/**
 * @param honest status ‖ CBOR as the honest key answers
 * @param nth how often the rule has applied, from 1
 */
export type Forgery = (honest: Uint8Array, nth: number) => Uint8Array;

/** What a trick can do: send packets to either end, and repeat something in time. */
export interface WireEnds {
  toClient(packet: Uint8Array): void;
  toKey(packet: Uint8Array): void;
  /** Calls `work` every `ms` milliseconds until the key is closed. */
  every(ms: number, work: () => void): void;
}

/** A direction without function is passed on unchanged. */
export interface PacketTrick {
  fromKey?(packet: Uint8Array, ends: WireEnds): void;
  fromClient?(packet: Uint8Array, ends: WireEnds): void;
}

/** @param honest passes an APDU to the honest card */
export type ApduTrick = (apdu: Uint8Array, honest: (apdu: Uint8Array) => Promise<Uint8Array>) => Promise<Uint8Array>;
