/** Attestation statements (WebAuthn §8) and which of them a registration gets (CTAP 2.3 §6.1.2, last steps). */
import { ENTERPRISE_ATTESTATION, type MakeCredentialRequest } from '../../ctap2/commands/make-credential.ts';
import { CTAP_STATUS } from '../../ctap2/status.ts';
import { concat } from '../../encoding/bytes.ts';
import type { CborMap, CborValue } from '../../encoding/cbor.ts';
import { COSE_ALG } from '../../encoding/cose.ts';
import { type CommandContext, refuse } from '../command-handler.ts';
import { currentOptions } from '../current-options.ts';
import { signatureAlgorithm } from '../elliptic-curve.ts';
import type { CredentialSource } from '../key-handle.ts';
import { isBefore21 } from '../models/model.ts';
import { type AttestationKey, batchAttestationKey, enterpriseAttestationKey } from './test-certificate.ts';

export type AttestationFormat = 'packed' | 'fido-u2f' | 'none';

/**
 * Whether this registration gets enterprise attestation.
 * @throws {StatusError} CTAP1_ERR_INVALID_PARAMETER (0x02) if it is not supported or not enabled,
 *   CTAP2_ERR_INVALID_OPTION (0x2C) for a value that the specification does not define
 */
export function getsEnterpriseAttestation(
  { enterpriseAttestation, rp }: Pick<MakeCredentialRequest, 'enterpriseAttestation' | 'rp'>,
  context: CommandContext,
): boolean {
  const { model } = context;
  // The member came with CTAP 2.1; keys before it ignore it like any unknown member.
  if (enterpriseAttestation === undefined || isBefore21(model)) return false;
  if (!currentOptions(context).ep) refuse(CTAP_STATUS.CTAP1_ERR_INVALID_PARAMETER);
  switch (enterpriseAttestation) {
    case ENTERPRISE_ATTESTATION.vendorFacilitated:
      return model.enterpriseRpIds?.includes(rp.id) ?? false;
    case ENTERPRISE_ATTESTATION.platformManaged:
      return true;
    default:
      return refuse(CTAP_STATUS.CTAP2_ERR_INVALID_OPTION);
  }
}

/** The first format that the relying party prefers and the model has; `packed` if there is none. */
export function attestationFormat(
  { attestationFormatsPreference }: Pick<MakeCredentialRequest, 'attestationFormatsPreference'>,
  alg: number,
  { model }: Pick<CommandContext, 'model'>,
): AttestationFormat {
  if (model.specification !== '2.3') return 'packed';
  const formats = [...(model.info.attestationFormats ?? ['packed']), 'none'];
  const isPossible = (format: string): format is AttestationFormat =>
    formats.includes(format) && (format !== 'fido-u2f' || alg === COSE_ALG.ES256);
  return attestationFormatsPreference?.find(isPossible) ?? 'packed';
}

export interface Attested {
  format: AttestationFormat;
  credential: CredentialSource;
  authData: Uint8Array;
  clientDataHash: Uint8Array;
  /** Signed with the certificate of this one key instead of the one that all keys of its model share. */
  enterprise: boolean;
}

/** The attStmt that goes with `format`. */
export function attestationStatement(attested: Attested, { model, state }: CommandContext): CborMap {
  const { format, credential, authData, clientDataHash, enterprise } = attested;
  if (format === 'none') return new Map();
  const message = concat(authData, clientDataHash);
  if (format === 'packed' && model.attestation === 'self' && !enterprise) {
    const sig = signatureAlgorithm(credential.alg).sign(credential.privateKey, message);
    return new Map<CborValue, CborValue>([
      ['alg', credential.alg],
      ['sig', sig],
    ]);
  }
  const key = enterprise ? enterpriseAttestationKey(model, state.serial) : batchAttestationKey(model);
  if (format === 'fido-u2f') {
    return new Map<CborValue, CborValue>([
      ['x5c', [key.certificate]],
      ['sig', signWith(key, registrationBytes(credential, clientDataHash))],
    ]);
  }
  return new Map<CborValue, CborValue>([
    ['alg', COSE_ALG.ES256],
    ['sig', signWith(key, message)],
    ['x5c', [key.certificate]],
  ]);
}

export function signWith({ privateKey }: AttestationKey, message: Uint8Array): Uint8Array {
  return signatureAlgorithm(COSE_ALG.ES256).sign(privateKey, message);
}

/** What a U2F registration signs: `00 ‖ application ‖ challenge ‖ key handle ‖ 04 ‖ x ‖ y` (U2F raw messages §4.3). */
export function registrationBytes(credential: CredentialSource, challenge: Uint8Array): Uint8Array {
  return concat(
    Uint8Array.of(0),
    credential.rpIDHash,
    challenge,
    credential.credentialId,
    uncompressedPoint(credential),
  );
}

/** `04 ‖ x ‖ y`, 65 bytes, of a credential on P-256. */
export function uncompressedPoint({ alg, privateKey }: Pick<CredentialSource, 'alg' | 'privateKey'>): Uint8Array {
  const key = signatureAlgorithm(alg).publicKey(privateKey);
  if (key.kty !== 'EC2' || key.alg !== 'ES256') throw new TypeError('only keys on P-256 have a U2F form');
  return concat(Uint8Array.of(4), key.x, key.y);
}
