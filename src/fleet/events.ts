/**
 * Everything that work on many keys says while it goes on. One union, so that a log, a table and the command line each show
 * it in their own way; nothing in this folder has words for a person.
 */
import type { KeyDescription } from '../keys/describe.ts';
import type { JournalEntry } from './journal.ts';

/**
 * How a batch ended. `count-reached`: as many keys as were asked for had their turn. `none-came`: nobody inserted a key in
 * time. `left`: the person left at the question for a key, which was not touched. `interrupted`: between two keys.
 * `failed`: by what the batch throws, an interruption in the middle of a key included.
 */
export type BatchEnd = 'count-reached' | 'none-came' | 'left' | 'interrupted' | 'failed';

/**
 * In this order: for each key `key-taken`, then `key-reset` and `entry`, or `entry` and `key-failed`. `waiting-for-key` comes
 * before a key that was not there yet, `batch-ended` comes last, whatever happens.
 *
 * Strings of a key are as the key gave them; escape them before showing.
 */
export type FleetEvent =
  /** No key is there that has not had its turn. Said once per wait. */
  | {
      readonly kind: 'waiting-for-key';
      /** When the wait ends by itself (epoch ms); undefined if it does not. */
      readonly deadline: number | undefined;
    }
  /** A key has its turn. */
  | {
      readonly kind: 'key-taken';
      /** From 1 on. */
      readonly number: number;
      readonly key: KeyDescription;
    }
  /** It was reset and may be taken out. `key` is what it was before; its id may go with the port. */
  | { readonly kind: 'key-reset'; readonly number: number; readonly key: KeyDescription }
  /** What is to be kept of a key, right before it is written to the journal, or without one. */
  | { readonly kind: 'entry'; readonly entry: JournalEntry }
  /** The journal did not take it, so this event is all that is left of it. The batch ends. */
  | { readonly kind: 'entry-lost'; readonly entry: JournalEntry; readonly error: unknown }
  /** It was not reset. `error` is mostly a FidoError, which says what is known of the key. */
  | {
      readonly kind: 'key-failed';
      readonly number: number;
      readonly key: KeyDescription;
      readonly error: unknown;
      /** False after an interruption and after what is a bug: the batch throws `error`. */
      readonly goesOn: boolean;
    }
  | {
      readonly kind: 'batch-ended';
      readonly ended: BatchEnd;
      /** Keys that were reset. */
      readonly reset: number;
      /** Keys that had their turn and were not. */
      readonly failed: number;
    };

/** Takes events as they happen. Must not throw; what it does is not waited for. */
export type FleetReporter = (event: FleetEvent) => void;
