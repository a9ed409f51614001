/** The PIN of a key: its state, setting, changing and verifying it (CTAP 2.3 §6.5). */

export { type PinStatus, pinStatus as status, verifyPin as verify } from './pin.ts';
export { supportsPin as supports } from './requirements.ts';
export { changePin as change, setPin as set } from './set.ts';
export {
  checkNewPin as checkNew,
  generatePin as generate,
  normalizePin as normalize,
  type PinRules,
  pinRules as rules,
} from './text.ts';
export { type PinInteraction, triesLeft } from './tries.ts';
