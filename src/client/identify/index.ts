/** Which of several keys is which: making one blink, or waiting for the one that is touched. */
export {
  type BlinkOptions,
  blink,
  supportsIdentify as supports,
  type TouchOptions,
  waitForTouch,
} from './identify.ts';
