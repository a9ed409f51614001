/**
 * The attestation keys of the software key. They are no secrets: each private key is derived from a label that says
 * TEST, and the subject of each certificate says that it is no real authenticator. They prove nothing; they let clients
 * be tested with attestation.
 */
import { createHash } from 'node:crypto';
import { concat, fromHex, utf8 } from '../../encoding/bytes.ts';
import { COSE_ALG } from '../../encoding/cose.ts';
import { signatureAlgorithm } from '../elliptic-curve.ts';
import type { Model } from '../models/model.ts';
import {
  bitString,
  booleanTrue,
  explicit,
  integer,
  objectIdentifier,
  octetString,
  printableString,
  sequence,
  set,
  utcTime,
  utf8String,
} from './der.ts';

export interface AttestationKey {
  /** P-256 scalar, 32 bytes; not a secret. */
  readonly privateKey: Uint8Array;
  /** X.509, DER. */
  readonly certificate: Uint8Array;
}

const OID = {
  ecPublicKey: objectIdentifier('1.2.840.10045.2.1'),
  prime256v1: objectIdentifier('1.2.840.10045.3.1.7'),
  ecdsaWithSha256: objectIdentifier('1.2.840.10045.4.3.2'),
  countryName: objectIdentifier('2.5.4.6'),
  organizationName: objectIdentifier('2.5.4.10'),
  organizationalUnitName: objectIdentifier('2.5.4.11'),
  commonName: objectIdentifier('2.5.4.3'),
  basicConstraints: objectIdentifier('2.5.29.19'),
  /** id-fido-gen-ce-aaguid (WebAuthn §8.2.1). */
  fidoAaguid: objectIdentifier('1.3.6.1.4.1.45724.1.1.4'),
  /** id-fido-gen-ce-sernum (WebAuthn §8.2.2): the certificate tells one key from another. */
  fidoSernum: objectIdentifier('1.3.6.1.4.1.45724.1.1.2'),
};

const es256 = signatureAlgorithm(COSE_ALG.ES256);
const keys = new Map<string, AttestationKey>();

/** The key that all software keys of a model share; made when first needed, always the same. */
export function batchAttestationKey(model: Model): AttestationKey {
  return remembered(`${model.id}`, model);
}

/** The key of one software key, for enterprise attestation. */
export function enterpriseAttestationKey(model: Model, serial: number): AttestationKey {
  return remembered(`${model.id}, serial ${serial}`, model, serial);
}

function remembered(subject: string, model: Model, serial?: number): AttestationKey {
  let key = keys.get(subject);
  if (!key) {
    key = makeKey(subject, model, serial);
    keys.set(subject, key);
  }
  return key;
}

function makeKey(subject: string, model: Model, serial: number | undefined): AttestationKey {
  const label = `seckey TEST attestation key, known to everybody: ${subject}`;
  const privateKey = es256.privateKey(digest('sha384', label));
  const extensions = [
    sequence(OID.basicConstraints, booleanTrue, octetString(sequence())),
    sequence(OID.fidoAaguid, octetString(octetString(fromHex(model.aaguid.replaceAll('-', ''))))),
  ];
  if (serial !== undefined) {
    extensions.push(sequence(OID.fidoSernum, octetString(octetString(utf8(String(serial))))));
  }
  // Different for each subject, as serial numbers of one issuer have to be.
  const serialNumber = digest('sha256', label).subarray(0, 8);
  return { privateKey, certificate: certificate(privateKey, subject, serialNumber, extensions) };
}

/** Self-issued, version 3, as WebAuthn §8.2.1 wants the certificates of packed attestation. */
function certificate(
  privateKey: Uint8Array,
  subject: string,
  serialNumber: Uint8Array,
  extensions: readonly Uint8Array[],
): Uint8Array {
  const signatureAlgorithmId = sequence(OID.ecdsaWithSha256);
  const name = distinguishedName(`TEST ${subject}`);
  const toBeSigned = sequence(
    explicit(0, integer(Uint8Array.of(2))),
    integer(serialNumber),
    signatureAlgorithmId,
    name,
    sequence(utcTime('200101000000Z'), utcTime('491231235959Z')),
    name,
    subjectPublicKeyInfo(privateKey),
    explicit(3, sequence(...extensions)),
  );
  return sequence(toBeSigned, signatureAlgorithmId, bitString(es256.sign(privateKey, toBeSigned)));
}

function distinguishedName(commonName: string): Uint8Array {
  const attribute = (type: Uint8Array, value: Uint8Array) => set(sequence(type, value));
  return sequence(
    // ISO 3166 never assigns ZZ to a country.
    attribute(OID.countryName, printableString('ZZ')),
    attribute(OID.organizationName, utf8String('seckey software key, not a real authenticator')),
    attribute(OID.organizationalUnitName, utf8String('Authenticator Attestation')),
    attribute(OID.commonName, utf8String(commonName)),
  );
}

function subjectPublicKeyInfo(privateKey: Uint8Array): Uint8Array {
  const key = es256.publicKey(privateKey);
  if (key.kty !== 'EC2') throw new TypeError('attestation keys are on P-256');
  return sequence(sequence(OID.ecPublicKey, OID.prime256v1), bitString(concat(Uint8Array.of(4), key.x, key.y)));
}

function digest(algorithm: 'sha256' | 'sha384', label: string): Uint8Array {
  return new Uint8Array(createHash(algorithm).update(label).digest());
}
