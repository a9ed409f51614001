/**
 * The software key as a library (`seckey/authenticator`): a CTAP2 authenticator, its two endpoints, and ways to serve
 * it.
 */
export { Authenticator, type ProcessOptions } from './authenticator.ts';
export { addDemoContent } from './demo.ts';
export type {
  AuthenticatorTransport,
  EnrollSampleAnswer,
  EnrollSampleRequest,
  Environment,
  UserPresenceAnswer,
  UserPresenceRequest,
  UserVerificationAnswer,
  UserVerificationRequest,
} from './environment.ts';
export { HidEndpoint, type HidEndpointOptions } from './hid-endpoint.ts';
export { MODELS, type Model, modelById } from './models.ts';
export { NfcEndpoint, type NfcEndpointOptions } from './nfc-endpoint.ts';
export type { PluggedKey, ServingEnd } from './serve/plugged-key.ts';
export { serveUhid, type UhidOptions } from './serve/uhid.ts';
export { serveVpcd, type VpcdOptions } from './serve/vpcd.ts';
export type { AuthenticatorStateJson } from './state/stored-state.ts';
export { type AuthenticatorState, createState, stateFromJson, stateToJson } from './state.ts';
export { VirtualKeyStore } from './store/store.ts';
