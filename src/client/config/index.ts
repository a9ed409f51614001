/** Settings that stay on a key (CTAP 2.3 §6.11). */
export {
  type AuthenticatorSettings,
  authenticatorSettings as settings,
  type ChangeOptions,
  enableEnterpriseAttestation,
  enableLongTouchForReset,
  type SettingsChange,
  setAlwaysUv,
  supportsConfig as supports,
} from './config.ts';
export { type MinPinLength, setMinPinLength } from './min-pin-length.ts';
