/** Sample content for a software key: invented credentials, fingerprints and large blobs to try commands on. */
import type { CredProtect } from '../ctap2/extensions/cred-protect.ts';
import { sealLargeBlob, serializeLargeBlobArray } from '../ctap2/large-blob-array.ts';
import { pinHash } from '../ctap2/pin-uv-auth-protocol.ts';
import { rpIDHash } from '../ctap2/rp-id.ts';
import { utf8 } from '../encoding/bytes.ts';
import { COSE_ALG } from '../encoding/cose.ts';
import { signatureAlgorithm } from './elliptic-curve.ts';
import type { Environment } from './environment.ts';
import type { Model } from './models/model.ts';
import {
  addCredential,
  type DiscoverableCredential,
  storedRpId,
  storedRpName,
  storedUser,
} from './state/credentials.ts';
import type { AuthenticatorState } from './state.ts';

interface Sample {
  rpId: string;
  rpName?: string;
  userName?: string;
  displayName?: string;
  alg?: number;
  credProtect?: CredProtect;
  largeBlob?: string;
}

const SAMPLES: readonly Sample[] = [
  { rpId: 'example.com', rpName: 'Example', userName: 'alice@example.com', displayName: 'Alice Example' },
  { rpId: 'example.com', rpName: 'Example', userName: 'bob@example.com', displayName: 'Bob Example' },
  { rpId: 'bank.example', rpName: 'Straßenbank', userName: 'müller', displayName: 'Jörg Müller', credProtect: 3 },
  { rpId: 'example.org', rpName: 'مثال', userName: 'ليلى', displayName: 'ليلى حداد', alg: COSE_ALG.EdDSA },
  { rpId: 'example.net', rpName: '例え', userName: '山田太郎', displayName: '山田 太郎' },
  { rpId: 'anonymous.example', rpName: 'No names here' },
  { rpId: 'ssh:', userName: 'alice', displayName: 'alice', largeBlob: 'A certificate could be kept here.' },
  {
    rpId: 'single-sign-on.accounts.international-company.example',
    rpName: 'A company with a long address',
    userName: 'alice.example',
    displayName: 'Alice Example',
    credProtect: 2,
  },
];

const FINGERS = ['right index', 'left index'] as const;

/** The PIN of sample keys, and another one for models that refuse it as too simple. */
const PIN = '12345678';
const LESS_SIMPLE_PIN = '84629173';

/**
 * Fills the state of a new key: a PIN, discoverable credentials, and what the model has room for of fingerprints and
 * large blobs, one of which belongs to no credential any more.
 * @returns the PIN, to be shown to whoever made the key
 */
export function addDemoContent(
  state: AuthenticatorState,
  model: Model,
  { randomBytes }: Pick<Environment, 'randomBytes'>,
): { pin: string } {
  const pin = state.config.pinComplexityPolicy ? LESS_SIMPLE_PIN : PIN;
  state.pin.current = { hash: pinHash(utf8(pin)), codePoints: pin.length };
  const blobs: Uint8Array[] = [];
  for (const sample of SAMPLES) {
    const credential = credentialOf(sample, model, randomBytes);
    addCredential(state.credentials, credential);
    if (credential.largeBlobKey && sample.largeBlob) {
      blobs.push(sealLargeBlob(credential.largeBlobKey, utf8(sample.largeBlob)));
    }
  }
  if (model.options.largeBlobs) {
    blobs.push(sealLargeBlob(randomBytes(32), utf8('The credential of this one is gone.')));
    state.largeBlobs.serializedArray = serializeLargeBlobArray(blobs);
  }
  if (model.uv) {
    for (const finger of FINGERS) {
      state.fingerprints.templates.push({ templateId: randomBytes(4), friendlyName: finger, finger });
    }
  }
  return { pin };
}

function credentialOf(sample: Sample, model: Model, randomBytes: Environment['randomBytes']): DiscoverableCredential {
  const { rpId, rpName, userName, displayName } = sample;
  const { algorithms, extensions } = model.info;
  const alg = algorithms.find((known) => known === sample.alg) ?? COSE_ALG.ES256;
  const { seedLength, privateKey } = signatureAlgorithm(alg);
  return {
    credentialId: randomBytes(32),
    rpIDHash: rpIDHash(rpId),
    rpId: storedRpId(rpId, model),
    ...storedRpName(rpName, model),
    user: storedUser({ id: randomBytes(16), name: userName, displayName }, model),
    alg,
    privateKey: privateKey(randomBytes(seedLength)),
    credProtect: (extensions.includes('credProtect') && sample.credProtect) || 1,
    credRandomWithUV: randomBytes(32),
    credRandomWithoutUV: randomBytes(32),
    ...(sample.largeBlob && extensions.includes('largeBlobKey') && { largeBlobKey: randomBytes(32) }),
    thirdPartyPayment: false,
    signCount: 0,
  };
}
