/**
 * Traces (`seckey/trace`): a record of every exchange with a key that can be shown to others. {@link KeyTracer} records all
 * that is found and done, {@link traced} one device; secrets and names are replaced by their length, or by numbers where it
 * matters which are the same; {@link parseTraceLine} reads a line of such a record.
 */
export { NumberedAliases, type TraceAliases } from './aliases.ts';
export type {
  TracedKey,
  TraceEnd,
  TraceEvent,
  TraceKeys,
  TraceLine,
  TraceOpening,
  TraceRemoval,
  TraceResetBlocked,
  TraceSerial,
  TraceStart,
  TraceWink,
} from './events.ts';
export { type KeyFinder, KeyTracer, type TracedListing } from './keys.ts';
export { describeRequest, describeResponse, type TracedMessage, type TraceValue } from './public-values.ts';
export { isTraceLine, parseTraceLine } from './read.ts';
export { type TracedOptions, type TraceRecord, traced } from './trace.ts';
