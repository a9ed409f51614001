import type { PinUvAuthProtocol } from '../../ctap2/pin-uv-auth-protocol.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { wipe } from '../../encoding/bytes.ts';
import type { CborMap } from '../../encoding/cbor.ts';
import { requireExactKeyAgreement } from '../../encoding/cose.ts';
import { type CommandContext, refuse } from '../command-handler.ts';

/**
 * Runs `use` with the secret shared with the platform (CTAP 2.3 §6.5.6, decapsulate) and wipes it afterwards.
 * @param peer the platform's key-agreement key, a COSE_Key
 * @throws {StatusError} CTAP1_ERR_INVALID_PARAMETER (0x02) if `peer` is not exactly a point of the curve in COSE form
 */
export async function withSharedSecret<T>(
  protocol: PinUvAuthProtocol,
  peer: CborMap,
  { volatile }: Pick<CommandContext, 'volatile'>,
  use: (sharedSecret: Uint8Array) => T | Promise<T>,
): Promise<T> {
  const secrets: Uint8Array[] = [];
  try {
    const z = agree(peer);
    secrets.push(z);
    const sharedSecret = protocol.kdf(z);
    secrets.push(sharedSecret);
    return await use(sharedSecret);
  } finally {
    wipe(...secrets);
  }

  function agree(cose: CborMap): Uint8Array {
    try {
      return volatile.keyAgreementKey(protocol.number).agree(requireExactKeyAgreement(cose));
    } catch (error) {
      if (error instanceof RangeError) return refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
      throw error;
    }
  }
}
