/**
 * Authenticator data (WebAuthn §6.1): what a key signs, and where a client finds the public key of a new credential.
 */
import { concat } from '../encoding/bytes.ts';
import { type CborMap, decodeCborTolerant, encodeCbor, firstCborLength } from '../encoding/cbor.ts';
import { SchemaError } from './schema.ts';

export const AUTHENTICATOR_DATA_FLAG = {
  /** User present. */
  UP: 0x01,
  /** User verified. */
  UV: 0x04,
  /** Backup eligible. */
  BE: 0x08,
  /** Backed up. */
  BS: 0x10,
  /** Attested credential data included. */
  AT: 0x40,
  /** Extension data included. */
  ED: 0x80,
} as const;

export interface AttestedCredentialData {
  /** 16 bytes. */
  aaguid: Uint8Array;
  credentialId: Uint8Array;
  /** A COSE_Key. */
  credentialPublicKey: CborMap;
}

export interface AuthenticatorData {
  /** SHA-256 of the RP ID, 32 bytes. */
  rpIdHash: Uint8Array;
  /** Bits of {@link AUTHENTICATOR_DATA_FLAG}. */
  flags: number;
  /** 32 bits. */
  signCount: number;
  attestedCredentialData?: AttestedCredentialData | undefined;
  extensions?: CborMap | undefined;
}

const { AT, ED } = AUTHENTICATOR_DATA_FLAG;
const HEAD_LENGTH = 32 + 1 + 4;
const AAGUID_LENGTH = 16;

/**
 * Reads authenticator data. Bytes left over are an error.
 * @throws {CborError | SchemaError}
 */
export function parseAuthenticatorData(bytes: Uint8Array): AuthenticatorData {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const take = (length: number, name: string): Uint8Array => {
    if (at + length > bytes.length) throw new SchemaError('missing', `authData.${name}`, '');
    at += length;
    return Uint8Array.from(bytes.subarray(at - length, at));
  };
  const takeMap = (name: string): CborMap => {
    if (at === bytes.length) throw new SchemaError('missing', `authData.${name}`, '');
    const value = decodeCborTolerant(take(firstCborLength(bytes.subarray(at)), name));
    if (!(value instanceof Map)) throw new SchemaError('type', `authData.${name}`, 'a map');
    return value;
  };

  const rpIdHash = take(32, 'rpIdHash');
  take(5, 'signCount');
  const [flags, signCount] = [view.getUint8(32), view.getUint32(33)];
  const result: AuthenticatorData = { rpIdHash, flags, signCount };
  if (flags & AT) {
    const aaguid = take(AAGUID_LENGTH, 'aaguid');
    take(2, 'credentialIdLength');
    const credentialId = take(view.getUint16(at - 2), 'credentialId');
    result.attestedCredentialData = { aaguid, credentialId, credentialPublicKey: takeMap('credentialPublicKey') };
  }
  if (flags & ED) result.extensions = takeMap('extensions');
  if (at !== bytes.length) throw new SchemaError('type', 'authData', `${at} bytes long`);
  return result;
}

/**
 * Writes authenticator data. Flags AT and ED follow from the parts that are present, whatever `flags` say.
 * @throws {RangeError} if a part has no acceptable length.
 */
export function buildAuthenticatorData(data: AuthenticatorData): Uint8Array {
  const { rpIdHash, flags, signCount, attestedCredentialData: attested, extensions } = data;
  if (rpIdHash.length !== 32) throw new RangeError('rpIdHash is not 32 bytes');
  const head = new Uint8Array(HEAD_LENGTH);
  head.set(rpIdHash);
  const view = new DataView(head.buffer);
  view.setUint8(32, (flags & ~(AT | ED)) | (attested ? AT : 0) | (extensions ? ED : 0));
  view.setUint32(33, signCount);
  return concat(
    head,
    attested ? buildAttestedCredentialData(attested) : new Uint8Array(0),
    extensions ? encodeCbor(extensions) : new Uint8Array(0),
  );
}

function buildAttestedCredentialData({
  aaguid,
  credentialId,
  credentialPublicKey,
}: AttestedCredentialData): Uint8Array {
  if (aaguid.length !== AAGUID_LENGTH) throw new RangeError('aaguid is not 16 bytes');
  if (credentialId.length > 0xffff) throw new RangeError('credentialId is longer than 65535 bytes');
  const length = Uint8Array.of(credentialId.length >> 8, credentialId.length & 0xff);
  return concat(aaguid, length, credentialId, encodeCbor(credentialPublicKey));
}
