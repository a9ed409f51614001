/**
 * Puts together the parts of a software key of any model. What a hostile model forges is inserted here and nowhere
 * else.
 */
import { Authenticator } from './authenticator.ts';
import type { Environment } from './environment.ts';
import { HidEndpoint, type HidEndpointOptions } from './hid-endpoint.ts';
import { HostileAuthenticator } from './hostile/hostile-authenticator.ts';
import { type PluggedCard, type PluggedHid, withApduTrick, withPacketTrick } from './hostile/hostile-wires.ts';
import type { Model } from './models/model.ts';
import { NfcEndpoint, type NfcEndpointOptions } from './nfc-endpoint.ts';
import type { AuthenticatorState } from './state.ts';

/** @param unplug takes the key out of its port or reader; only hostile models call it */
export function createAuthenticator(
  model: Model,
  state: AuthenticatorState,
  environment: Environment,
  unplug: () => void = () => {},
): Authenticator {
  if (!model.hostile) return new Authenticator(model, state, environment);
  return Object.assign(new HostileAuthenticator(model, state, environment), { unplug });
}

export function createHidEndpoint(authenticator: Authenticator, options: HidEndpointOptions): PluggedHid {
  const plug = (send: (packet: Uint8Array) => void) => new HidEndpoint(authenticator, { ...options, send });
  const trick = authenticator.model.hostile?.packets?.();
  return trick ? withPacketTrick(trick, options.send, plug) : plug(options.send);
}

/** @throws {RangeError} if the model has no card interface */
export function createNfcEndpoint(authenticator: Authenticator, options: NfcEndpointOptions = {}): PluggedCard {
  const honest = new NfcEndpoint(authenticator, options);
  const trick = authenticator.model.hostile?.apdus?.();
  return trick ? withApduTrick(trick, honest) : honest;
}
