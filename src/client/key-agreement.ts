import { createECDH } from 'node:crypto';
import { CLIENT_PIN_SUBCOMMAND, clientPIN } from '../ctap2/commands/client-pin.ts';
import type { AuthenticatorInfo } from '../ctap2/commands/get-info.ts';
import {
  PIN_UV_AUTH_PROTOCOLS,
  type PinUvAuthProtocol,
  type PinUvAuthProtocolNumber,
} from '../ctap2/pin-uv-auth-protocol.ts';
import { concat, wipe } from '../encoding/bytes.ts';
import type { CborMap } from '../encoding/cbor.ts';
import { keyAgreementFromCose, keyAgreementToCose } from '../encoding/cose.ts';
import { FidoError } from '../errors.ts';
import type { Session } from './session.ts';

/** A shared secret with the key, for one exchange of PINs or tokens. Call `wipe` when done. */
export interface KeyAgreement {
  readonly protocol: PinUvAuthProtocol;
  /** The platform's public key, to be sent along. */
  readonly platformKey: CborMap;
  readonly sharedSecret: Uint8Array;
  wipe(): void;
}

/**
 * The first PIN/UV auth protocol the key prefers that we know; one if the key names none (CTAP 2.3 §6.5.5.2).
 * @throws {FidoError} `unsupported`
 */
export function choosePinUvAuthProtocol(info: AuthenticatorInfo): PinUvAuthProtocol {
  const offered = info.pinUvAuthProtocols ?? [1];
  const known = offered.find((number): number is PinUvAuthProtocolNumber => number === 1 || number === 2);
  if (known === undefined) {
    if (offered.length === 0) {
      throw new FidoError('unsupported', 'the key speaks no PIN protocol', {
        hint: 'It takes no PIN; what needs one has to be done with the program of its maker.',
      });
    }
    throw new FidoError('unsupported', `the key speaks only PIN protocols unknown to seckey: ${offered.join(', ')}`, {
      hint: 'Update seckey: the key is newer than it.',
    });
  }
  return PIN_UV_AUTH_PROTOCOLS[known];
}

/** authenticatorClientPIN getKeyAgreement, then ECDH with a fresh platform key (CTAP 2.3 §6.5.5.4). One exchange. */
export async function agreeOnKey(session: Session): Promise<KeyAgreement> {
  const protocol = choosePinUvAuthProtocol(await session.info());
  const { keyAgreement } = await session.call(clientPIN, {
    pinUvAuthProtocol: protocol.number,
    subCommand: CLIENT_PIN_SUBCOMMAND.getKeyAgreement,
  });
  try {
    return deriveSharedSecret(protocol, keyAgreement);
  } catch (error) {
    throw new FidoError('malformed-response', 'the key sent a public key that is not valid, so no PIN is sent to it', {
      cause: error,
    });
  }
}

/**
 * The platform's half, apart from the exchange, so that vectors can give its private key.
 * @throws {Error} if `authenticatorKey` is no P-256 key in COSE form, or not on the curve.
 */
export function deriveSharedSecret(
  protocol: PinUvAuthProtocol,
  authenticatorKey: CborMap | undefined,
  platformPrivateKey?: Uint8Array,
): KeyAgreement {
  const { x, y } = keyAgreementFromCose(authenticatorKey);
  const ecdh = createECDH('prime256v1');
  if (platformPrivateKey) ecdh.setPrivateKey(platformPrivateKey);
  else ecdh.generateKeys();
  const z = ecdh.computeSecret(concat(Uint8Array.of(0x04), x, y));
  const sharedSecret = protocol.kdf(z);
  const publicKey = ecdh.getPublicKey();
  wipe(z);
  return {
    protocol,
    platformKey: keyAgreementToCose({
      x: Uint8Array.from(publicKey.subarray(1, 33)),
      y: Uint8Array.from(publicKey.subarray(33)),
    }),
    sharedSecret,
    wipe: () => wipe(sharedSecret),
  };
}
