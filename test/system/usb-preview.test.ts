/** Passkeys on a software key of the preview, FIDO_2_1_PRE, in a real kernel: seckey, python-fido2 and fido2-token. */
import { beforeAll, describe, expect, test } from 'vitest';
import { bySite, credentialsOf, listOfPeer, without } from './support/credential-list.ts';
import { hexOf as hex, jsonOf as json, linesOf as lines, PIN, PREPARE, seckeyJob } from './support/guest-job.ts';
import { PYTHON, peer } from './support/peers.ts';
import { type Document, requireBuild } from './support/seckey.ts';

const MINUTES = 60_000;

beforeAll(requireBuild);

describe('a key of the preview', () => {
  const REGISTRATIONS = [
    { rpId: 'example.com', rpName: 'Example', userId: '01', name: 'ليلى', displayName: 'ليلى حداد', alg: -8 },
    // Longer than the 32 bytes that this model keeps of it.
    { rpId: 'single-sign-on.accounts.company.example', userId: '02', name: '山田太郎', credProtect: 2 },
    { rpId: 'example.com', rpName: 'Example', userId: '0a0b' },
  ];
  let parts: Record<string, string>;
  let made: Document[];
  let first: Document;

  beforeAll(async () => {
    const python = (name: 'make_credential' | 'credentials', args: string, input: object) =>
      `printf '%s' '${JSON.stringify({ pin: PIN, ...input })}' | ${PYTHON} ${peer(name)} ${args} --hid`;
    const ids = 'grep -o \'"credentialId": "[0-9a-f]*\' made | cut -d\\" -f4';
    parts = await seckeyJob(`${PREPARE}
      plug old ctap-2.1-pre
      section made;   ${python('make_credential', '', { credentials: REGISTRATIONS })} | tee made
      ${ids} > ids; FIRST=$(sed -n 1p ids); SECOND=$(sed -n 2p ids)
      section first;  seckey credentials list $PINNED
      section python; ${python('credentials', 'list', {})}
      section rps;    pinned fido2-token -L -r $D
      section update; seckey credentials update-user $FIRST --name other $PINNED 2> /dev/null; echo "code $?"
      section delete; seckey credentials delete --yes $FIRST $PINNED
      section after;  ${python('credentials', 'list', {})}
      section erase;  printf '{"pin": "${PIN}", "ids": ["%s"]}' $SECOND | ${PYTHON} ${peer('credentials')} delete --hid
      section last;   seckey credentials list $PINNED
      section token;  pinned fido2-token -D -i "$(sed -n 3p ids | ${PYTHON} -c 'import base64; print(base64.b64encode(bytes.fromhex(input())).decode())')" $D
      section empty;  seckey credentials list $PINNED
      section server; unserve_seckey; echo "code $?"
    `);
    made = json(parts.made).made;
    first = json(parts.first);
  }, 7 * MINUTES);

  test('python-fido2 registers; all three list the same, a long site shortened', () => {
    expect(made.map(({ attestation, userVerified }) => [attestation, userVerified])).toEqual(
      Array(3).fill(['BASIC', true]),
    );
    expect(first).toMatchObject({ existing: 3, remaining: 22 });
    for (const [index, { userId, name, displayName }] of REGISTRATIONS.entries()) {
      const listed = credentialsOf(first).find(({ credentialId }) => credentialId === made[index]?.credentialId);
      expect(listed?.user).toEqual({ id: userId, ...(name && { name }), ...(displayName && { displayName }) });
    }
    const shortened = first.relyingParties.find(({ idShortened }: Document) => idShortened);
    expect(shortened?.id).toMatch(/^….*company\.example$/);
    const theirs = listOfPeer(json(parts.python));
    const ours = structuredClone(first);
    for (const rp of ours.relyingParties) delete rp.idShortened;
    expect(theirs).toEqual(ours);
    expect(lines(parts.rps).map((line) => [hex(line.split(' ')[1]), line.split(' ')[2]])).toEqual(
      first.relyingParties.map(({ id, rpIDHash }: Document) => [rpIDHash, id]),
    );
  });

  test('a key that cannot rename says so, before it is asked', () => {
    expect(parts.update).toMatch(/^\{"error":\{"code":"unsupported"[\s\S]*code 5/);
  });

  test('deleted by seckey, by python-fido2, by fido2-token: each sees what is left', () => {
    const [one, two, three] = made.map(({ credentialId }) => credentialId);
    expect(json(parts.delete)).toEqual({ deleted: [one] });
    const after = credentialsOf(json(parts.after)).map(({ credentialId }) => credentialId);
    expect(after.toSorted()).toEqual([two, three].toSorted());
    expect(bySite(json(parts.last))).toEqual(bySite(without(first, one, two)));
    expect(lines(parts.token)).toEqual([]);
    expect(json(parts.empty)).toEqual({ existing: 0, remaining: 25, relyingParties: [] });
  });
});
