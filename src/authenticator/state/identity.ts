import { toHex } from '../../encoding/bytes.ts';
import type { Environment } from '../environment.ts';
import type { Section } from './section.ts';

/** What tells this key from others until it is reset (CTAP 2.3 §6.4, members 19 and 1E). */
export interface Identity {
  /** Plaintext of encIdentifier, 16 bytes; changes on reset only. */
  deviceIdentifier: Uint8Array;
  /** Plaintext of encCredStoreState, 16 bytes; see {@link renewCredStoreState}. */
  credStoreState: Uint8Array;
  /** The token with permission pcmr, 32 bytes; dies with a change of PIN. */
  persistentPinUvAuthToken: Uint8Array;
}

export const identitySection: Section<Identity> = {
  initial: (_model, { randomBytes }) => ({
    deviceIdentifier: randomBytes(16),
    credStoreState: randomBytes(16),
    persistentPinUvAuthToken: randomBytes(32),
  }),
  toJson: (identity) => ({
    deviceIdentifier: toHex(identity.deviceIdentifier),
    credStoreState: toHex(identity.credStoreState),
    persistentPinUvAuthToken: toHex(identity.persistentPinUvAuthToken),
  }),
  fromJson: (reader) => ({
    deviceIdentifier: reader.member('deviceIdentifier').bytes(16),
    credStoreState: reader.member('credStoreState').bytes(16),
    persistentPinUvAuthToken: reader.member('persistentPinUvAuthToken').bytes(32),
  }),
};

/** To be called whenever a discoverable credential is made, overwritten, changed or deleted. */
export function renewCredStoreState(identity: Identity, { randomBytes }: Pick<Environment, 'randomBytes'>): void {
  identity.credStoreState = randomBytes(16);
}
