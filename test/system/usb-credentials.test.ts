/** Passkeys on software keys in a real kernel: fido2-tools, OpenSSH and python-fido2 beside seckey. */
import { beforeAll, describe, expect, test } from 'vitest';
import { bySite, credentialsOf, listOfPeer, renamed, without } from './support/credential-list.ts';
import { hexOf as hex, jsonOf as json, linesOf as lines, PIN, PREPARE, seckeyJob } from './support/guest-job.ts';
import { PYTHON, peer } from './support/peers.ts';
import { type Document, requireBuild } from './support/seckey.ts';

const MINUTES = 60_000;
beforeAll(requireBuild);

describe('fido2-tools and OpenSSH', () => {
  let parts: Record<string, string>;
  let first: Document;
  const credential = (name: string) => credentialsOf(first).find(({ user }) => user.name === name);
  const id = (name: string): string => credential(name)?.credentialId;

  beforeAll(async () => {
    parts = await seckeyJob(`${PREPARE}
      plug desk yubikey-5-nfc
      parameters() { head -c 32 /dev/urandom | base64; printf '%s\\n' "$1" "$2"; printf '%s' "$3" | base64; }
      register() { # FILE RP USER USERID TYPE CHECKED VERIFIED OPTION…
        local file=$1 type=$5 checked=$6 verified=$7; parameters "$2" "$3" "$4" > $file.in; shift 7
        section made-$file;     pinned fido2-cred -M "$@" $checked -i $file.in -o $file $D $type
        # The eighth line, the blob key, is none that -V knows.
        head -7 $file > $file.7
        section verified-$file; fido2-cred -V $verified $checked -i $file.7 -o $file.pem $type; echo "code $?"; head -1 $file.pem
        head -1 $file.pem > $file.id; tail -n +2 $file.pem > $file.key
      }
      register alice example.com alice a1 es256 -h -v -r -b
      register layla example.com 'ليلى' b2 eddsa '-c 3' -v -r
      register carol bank.example 山田太郎 c3 es256 '' -v -r -b
      register guest bank.example guest d4 es256 '' ''
      section tampered; sed '2s/.*/other.example/' alice.7 | fido2-cred -V -h -o /dev/null; echo "code $?"

      section rps;      pinned fido2-token -L -r $D
      section example;  pinned fido2-token -L -k example.com $D
      section bank;     pinned fido2-token -L -k bank.example $D
      section metadata; pinned fido2-token -I -c $D
      section first;    seckey credentials list $PINNED

      (head -c 32 /dev/urandom | base64; echo example.com) > ask
      section resident; setsid fido2-assert -G -r -p -i ask $D > said; echo "code $?"; cat said
      section resident-verified; head -4 said | fido2-assert -V -p alice.key es256; echo "code $?"
      section wrong-key; head -4 said | fido2-assert -V -p carol.key es256; echo "code $?"
      section with-pin; pinned fido2-assert -G -r -v -i ask $D
      (head -c 32 /dev/urandom | base64; echo bank.example; cat guest.id) > ask
      section listed;   setsid fido2-assert -G -p -i ask $D > said; head -4 said | fido2-assert -V -p guest.key es256; echo "code $?"

      section rename;   pinned fido2-token -S -c -i "$(cat alice.id)" -k "$(printf a1 | base64)" -n alice@example.com -p 'Alice 愛' $D
      # libfido2 1.12 seals nothing that deflates to less than a block of AES.
      head -c 1500 /dev/urandom > blob; head -c 90 /dev/urandom > note
      section blob-set; pinned fido2-token -S -b -n bank.example blob $D; pinned fido2-token -S -b -n example.com -i "$(cat alice.id)" note $D
      section blobs;    pinned fido2-token -L -b $D
      section blob-list; seckey blobs list $PINNED
      section blob-out; seckey blobs get "$(base64 -d < carol.id | od -An -vtx1 | tr -d ' \\n')" -o out $PINNED; cmp blob out; echo "code $?"
      section blob-get; pinned fido2-token -G -b -n bank.example got $D; cmp blob got; echo "code $?"; pinned fido2-token -G -b -n example.com -i "$(cat alice.id)" got-note $D; cmp note got-note; echo "code $?"
      section second;   seckey credentials list $PINNED

      section update;   seckey credentials update-user "$(base64 -d < carol.id | od -An -vtx1 | tr -d ' \\n')" --display-name 'Carol 花' $PINNED; echo "code $?"
      section updated;  pinned fido2-token -L -k bank.example $D
      section delete;   pinned fido2-token -D -i "$(cat layla.id)" $D
      section third;    seckey credentials list $PINNED
      section together; seckey credentials list $PINNED > at-once & LIST=$!; for i in 1 2 3; do seckey info --json | head -c 7; done; wait $LIST; cat at-once
      section python;   echo '{"pin": "${PIN}"}' | ${PYTHON} ${peer('credentials')} list --hid
      section remove;   seckey credentials delete --yes "$(base64 -d < carol.id | od -An -vtx1 | tr -d ' \\n')" $PINNED; echo "code $?"
      section left;     pinned fido2-token -L -r $D

      # ssh-keygen asks for the PIN by a program of its own.
      printf '#!/bin/sh\\necho "$*" >> /run/work/asked\\necho ${PIN}\\n' > askpass; chmod +x askpass
      export SSH_ASKPASS=/run/work/askpass SSH_ASKPASS_REQUIRE=force
      section ssh;      setsid ssh-keygen -q -t ed25519-sk -O resident -O application=ssh:test -O user=bala -N '' -C desk -f id < /dev/null; echo "code $?"
      section asked;    cat asked
      section public;   cat id.pub
      section private;  cat id
      echo message > message; echo other > other; echo "bala $(cat id.pub)" > allowed
      section sign;     setsid ssh-keygen -q -Y sign -f id -n file message < /dev/null; echo "code $?"
      section verify;   ssh-keygen -Y verify -f allowed -I bala -n file -s message.sig < message; echo "code $?"
      section forged;   ssh-keygen -Y verify -f allowed -I bala -n file -s message.sig < other; echo "code $?"
      section ssh-list; seckey credentials list --rp ssh:test $PINNED
      mkdir loaded; cd loaded
      section download; setsid ssh-keygen -q -K -N '' < /dev/null; echo "code $?"; cat *.pub
      cd ..
      section ssh-gone; seckey credentials list --rp ssh:test $PINNED | grep -o '"credentialId":"[0-9a-f]*' | cut -d'"' -f4 > ssh.id; seckey credentials delete --yes "$(cat ssh.id)" $PINNED
      section unsigned; rm -f message.sig; setsid ssh-keygen -q -Y sign -f id -n file message < /dev/null; echo "code $?"
      section server;   unserve_seckey; echo "code $?"
    `);
    first = json(parts.first);
  }, 7 * MINUTES);

  test('fido2-cred registers, and verifies what it got, but not for another site', () => {
    for (const name of ['alice', 'layla', 'carol', 'guest']) {
      expect([name, lines(parts[`made-${name}`])]).toEqual([name, []]);
      expect(lines(parts[`verified-${name}`])).toHaveLength(1);
    }
    expect(parts.tampered).toContain('code 1');
  });

  test('seckey lists what fido2-token lists', () => {
    expect(first).toMatchObject({ existing: 3, remaining: 97 });
    expect(lines(parts.metadata)).toEqual(['existing rk(s): 3', 'remaining rk(s): 97']);
    expect(first.relyingParties.map(({ id, rpIDHash }: Document) => [rpIDHash, id])).toEqual(
      lines(parts.rps).map((line) => [hex(line.split(' ')[1]), line.split(' ')[2]]),
    );
    const theirs = [...lines(parts.example), ...lines(parts.bank)].map((line) => {
      const [, credentialId, displayName, userId, type, protection] = line.split(' ');
      return { credentialId: hex(credentialId), displayName, userId: hex(userId), type, protection };
    });
    const ours = credentialsOf(first).map(({ credentialId, user, publicKey, credProtect }) => ({
      credentialId,
      displayName: user.displayName ?? '(null)',
      userId: user.id,
      type: publicKey.alg === -8 ? 'eddsa' : 'es256',
      protection: credProtect === 3 ? 'uvreq' : 'uvopt',
    }));
    expect(ours.toSorted(byId)).toEqual(theirs.toSorted(byId));
    expect(
      credentialsOf(first)
        .map(({ user, largeBlobKey }) => [user.name, largeBlobKey])
        .toSorted(),
    ).toEqual([
      ['alice', true],
      ['ليلى', false],
      ['山田太郎', true],
    ]);
    for (const [file, name] of [
      ['alice', 'alice'],
      ['layla', 'ليلى'],
      ['carol', '山田太郎'],
    ] as const) {
      expect(hex(lines(parts[`verified-${file}`])[0])).toBe(id(name));
    }
  });

  test('fido2-assert signs in and verifies: with a passkey, with the PIN all of a site, with a credential of a list', () => {
    // Five lines each; without a PIN credProtect 3 keeps ليلى out.
    expect(lines(parts.resident)).toHaveLength(5);
    expect(hex(lines(parts.resident)[4])).toBe(credential('alice')?.user.id);
    expect(parts['resident-verified']).toBe('code 0\n');
    expect(parts['wrong-key']).toContain('code 1');
    const all = lines(parts['with-pin']);
    expect([all[4], all[9]].map(hex)).toEqual([credential('ليلى')?.user.id, credential('alice')?.user.id]);
    expect(parts.listed).toBe('code 0\n');
  });

  test('fido2-token renames, seckey sees it; and the reverse', () => {
    expect(lines(parts.rename)).toEqual([]);
    const second = renamed(first, id('alice'), { name: 'alice@example.com', displayName: 'Alice 愛' });
    expect(json(parts.second)).toEqual(second);
    expect(parts.update).toMatch(/"displayName":"Carol 花"[\s\S]*code 0/);
    expect(lines(parts.updated)).toEqual([expect.stringContaining(' Carol 花 ')]);
  });

  test('fido2-token writes large blobs and reads them again; seckey knows whose they are', () => {
    // fido2-token 1.12 lists sizes; whose a blob is it tells only of those with the header that the standard leaves out.
    expect(parts['blob-set']).toBe('code 0\ncode 0\n');
    expect(json(parts['blob-list']).entries).toEqual([
      { state: 'matched', credentialId: id('山田太郎'), rpId: 'bank.example', size: 1500 },
      { state: 'matched', credentialId: id('alice'), rpId: 'example.com', size: 90 },
    ]);
    expect(parts['blob-out']).toContain('code 0');
    expect(
      lines(parts.blobs)
        .slice(1)
        .map((line) => line.trim().split(/ +/)[2]),
    ).toEqual(['1500', '90']);
    expect(parts['blob-get']).toBe('code 0\n'.repeat(4));
  });

  test('fido2-token deletes, seckey sees it; and the reverse; python-fido2 agrees', () => {
    expect(lines(parts.delete)).toEqual([]);
    const second = json(parts.second);
    const third = renamed(without(second, id('ليلى')), id('山田太郎'), { name: '山田太郎', displayName: 'Carol 花' });
    expect(bySite(json(parts.third))).toEqual(bySite(third));
    expect(listOfPeer(json(parts.python))).toEqual(json(parts.third));
    expect(parts.remove).toBe(`{"deleted":["${id('山田太郎')}"]}\ncode 0\n`);
    expect(lines(parts.left)).toEqual([expect.stringMatching(/ example\.com$/)]);
  });

  test('two programs on one hidraw: each reads only what is its own, and a list goes on', () => {
    expect(parts.together).toBe(`${'{"key":'.repeat(3)}${parts.third}`);
  });

  test('ssh-keygen makes a resident key that seckey lists, and signs with it', () => {
    expect(parts.ssh).toBe('code 0\n');
    expect(parts.asked).toMatch(/^Enter PIN/);
    expect(parts.sign).toBe('code 0\n');
    expect(parts.verify).toMatch(/^Good "file" signature for bala[\s\S]*code 0/);
    expect(parts.forged).toMatch(/code 255/);
    const [listed, ...others] = credentialsOf(json(parts['ssh-list']));
    expect(others).toEqual([]);
    expect(listed).toMatchObject({ rpId: 'ssh:test', publicKey: { kty: 'OKP', alg: -8 } });
    expect(Buffer.from(listed?.user.id, 'hex').toString().replace(/\0+$/, '')).toBe('bala');
    // The private key file holds the credential ID.
    const file = Buffer.from((parts.private ?? '').replace(/-----.*-----/g, ''), 'base64').toString('hex');
    expect(file).toContain(listed?.credentialId);
  });

  test('ssh-keygen -K loads the same key from the software key, until seckey deletes it', () => {
    const [type, key] = (parts.public ?? '').split(' ');
    expect(type).toBe('sk-ssh-ed25519@openssh.com');
    expect(lines(parts.download)).toEqual([expect.stringContaining(`${type} ${key} `)]);
    expect(json(parts['ssh-gone'])).toEqual({ deleted: [credentialsOf(json(parts['ssh-list']))[0]?.credentialId] });
    expect(parts.unsigned).toMatch(/code 255/);
  });
});

const byId = (one: Document, other: Document) => (one.credentialId < other.credentialId ? -1 : 1);
