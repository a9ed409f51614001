/** seckey and other people's clients on one key, through a real kernel's USB-HID: uhid, and the USB gadget. */
import { beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { membersOfPeer, membersOfSeckey } from './support/get-info-members.ts';
import { seckeyJob as job, jsonOf as json } from './support/guest-job.ts';
import { PYTHON, peer } from './support/peers.ts';
import { type Document, requireBuild } from './support/seckey.ts';

const MINUTES = 60_000;

beforeAll(requireBuild);

describe('a software key on uhid', () => {
  let parts: Record<string, string>;
  beforeAll(async () => {
    parts = await job(`
      pin_file 'correct horse' first; pin_file 'battery staple' second
      seckey virtual create desk --model yubikey-5-nfc > /dev/null 2>&1
      serve_seckey desk
      section list;        seckey list --json
      section token-list;  fido2-token -L
      section info;        seckey info --json
      section python-info; ${PYTHON} ${peer('info')} --hid
      section token-info;  fido2-token -I /dev/hidraw0
      section set;         seckey pin set --new-pin-file /run/pin-first --json
      section change;      seckey pin change --pin-file /run/pin-first --new-pin-file /run/pin-second --json
      section wrong;       seckey pin verify --pin-file /run/pin-first --json; echo "code $?"
      section retries;     ${PYTHON} ${peer('retries')} --hid < /dev/null
      section verify;      echo '{"pin": "battery staple"}' | ${PYTHON} ${peer('pin_verify')} --hid --protocol 1
      section reset;       reset_with_hand --confirm "$(cat $XDG_STATE_HOME/seckey/keys/desk.json | grep -o '"serial":[0-9]*' | cut -d: -f2)" --json; echo "code $?"
      section after;       seckey pin status --json
      section token-set;   printf '24681357\\n24681357\\n' | setsid fido2-token -S /dev/hidraw0 2>&1; echo "code $?"
      section token-change; printf '24681357\\n97531864\\n97531864\\n' | setsid fido2-token -C /dev/hidraw0 2>&1; echo "code $?"
      pin_file 97531864 third
      section token-verify; seckey pin verify --pin-file /run/pin-third --json
      section block;       echo '{"pin": "not it"}' | ${PYTHON} ${peer('wrong_pin')} --hid --protocol 2 3
      section blocked;     seckey pin status --json
      hand replug; sleep 3
      section replugged;   seckey pin status --json
      section server;      unserve_seckey; echo "code $?"; cat /run/serve.log >&2
    `);
  }, 5 * MINUTES);

  test('seckey and fido2-token list it', () => {
    const { keys } = json(parts.list);
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatchObject({
      transport: 'usb',
      path: '/dev/hidraw0',
      vendorId: '1050',
      serial: expect.stringMatching(/^\d+$/),
      model: 'YubiKey 5 Series with NFC',
      id: expect.stringMatching(/^usb-1050-[0-9a-f]{4}-[0-9a-f]{4}$/),
    });
    expect(parts['token-list']).toMatch(/^\/dev\/hidraw0: vendor=0x1050/);
  });

  test('python-fido2 and fido2-token agree on getInfo', () => {
    const info = json(parts.info);
    expect(membersOfPeer(json(parts['python-info']).members)).toEqual(membersOfSeckey(info));
    const token = parts['token-info'] ?? '';
    expect(token).toContain(`aaguid: ${info.aaguid.replaceAll('-', '')}`);
    expect(token).toContain(`version strings: ${info.versions.join(', ')}`);
    expect(token).toContain(`maxmsgsiz: ${info.maxMsgSize}`);
    expect(token).toMatch(/noclientPin/);
  });

  test('pin set, change, a wrong one, verified by python-fido2 with protocol 1', () => {
    expect(json(parts.set)).toEqual({ set: true });
    expect(json(parts.change)).toEqual({ set: true });
    expect(parts.wrong).toMatch(/"code":"pin-invalid".*"retries":7[\s\S]*code 6/);
    expect(json(parts.retries)).toMatchObject({ retries: 7 });
    expect(json(parts.verify)).not.toHaveProperty('error');
  });

  test('reset with a real unplug and replug', () => {
    expect(parts.reset).toMatch(/"reset":true[\s\S]*code 0/);
    expect(json(parts.after)).toMatchObject({ set: false });
  });

  test('fido2-token sets and changes the PIN, seckey knows it', () => {
    expect(parts['token-set']).toMatch(/code 0/);
    expect(parts['token-change']).toMatch(/code 0/);
    expect(json(parts['token-verify'])).toEqual({ verified: true });
  });

  test('three wrong tries by python-fido2: seckey reports the block, and its end with a replug', () => {
    expect(json(parts.block).answers.map((answer: Document) => answer.status)).toEqual([0x31, 0x31, 0x34]);
    expect(json(parts.blocked)).toMatchObject({ set: true, retries: 5, powerCycleNeeded: true });
    expect(json(parts.replugged)).toMatchObject({ retries: 5, powerCycleNeeded: false });
  });

  test('serving ends by itself when interrupted', () => expect(parts.server).toMatch(/code 130/));
});

describe('a software key on the USB gadget', () => {
  let parts: Record<string, string>;
  beforeAll(async () => {
    const program = await bundle(new URL('programs/gadget-software-key.ts', import.meta.url));
    parts = await job(`
      pin_file 'correct horse' first
      serve ${program} ctap-2.3
      section list;   seckey list --json
      section set;    seckey pin set --new-pin-file /run/pin-first --json
      section info;   seckey info --json
      section python; ${PYTHON} ${peer('info')} --hid
      HAND=move
      section reset;  reset_with_hand --confirm SN4711 --json; echo "code $?"
      section after;  fido2-token -I /dev/hidraw0
      section late;   seckey reset --confirm SN4711 --json --timeout 2; echo "code $?"
      move remove
      section gone;   seckey list --json; seckey info --json; echo "code $?"
      move insert
      section back;   seckey list --json
      unserve
    `);
  }, 5 * MINUTES);

  test('has its USB serial number, and an id that stays the same after a replug', () => {
    const { keys } = json(parts.list);
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatchObject({ transport: 'usb', serial: 'SN4711', vendorId: '0483' });
    expect(json(parts.back).keys[0].id).toBe(keys[0].id);
  });

  test('python-fido2 agrees on getInfo', () => {
    expect(membersOfPeer(json(parts.python).members)).toEqual(membersOfSeckey(json(parts.info)));
  });

  test('reset: unplugged and plugged in, touched, erased, as fido2-token sees too', () => {
    expect(parts.reset).toMatch(/"reset":true[\s\S]*code 0/);
    expect(parts.after).toContain('noclientPin');
  });

  test('nobody unplugs it: not reset, and said so', () => {
    expect(parts.late).toMatch(/"code":"person-timeout"[\s\S]*code 8/);
  });

  test('unplugged: an empty list, and exit 3', () => {
    expect(parts.gone).toMatch(
      /^\{"keys":\[\],"failures":\[\{"transport":"nfc".*\]\}\n\{"error":\{"code":"no-key"[\s\S]*code 3/,
    );
  });
});
