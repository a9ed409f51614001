/** The credentials that the key stores, and what it needs for those that live in their ID. */
import type { CredProtect } from '../../ctap2/extensions/cred-protect.ts';
import { shortenRpId } from '../../ctap2/rp-id.ts';
import { equalBytes, toHex, utf8, wipe } from '../../encoding/bytes.ts';
import { COSE_ALG } from '../../encoding/cose.ts';
import type { Environment } from '../environment.ts';
import { isBefore21, type Model } from '../models/model.ts';
import type { JsonObject, JsonReader } from './json-reader.ts';
import type { Section } from './section.ts';

export interface StoredUser {
  id: Uint8Array;
  name?: string | undefined;
  displayName?: string | undefined;
  /** On keys before 2.1. */
  icon?: string | undefined;
}

/** A discoverable credential (CTAP 2.3 §6.1). */
export interface DiscoverableCredential {
  readonly credentialId: Uint8Array;
  /** SHA-256 of the RP ID: what the credential belongs to. */
  readonly rpIDHash: Uint8Array;
  /** For display; shortened on models that keep only so much (see rp-id.ts). */
  readonly rpId: string;
  readonly rpName?: string | undefined;
  user: StoredUser;
  /** COSE algorithm number. */
  readonly alg: number;
  /** 32 bytes, for ES384 48: a scalar, for EdDSA the seed of RFC 8032. */
  readonly privateKey: Uint8Array;
  readonly credProtect: CredProtect;
  /** Secrets of extension hmac-secret, 32 bytes each: one for verified users, one for others. */
  readonly credRandomWithUV: Uint8Array;
  readonly credRandomWithoutUV: Uint8Array;
  readonly credBlob?: Uint8Array | undefined;
  /** 32 bytes. */
  readonly largeBlobKey?: Uint8Array | undefined;
  readonly thirdPartyPayment: boolean;
  /** Signature counter of the last signature, 32 bits. */
  signCount: number;
}

export interface Credentials {
  /** Oldest first. */
  readonly discoverable: DiscoverableCredential[];
  /**
   * Encrypts the IDs of credentials that are not stored, 32 bytes. A reset replaces it, which makes them all useless.
   */
  readonly wrappingKey: Uint8Array;
  /** Signature counter of the credentials that are not stored. */
  signCount: number;
}

/** Credentials of the RP, newest first. */
export function credentialsOfRp(credentials: Credentials, rpIDHash: Uint8Array): DiscoverableCredential[] {
  return credentials.discoverable.filter((credential) => equalBytes(credential.rpIDHash, rpIDHash)).reverse();
}

export function credentialById(credentials: Credentials, credentialId: Uint8Array): DiscoverableCredential | undefined {
  return credentials.discoverable.find((credential) => equalBytes(credential.credentialId, credentialId));
}

/** How many more the model has room for. Overwriting needs none. */
export function remainingCapacity(credentials: Credentials, model: Model): number {
  return Math.max(0, model.storage.discoverableCredentials - credentials.discoverable.length);
}

/**
 * Whether a credential of this relying party and user can be stored: in a free place, or in place of the one it
 * replaces.
 */
export function hasRoomFor(
  credentials: Credentials,
  model: Model,
  credential: Pick<DiscoverableCredential, 'rpIDHash' | 'user'>,
): boolean {
  return remainingCapacity(credentials, model) > 0 || sameAccount(credentials, credential) !== undefined;
}

/** Stores `credential` as the newest; one of the same RP and user.id is overwritten (CTAP 2.3 §6.1.2, step 16). */
export function addCredential(credentials: Credentials, credential: DiscoverableCredential): void {
  const replaced = sameAccount(credentials, credential);
  if (replaced) deleteCredential(credentials, replaced.credentialId);
  credentials.discoverable.push(credential);
}

function sameAccount(
  { discoverable }: Credentials,
  { rpIDHash, user }: Pick<DiscoverableCredential, 'rpIDHash' | 'user'>,
): DiscoverableCredential | undefined {
  return discoverable.find((other) => equalBytes(other.rpIDHash, rpIDHash) && equalBytes(other.user.id, user.id));
}

/** Deletes a credential and wipes its secrets. False if there is none of that ID. */
export function deleteCredential(credentials: Credentials, credentialId: Uint8Array): boolean {
  const at = credentials.discoverable.findIndex((credential) => equalBytes(credential.credentialId, credentialId));
  const [deleted] = at < 0 ? [] : credentials.discoverable.splice(at, 1);
  if (deleted) {
    const { privateKey, credRandomWithUV, credRandomWithoutUV, credBlob, largeBlobKey } = deleted;
    wipe(privateKey, credRandomWithUV, credRandomWithoutUV, credBlob, largeBlobKey);
  }
  return deleted !== undefined;
}

/**
 * Replaces the names of a credential; those that are absent are erased (CTAP 2.3 §6.8.6). False if there is no
 * credential of that ID. The caller checks that `user.id` is still the same.
 * @param user as {@link storedUser} gives it
 */
export function updateUser(credentials: Credentials, credentialId: Uint8Array, user: StoredUser): boolean {
  const credential = credentialById(credentials, credentialId);
  if (!credential) return false;
  credential.user = user;
  return true;
}

