/**
 * The client's part of WebAuthn's extension prf (Level 3 §10.1.4): a site gives inputs of any length, a key knows salts
 * of 32 bytes only (hmac-secret, hmac-secret-mc). A salt is a hash with a prefix, so that no site reaches what the
 * platform itself has a key compute.
 */
import { createHash } from 'node:crypto';
import { concat, toBase64url, utf8 } from '../../../encoding/bytes.ts';
import { HMAC_SECRET_LENGTH } from '../hmac-secret.ts';

/** One input or two, or the 32 bytes that come back for each. */
export interface PrfValues {
  readonly first: Uint8Array;
  readonly second?: Uint8Array | undefined;
}

export interface PrfInputs {
  readonly eval?: PrfValues | undefined;
  /** By credential ID in base64url, for getAssertion: goes before `eval`. */
  readonly evalByCredential?: Readonly<Record<string, PrfValues>> | undefined;
}

const PREFIX = concat(utf8('WebAuthn PRF'), Uint8Array.of(0));

/** The salt for one input, 32 bytes: `SHA-256("WebAuthn PRF" ‖ 00 ‖ input)`. */
export function prfSalt(input: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(PREFIX).update(input).digest());
}

/** What saltEnc holds before it is encrypted: one salt or two, 32 or 64 bytes. */
export function prfSalts({ first, second }: PrfValues): Uint8Array {
  return second ? concat(prfSalt(first), prfSalt(second)) : prfSalt(first);
}

/** The inputs that count for this credential, if any. */
export function prfValuesFor(
  { eval: values, evalByCredential }: PrfInputs,
  credentialId: Uint8Array,
): PrfValues | undefined {
  const id = toBase64url(credentialId);
  return evalByCredential && Object.hasOwn(evalByCredential, id) ? evalByCredential[id] : values;
}

/**
 * The results in a decrypted output of hmac-secret: one secret or two, in the order of the salts.
 * @throws {RangeError} if `secrets` are neither 32 nor 64 bytes.
 */
export function prfResults(secrets: Uint8Array): PrfValues {
  const first = secrets.slice(0, HMAC_SECRET_LENGTH);
  if (secrets.length === HMAC_SECRET_LENGTH) return { first };
  if (secrets.length === 2 * HMAC_SECRET_LENGTH) return { first, second: secrets.slice(HMAC_SECRET_LENGTH) };
  throw new RangeError('output of hmac-secret is neither one secret nor two');
}

/** Name of the DOMException with which create() refuses these inputs; undefined if they are fine. */
export function prfCreateError({ evalByCredential }: PrfInputs): 'NotSupportedError' | undefined {
  return evalByCredential ? 'NotSupportedError' : undefined;
}

/**
 * Name of the DOMException with which get() refuses these inputs; undefined if they are fine.
 * @param allowCredentials IDs; each key of evalByCredential must be one of them
 */
export function prfGetError(
  { evalByCredential = {} }: PrfInputs,
  allowCredentials: readonly Uint8Array[],
): 'NotSupportedError' | 'SyntaxError' | undefined {
  const named = Object.keys(evalByCredential);
  if (named.length > 0 && allowCredentials.length === 0) return 'NotSupportedError';
  const allowed = new Set(allowCredentials.map(toBase64url));
  return named.every((id) => allowed.has(id)) ? undefined : 'SyntaxError';
}
