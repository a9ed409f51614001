/** `seckey config`. */
import type { config } from '../../index.ts';

const ABSENT = 'not on this key';
const onOff = (value: boolean | undefined) => (value === undefined ? ABSENT : value ? 'on' : 'off');

/** Label, value and the specification's name. */
export function settingRows(settings: config.AuthenticatorSettings): string[][] {
  const { minPINLength, forcePINChange, maxRPIDsForSetMinPINLength: rpIds } = settings;
  const mustChange = forcePINChange === undefined ? 'not told' : forcePINChange ? 'yes' : 'no';
  return [
    ['Always verify the user', onOff(settings.alwaysUv), 'alwaysUv'],
    ['Enterprise attestation', onOff(settings.enterpriseAttestation), 'ep'],
    ['Reset wants a long touch', onOff(settings.longTouchForReset), 'longTouchForReset'],
    ['Shortest PIN', minPINLength === undefined ? ABSENT : `${minPINLength} characters`, 'minPINLength'],
    ['PIN must be changed', mustChange, 'forcePINChange'],
    ['Sites that may see its length', rpIds === undefined ? ABSENT : `up to ${rpIds}`, 'maxRPIDsForSetMinPINLength'],
  ];
}

/** What is now true, or already was. */
export function outcome(changed: boolean, now: string): string {
  return changed ? now : `Nothing to do: ${now.charAt(0).toLowerCase()}${now.slice(1)}`;
}

export const ALWAYS_UV_ON = 'The key always verifies its user, by PIN or fingerprint.';
export const ALWAYS_UV_OFF = 'The key verifies its user where a site asks for it.';
export const UNDO_ALWAYS_UV = 'To undo it: seckey config always-uv off';

const IRREVERSIBLE = 'Only a reset turns it off again, and a reset erases everything on the key.';

export const ENTERPRISE_ATTESTATION_CONSENT = {
  what: 'only a reset turns enterprise attestation off again',
  lines: ['This lets the sites that its maker or your company chose see which very key this is.', IRREVERSIBLE],
  question: 'Turn enterprise attestation on?',
};
export const ENTERPRISE_ATTESTATION_ON = 'Enterprise attestation is on.';

export const LONG_TOUCH_CONSENT = {
  what: 'only a reset turns the long touch for a reset off again',
  lines: ['This makes a reset want a long touch.', IRREVERSIBLE],
  question: 'Turn it on?',
};
export const LONG_TOUCH_ON = 'A reset wants a long touch.';