/** An `icon` of this many bytes must be kept, a longer one need not (WebAuthn Level 1 §5.4.1). Level 2 has none. */
const MAX_ICON_LENGTH = 128;

/** The members of a user that this model stores, without undefined ones. */
export function storedUser({ id, name, displayName, icon }: StoredUser, model: Model): StoredUser {
  const keepsIcon = icon !== undefined && isBefore21(model) && utf8(icon).length <= MAX_ICON_LENGTH;
  const keepsDisplayName = displayName !== undefined && !model.quirks.namesNotKept?.includes('displayName');
  return {
    id,
    ...(keepsIcon && { icon }),
    ...(name !== undefined && { name }),
    ...(keepsDisplayName && { displayName }),
  };
}

/** The relying party's name, if this model stores it. */
export function storedRpName(name: string | undefined, { quirks }: Pick<Model, 'quirks'>): { rpName?: string } {
  return name === undefined || quirks.namesNotKept?.includes('rpName') ? {} : { rpName: name };
}

/** The RP ID as this model stores it. */
export function storedRpId(rpId: string, model: Model): string {
  const { rpIdLength } = model.storage;
  return rpIdLength === undefined ? rpId : shortenRpId(rpId, rpIdLength);
}

/** Bytes of a private key of the COSE algorithm `alg`. */
export function privateKeyLength(alg: number): number {
  return alg === COSE_ALG.ES384 ? 48 : 32;
}

const MAX_SIGN_COUNT = 0xffff_ffff;

export const credentialsSection: Section<Credentials> = {
  initial: (_model: Model, { randomBytes }: Pick<Environment, 'randomBytes'>) => ({
    discoverable: [],
    wrappingKey: randomBytes(32),
    signCount: 0,
  }),
  toJson: ({ discoverable, wrappingKey, signCount }) => ({
    discoverable: discoverable.map(credentialToJson),
    wrappingKey: toHex(wrappingKey),
    signCount,
  }),
  fromJson: (reader, model) => {
    const list = reader.member('discoverable');
    const discoverable = list.list().map((credential) => credentialFromJson(credential, model));
    if (discoverable.length > model.storage.discoverableCredentials) {
      list.refuse(`a list of at most ${model.storage.discoverableCredentials}`);
    }
    if (new Set(discoverable.map(({ credentialId }) => toHex(credentialId))).size < discoverable.length) {
      list.refuse('a list of credentials with different IDs');
    }
    return {
      discoverable,
      wrappingKey: reader.member('wrappingKey').bytes(32),
      signCount: reader.member('signCount').integer(0, MAX_SIGN_COUNT),
    };
  },
};

function credentialToJson(credential: DiscoverableCredential): JsonObject {
  const { rpId, rpName, user, alg, credProtect, credBlob, largeBlobKey, thirdPartyPayment, signCount } = credential;
  return {
    credentialId: toHex(credential.credentialId),
    rpIDHash: toHex(credential.rpIDHash),
    rpId,
    ...(rpName !== undefined && { rpName }),
    user: {
      id: toHex(user.id),
      ...(user.icon !== undefined && { icon: user.icon }),
      ...(user.name !== undefined && { name: user.name }),
      ...(user.displayName !== undefined && { displayName: user.displayName }),
    },
    alg,
    privateKey: toHex(credential.privateKey),
    credProtect,
    credRandomWithUV: toHex(credential.credRandomWithUV),
    credRandomWithoutUV: toHex(credential.credRandomWithoutUV),
    ...(credBlob && { credBlob: toHex(credBlob) }),
    ...(largeBlobKey && { largeBlobKey: toHex(largeBlobKey) }),
    thirdPartyPayment,
    signCount,
  };
}

function credentialFromJson(reader: JsonReader, model: Model): DiscoverableCredential {
  const algReader = reader.member('alg');
  const alg = algReader.integer(-0x1_0000, 0);
  if (!model.info.algorithms.includes(alg)) algReader.refuse(`an algorithm of ${model.id}`);
  const [rpName, credBlob, largeBlobKey] = ['rpName', 'credBlob', 'largeBlobKey'].map((name) => reader.optional(name));
  return {
    credentialId: reader.member('credentialId').bytes(),
    rpIDHash: reader.member('rpIDHash').bytes(32),
    rpId: reader.member('rpId').text(),
    ...(rpName && { rpName: rpName.text() }),
    user: userFromJson(reader.member('user'), model),
    alg,
    privateKey: reader.member('privateKey').bytes(privateKeyLength(alg)),
    credProtect: reader.member('credProtect').integer(1, 3) as CredProtect,
    credRandomWithUV: reader.member('credRandomWithUV').bytes(32),
    credRandomWithoutUV: reader.member('credRandomWithoutUV').bytes(32),
    ...(credBlob && { credBlob: credBlob.bytes() }),
    ...(largeBlobKey && { largeBlobKey: largeBlobKey.bytes(32) }),
    thirdPartyPayment: reader.member('thirdPartyPayment').boolean(),
    signCount: reader.member('signCount').integer(0, MAX_SIGN_COUNT),
  };
}

function userFromJson(reader: JsonReader, model: Model): StoredUser {
  const [name, displayName, icon] = ['name', 'displayName', 'icon'].map((member) => reader.optional(member)?.text());
  return storedUser({ id: reader.member('id').bytes(), name, displayName, icon }, model);
}
