import type { PinUvAuthProtocolNumber } from '../../ctap2/pin-uv-auth-protocol.ts';
import { KeyAgreementKey } from '../elliptic-curve.ts';
import type { Environment } from '../environment.ts';
import { PinUvAuthToken, type TokenGrant } from '../pin-uv-auth/pin-uv-auth-token.ts';
import { StatefulSequence } from '../stateful-sequence.ts';

/** What is in memory only and lost at power-off: key agreement keys, the pinUvAuthToken, a sequence of commands. */
export class VolatileState {
  readonly sequence: StatefulSequence = new StatefulSequence();
  readonly #randomBytes: Environment['randomBytes'];
  readonly #keys = new Map<PinUvAuthProtocolNumber, KeyAgreementKey>();
  #token: PinUvAuthToken | undefined;

  constructor({ randomBytes }: Pick<Environment, 'randomBytes'>) {
    this.#randomBytes = randomBytes;
  }

  /** Made when first needed, because it is the slowest computation of the software key. */
  keyAgreementKey(protocol: PinUvAuthProtocolNumber): KeyAgreementKey {
    let key = this.#keys.get(protocol);
    if (!key) {
      key = new KeyAgreementKey(this.#randomBytes);
      this.#keys.set(protocol, key);
    }
    return key;
  }

  /** To be called after every wrong PIN, so that a recorded request cannot be sent again. */
  regenerateKeyAgreementKey(protocol: PinUvAuthProtocolNumber): void {
    this.#keys.get(protocol)?.wipe();
    this.#keys.delete(protocol);
  }

  get token(): PinUvAuthToken | undefined {
    return this.#token;
  }

  /** A new token invalidates all older ones, of both protocols. */
  issueToken(grant: TokenGrant): void {
    this.voidToken();
    this.#token = new PinUvAuthToken(grant);
  }

  voidToken(): void {
    this.sequence.end();
    this.#token?.wipe();
    this.#token = undefined;
  }

  clear(): void {
    this.voidToken();
    for (const key of this.#keys.values()) key.wipe();
    this.#keys.clear();
  }
}
