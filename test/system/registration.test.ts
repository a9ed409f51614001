/** Credentials of software keys, made and used by python-fido2 over PC/SC, by libfido2 and OpenSSH over USB-HID. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mustInGuest } from './support/guest.ts';
import { Pcscd } from './support/pcscd.ts';
import { PYTHON, parsePeer, peer } from './support/peers.ts';
import { type Document, InstalledSeckey, requireBuild, SECKEY } from './support/seckey.ts';

const PIN = 'correct horse';
const LIBRARY = fileURLToPath(new URL('support/guest/seckey.sh', import.meta.url));
const utf8Hex = (text: string) => Buffer.from(text).toString('hex');

describe.each([
  ['yubikey-5-nfc', { eddsa: true, u2f: true, blobs: true }],
  ['feitian-epass-nfc', { eddsa: false, u2f: true, blobs: false }],
  ['hid-crescendo', { eddsa: false, u2f: false, blobs: false }],
  ['ctap-2.3', { eddsa: true, u2f: true, blobs: true }],
] as const)('python-fido2 and %s', (model, has) => {
  let pcscd: Pcscd;
  let installed: InstalledSeckey;
  let found: Document;
  beforeAll(async () => {
    pcscd = await Pcscd.start();
    installed = new InstalledSeckey(pcscd);
    await installed.serve(model, model);
    found = parsePeer(
      await pcscd.exec(PYTHON, [peer('registration'), '--reader', 'Virtual PCD'], {
        input: JSON.stringify({ pin: PIN }),
      }),
    );
  });
  afterAll(async () => {
    await installed?.close();
    await pcscd?.stop();
  });

  test('registrations with attestation, and assertions', () => {
    expect(found).not.toHaveProperty('error');
    expect(found.es256).toMatchObject({ attestation: 'BASIC', alg: -7, flags: 0x41 });
    expect(found.signed).toMatchObject([{ name: 'es256', flags: 0x01, user: {} }]);
    if (has.eddsa) expect(found.signedEddsa).toMatchObject([{ name: 'eddsa' }]);
    expect(found.excluded).toBe(0x19);
  });

  test('U2F, with credentials that CTAP2 knows as well', () => {
    expect(found.u2f).toEqual(has.u2f ? { version: 'U2F_V2', own: 0x6985, foreign: 0x6a80 } : undefined);
  });

  test('extensions', () => {
    expect(found.rich).toMatchObject({
      flags: 0xc5,
      extensions: { 'hmac-secret': true, ...(has.blobs && { credBlob: true }) },
      largeBlobKey: has.blobs ? 32 : 0,
    });
    expect([found.level2.extensions, found.level3.extensions]).toEqual([{ credProtect: 2 }, { credProtect: 3 }]);
    expect(found.sameSecret).toBe(true);
    expect(found.blob).toEqual(has.blobs ? { credBlob: utf8Hex('a blob') } : {});
    expect(found.largeBlob).toBe(has.blobs ? utf8Hex('a large blob') : undefined);
  });

  test('discoverable credentials, newest first; seckey lists the same', async () => {
    expect(found.discovered).toMatchObject(
      ['level3', 'level2', 'rich'].map((name) => ({
        name,
        flags: 0x05,
        user: { name, displayName: name.toUpperCase() },
      })),
    );
    expect(found.listed.toSorted()).toEqual(['level2', 'level3', 'rich']);
  });
});

describe('libfido2 and OpenSSH', () => {
  let parts: Record<string, string>;
  beforeAll(async () => {
    requireBuild();
    const stdout = await mustInGuest(
      `SECKEY=${SECKEY}
      source ${LIBRARY}
      seckey virtual create installed --model yubikey-5-nfc > /dev/null 2>&1
      serve_seckey installed
      cd /run
      hash() { head -c 32 /dev/urandom | base64; }
      make() { { hash; echo example.com; echo "$1"; hash; } > $1.in; fido2-cred -M \${2-} -i $1.in /dev/hidraw0 es256 > $1.cred && fido2-cred -V -i $1.cred > $1.key; echo "code $?"; }
      sign() { { hash; echo example.com; head -1 $1.key; } > $1.ask; fido2-assert -G \${2-} -i $1.ask /dev/hidraw0 > $1.assert && tail -n +2 $1.key > $1.pem && fido2-assert -V -i $1.assert $1.pem es256; echo "code $?"; }
      section cred;   make plain
      section assert; sign plain
      section u2f;    make old -u
      section u2f-assert; sign old -u
      section ssh;    ssh-keygen -q -t ecdsa-sk -N '' -f ecdsa < /dev/null; echo "code $?"
      section ssh-ed; ssh-keygen -q -t ed25519-sk -N '' -f ed25519 < /dev/null; echo "code $?"
      for kind in ecdsa ed25519; do
        section sign-$kind; echo message > message; ssh-keygen -q -Y sign -n file -f $kind message < /dev/null
        echo "me $(cat $kind.pub)" > allowed
        ssh-keygen -Y verify -f allowed -I me -n file -s message.sig < message; echo "code $?"; rm -f message.sig
      done
      unserve_seckey || true`,
      { timeoutMs: 240_000 },
    );
    const split = stdout.split(/^== (.*)\n/m).slice(1);
    parts = Object.fromEntries(
      Array.from({ length: split.length / 2 }, (_, i) => [split[2 * i], split[2 * i + 1] ?? '']),
    );
  });

  test.each(['cred', 'assert', 'u2f', 'u2f-assert', 'ssh', 'ssh-ed', 'sign-ecdsa', 'sign-ed25519'])('%s', (section) => {
    expect(parts[section]?.trim()).toMatch(/code 0$/);
  });
});
