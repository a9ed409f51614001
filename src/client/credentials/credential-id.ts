/** Finds the credential that a person means by its ID, or the beginning of it, in hex or base64url. */

import { toHex } from '../../encoding/bytes.ts';
import { FidoError } from '../../errors.ts';

/** What finding needs to know of a credential, and to tell it from others. */
export interface NamedCredential {
  credentialId: Uint8Array;
  rpId?: string | undefined;
  userName?: string | undefined;
}

/** Hex digits of an ID that are shown at least. */
const SHORTEST_ID = 8;

/** How many hex digits tell all these IDs apart, eight at least: some makers begin all their IDs with the same bytes. */
export function distinctLength(credentials: readonly Pick<NamedCredential, 'credentialId'>[]): number {
  const ids = [...new Set(credentials.map(({ credentialId }) => toHex(credentialId)))].sort();
  // In order, the longest beginning that any two share is shared by neighbours.
  let longest = 0;
  for (const [i, id] of ids.entries()) {
    const before = ids[i - 1] ?? '';
    let length = 0;
    while (length < id.length && id[length] === before[length]) length++;
    longest = Math.max(longest, length);
  }
  return Math.max(SHORTEST_ID, longest + 1);
}

/** The beginning of a credential's ID, in hex, that means it alone among `all`. */
export function shortIds(all: readonly Pick<NamedCredential, 'credentialId'>[]): (credentialId: Uint8Array) => string {
  const length = distinctLength(all);
  return (credentialId) => toHex(credentialId).slice(0, length);
}

/** Whether `text` is `credentialId`, or the beginning of it, in hex (either case) or base64url (base64 too). */
export function matchCredentialId(credentialId: Uint8Array, text: string): 'whole' | 'prefix' | undefined {
  if (text === '') return undefined;
  const forms: [form: string, wanted: string][] = [
    [toHex(credentialId), text.toLowerCase()],
    [
      Buffer.from(credentialId).toString('base64url'),
      text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
    ],
  ];
  if (forms.some(([form, wanted]) => form === wanted)) return 'whole';
  return forms.some(([form, wanted]) => wanted !== '' && form.startsWith(wanted)) ? 'prefix' : undefined;
}

/**
 * The one credential that `text` means; a whole ID wins over beginnings.
 * @throws {FidoError} `not-found`, `ambiguous`, naming candidates
 */
export function findCredential<T extends NamedCredential>(credentials: readonly T[], text: string): T {
  const matches = credentials.map((credential) => ({
    credential,
    match: matchCredentialId(credential.credentialId, text),
  }));
  const whole = matches.filter(({ match }) => match === 'whole');
  const found = whole.length > 0 ? whole : matches.filter(({ match }) => match === 'prefix');
  const [only, second] = found;
  if (only && !second) return only.credential;
  if (only) {
    throw new FidoError(
      'ambiguous',
      `"${text}" fits ${found.length} passkeys: ${candidates(
        found.map(({ credential }) => credential),
        credentials,
      )}`,
      { hint: 'Give more of the ID.', situation: { id: 'credential-ambiguous' } },
    );
  }
  throw new FidoError(
    'not-found',
    credentials.length === 0
      ? `there is no passkey "${text}": the key has none`
      : `no credential ID begins with "${text}"; there are: ${candidates(credentials, credentials)}`,
    {
      hint: 'IDs are taken in hex or base64url, whole or their beginning.',
      situation: { id: 'credential-id-unknown' },
    },
  );
}

const SHOWN = 5;

/** @param all the credentials of the key: what is shown of an ID means one of them alone */
function candidates(shown: readonly NamedCredential[], all: readonly NamedCredential[]): string {
  const shortId = shortIds(all);
  const named = shown.slice(0, SHOWN).map(({ credentialId, rpId, userName }) => {
    const who = [userName, rpId].filter((part) => part !== undefined).join(' at ');
    return `${shortId(credentialId)}${who ? ` (${who})` : ''}`;
  });
  const more = shown.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
