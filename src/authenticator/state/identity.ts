import { toHex } from '../../encoding/bytes.ts';
import type { Environment } from '../environment.ts';
import type { Section } from './section.ts';

/** What getInfo members encIdentifier (0x19) and encCredStoreState (0x1E) hold, and their key (CTAP 2.3 §6.4). */
export interface Identity {
  /** Plaintext of encIdentifier, 16 bytes; changes on reset only. */
  deviceIdentifier: Uint8Array;
  /** Plaintext of encCredStoreState, 16 bytes; see {@link renewCredStoreState}. */
  credStoreState: Uint8Array;
  /** The token with permission pcmr, 32 bytes; a change of the PIN replaces it. */
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
