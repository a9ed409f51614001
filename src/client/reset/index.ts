/** Factory reset, with the replug and the touch that belong to it (CTAP 2.3 §6.6). */
export { checkReset as check, type ResetCheckOptions, supportsReset as supports } from './check.ts';
export {
  type InsertionGesture,
  type RemovalGesture,
  type ResetGestures,
  resetGestures as gestures,
  type TouchGesture,
} from './gestures.ts';
export type { KeyFinder } from './replug.ts';
export { type ResetInteraction, type ResetOptions, resetKey as run } from './reset.ts';
