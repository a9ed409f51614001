/** Chromium on a software key in a real kernel, with libfido2 and seckey beside it. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { BROWSER_SCENES as scenes } from './support/browser-scenes.ts';
import { credentialsOf } from './support/credential-list.ts';
import { hexOf, jsonOf, linesOf, PREPARE, seckeyJob } from './support/guest-job.ts';
import { type Document, requireBuild } from './support/seckey.ts';

const MINUTES = 60_000;
/** Of the sample key: it has a finger as well, without which the shell, which cannot ask for a PIN, verifies nobody. */
const PIN = '12345678';

let parts: Record<string, string>;
let page: Document;

beforeAll(async () => {
  requireBuild();
  const program = await bundle(new URL('programs/browser.ts', import.meta.url));
  parts = await seckeyJob(`${PREPARE}
    PIN=${PIN}; pin_file $PIN pin
    seckey virtual create desk --model ctap-2.3 --demo > /dev/null 2>&1
    serve_seckey desk
    (head -c 32 /dev/urandom | base64; printf '%s\\n' localhost amy; printf 'amy id' | base64) > amy.in
    section made;     pinned fido2-cred -M -h -r -b -v -i amy.in -o amy $D es256
    section verified; head -7 amy > amy.7; fido2-cred -V -h -v -i amy.7 -o amy.pem es256; echo "code $?"; cat amy.pem
    section page;     node ${program} "$(head -1 amy.pem | tr -d '\\n=' | tr '/+' '_-')"
    section list;     seckey credentials list --rp localhost $PINNED
    section blob;     seckey blobs list $PINNED; seckey blobs get "$(head -1 amy.pem | base64 -d | od -An -vtx1 | tr -d ' \\n')" -o blob $PINNED; cat blob; echo
    section secret;   (head -c 32 /dev/urandom | base64; echo localhost; head -1 amy.pem; echo "${prfSalt(0)}") > ask; pinned fido2-assert -G -h -v -i ask $D
    unserve_seckey || true
  `);
  page = jsonOf(parts.page);
}, 7 * MINUTES);

test('a page registers, with a PRF at once, and is kept from doing so twice', () => {
  expect(page.registered).toMatchObject({
    type: 'public-key',
    authenticatorAttachment: 'cross-platform',
    response: { publicKeyAlgorithm: -7, transports: expect.arrayContaining(['usb']) },
    clientExtensionResults: { prf: { enabled: true } },
  });
  expect(page.excluded).toMatchObject({ error: 'InvalidStateError' });
});

test('it signs in with a verified user, and the PRF stays the same', () => {
  const { id, response, clientExtensionResults } = page.signedIn;
  expect(id).toBe(page.registered.id);
  expect(
    signedBy(
      response,
      createPublicKey({ key: bytes(page.registered.response.publicKey), format: 'der', type: 'spki' }),
    ),
  ).toBe(true);
  const { first, second } = clientExtensionResults.prf.results;
  expect(first).toBe(page.registered.clientExtensionResults.prf.results.first);
  expect([bytes(first).length, bytes(second).length]).toEqual([32, 32]);
  expect(second).not.toBe(first);
});

test("it signs in with libfido2's passkey, which credentials list has and its own registration is not", () => {
  const [, passkeyId, ...pem] = parts.verified?.split('\n') ?? [];
  const { id, response } = page.withPasskey;
  expect(Buffer.from(id, 'base64url').toString('hex')).toBe(hexOf(passkeyId));
  expect(Buffer.from(response.userHandle, 'base64url').toString()).toBe('amy id');
  expect(signedBy(response, createPublicKey(pem.join('\n')))).toBe(true);
  expect(credentialsOf(jsonOf(parts.list))).toMatchObject([
    {
      rpId: 'localhost',
      credentialId: hexOf(passkeyId),
      user: { id: Buffer.from('amy id').toString('hex'), name: 'amy' },
      largeBlobKey: true,
    },
  ]);
});

test('libfido2 gets the same secret, and seckey the blob that the page wrote', () => {
  const { prf, largeBlob } = page.withPasskey.clientExtensionResults;
  expect(linesOf(parts.secret).at(-1)).toBe(bytes(prf.results.first).toString('base64'));
  expect(largeBlob).toEqual({ written: true });
  expect(parts.blob).toMatch(/^a blob from a page$/m);
});

const bytes = (base64url: string) => Buffer.from(base64url, 'base64url');

/** What the browser makes of a PRF's input (WebAuthn level 3, §10.1.4). */
function prfSalt(index: number): string {
  const input = Buffer.concat([Buffer.from('WebAuthn PRF\0'), bytes(scenes.salts[index] ?? '')]);
  return createHash('sha256').update(input).digest('base64');
}

function signedBy(response: Document, key: ReturnType<typeof createPublicKey>): boolean {
  const clientData = bytes(response.clientDataJSON);
  expect(JSON.parse(clientData.toString())).toMatchObject({ type: 'webauthn.get', challenge: scenes.challenge });
  const data = bytes(response.authenticatorData);
  // Present and verified.
  expect((data[32] ?? 0) & 0x05).toBe(0x05);
  const hash = createHash('sha256').update(clientData).digest();
  return verify('sha256', Buffer.concat([data, hash]), key, bytes(response.signature));
}
