/** The PIN of a key: its state, setting, changing and verifying it (CTAP 2.3 §6.5). */

export {
  changePin as change,
  type PinStatus,
  pinStatus as status,
  setPin as set,
  verifyPin as verify,
} from './pin.ts';
export { supportsPin as supports } from './requirements.ts';
export {
  checkNewPin as checkNew,
  generatePin as generate,
  normalizePin as normalize,
  type PinRules,
  pinRules as rules,
} from './text.ts';
export type { PinInteraction } from './tries.ts';
