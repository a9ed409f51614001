/** Work on many keys, one after the other: it speaks in {@link FleetEvent}s, and keeps a {@link Journal}. */
export { type BatchOptions, type BatchOutcome, resetBatch } from './batch.ts';
export type { BatchEnd, FleetEvent, FleetReporter } from './events.ts';
export { openFileJournal } from './file-journal.ts';
export { type BatchSignature, type Journal, type JournalEntry, JournalError, signBatch } from './journal.ts';
export { type FleetFinder, KeyQueue } from './queue.ts';
export { type ResetPorts, resetOne } from './reset-one.ts';
