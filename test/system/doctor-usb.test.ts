/**
 * seckey doctor where what it looks for on the way to USB keys is really so, in the guest's kernel. The guest is a virtual
 * machine; a container is as much of one as doctor looks at. WSL, macOS and Windows cannot be had here: what doctor says
 * there is shown in test/doctor/ alone.
 */
import { beforeAll, expect, test } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { commandsOf, DOCTOR, findingsOf, NOBODY, outcome } from './support/doctor.ts';
import { seckeyJob } from './support/guest-job.ts';
import { PYTHON } from './support/peers.ts';
import { requireBuild } from './support/seckey.ts';

const MINUTES = 60_000;

let parts: Record<string, string>;
beforeAll(async () => {
  requireBuild();
  const [key, u2f, otp] = await Promise.all(
    ['uhid-key', 'u2f-key', 'gadget-otp'].map((name) => bundle(new URL(`programs/${name}.ts`, import.meta.url))),
  );
  const doctor = (as = '') => `${as} ${DOCTOR} -t usb --json; echo "code $?"`;
  parts = await seckeyJob(
    `
    # What the machine around the guest may be is not to be seen in it.
    rm -f /.dockerenv; unset container; export SECKEY_DEBUG=1
    section none;    ${doctor()}

    serve ${key}
    section works;   ${doctor()}
    chmod 600 /dev/hidraw0
    section denied;  ${doctor(NOBODY)}
    section words;   ${NOBODY} ${DOCTOR} -t usb
    mkdir -p /etc/udev/rules.d; ${DOCTOR} --print-udev-rules > /etc/udev/rules.d/70-seckey.rules
    section ruled;   ${doctor(NOBODY)}
    chgrp plugdev /dev/hidraw0; chmod 660 /dev/hidraw0
    section group;   ${doctor(NOBODY)}
    section member;  ${doctor(NOBODY.replace('--clear-groups', '--groups=plugdev'))}
    rm /dev/hidraw0
    section 'no node'; ${doctor()}
    # What Podman leaves in a container, and a /dev that it was given no device in.
    touch /run/.containerenv
    section 'container without the node'; ${doctor()}
    mknod /dev/hidraw0 c $(tr : ' ' < /sys/class/hidraw/hidraw0/dev)
    unserve; rm -f /dev/hidraw0
    section 'container without a key'; ${doctor()}
    rm /run/.containerenv

    serve ${u2f}
    section u2f;         ${doctor()}
    section 'info u2f';  seckey info 2>&1; echo "code $?"
    section 'peer u2f';  ${PYTHON} -c '
from fido2.ctap1 import Ctap1
from fido2.hid import CtapHidDevice
device = next(CtapHidDevice.list_devices())
print("CBOR", bool(device.capabilities & 4), Ctap1(device).get_version())'
    unserve

    seckey virtual create busy --model ctap-2.0 --hand none > /dev/null
    serve_seckey busy
    hash() { echo c2Vja2V5IG1ha2VzIGEgY2VydGFpbiBoYXNoIGhlcmU=; }
    { hash; echo example.com; echo alice; hash; } > /run/request
    # While it waits for the touch.
    while_held() {
      fido2-cred -M -i /run/request /dev/hidraw0 > /run/made 2>&1 & local holder=$!
      until readlink /proc/$holder/fd/* | grep -q hidraw; do sleep 0.1; done
      "$@"; echo "code $?"
      hand touch
      wait $holder; echo "holder ended $?"
      echo "holder $holder"
    }
    section busy;         while_held seckey doctor -t usb --json
    section 'info busy';  while_held seckey info 2>&1
    unserve_seckey

    serve ${otp}
    section 'no fido';       ${doctor()}
    unserve
    `,
  );
}, 6 * MINUTES);

/** What a command printed before its exit code. */
const part = (name: string) => {
  const [, stdout = '', code] = /^([\s\S]*\n)code (\d+)$/m.exec(parts[name] ?? '') ?? [];
  return { stdout, stderr: stdout === '' ? (parts[name] ?? 'nothing') : '', code: Number(code) };
};
const ids = (name: string) => findingsOf(part(name)).map(({ id, severity }) => `${id}:${severity}`);

test('no key, in a virtual machine: which', () => {
  expect(outcome(part('none'))).toMatchObject({ code: 0, found: ['usb-ready:ok'] });
  expect(ids('none')).toEqual(['no-key:warning', 'virtual-machine:warning', 'usb-ready:ok']);
  expect(outcome(part('none')).message('virtual-machine')).toMatch(/virtual machine \(QEMU\)/);
});

test('a key', () => expect(ids('works')).toEqual(['usb-key-works:ok']));

test('a hidraw node without permission, and no udev rule', () => {
  const { code, found, mend, message } = outcome(part('denied'));
  expect({ code, found }).toEqual({ code: 4, found: ['hidraw-access-denied:problem'] });
  expect(message('hidraw-access-denied')).toMatch(/belongs to root:root, mode 0600; you are nobody\. No udev rule/);
  expect(mend('hidraw-access-denied')).toContain('KERNEL=="hidraw*", ENV{ID_FIDO_TOKEN}=="1", TAG+="uaccess"');
});

test('for people: 80 columns, the worst first', () => {
  const lines = (parts.words ?? '').split('\n');
  expect(lines[0]).toMatch(/^problem {2}\S/);
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
});

test('a rule that has not been acted upon', () => {
  const { code, found, mend } = outcome(part('ruled'));
  expect({ code, found }).toEqual({ code: 4, found: ['hidraw-access-denied:problem'] });
  expect(mend('hidraw-access-denied')).toMatch(/^Plug the key in again/);
});

test('a group that may: join it, and it works', () => {
  expect(outcome(part('group')).mend('hidraw-access-denied')).toMatch(
    /^Join the group plugdev[\s\S]*--groups plugdev nobody$/,
  );
  expect(outcome(part('member'))).toMatchObject({ code: 0, found: ['usb-key-works:ok'] });
});

test('a key for which there is no node: udev, or how the container was started', () => {
  const bare = outcome(part('no node'));
  expect(bare).toMatchObject({ code: 4, found: ['hidraw-node-missing:problem'] });
  expect(commandsOf(bare.mend('hidraw-node-missing'))).toEqual(['udevadm trigger --action=add']);
  const inside = outcome(part('container without the node'));
  expect(inside).toMatchObject({ code: 4, found: ['hidraw-node-missing:problem'] });
  expect(inside.message('hidraw-node-missing')).toContain('no /dev/hidraw0 in this podman container');
  expect(commandsOf(inside.mend('hidraw-node-missing'))).toEqual(['podman run --device /dev/hidraw0 …']);
});

test('no key in a container: how it gets one', () => {
  expect(ids('container without a key')).toEqual(['no-key:warning', 'container:warning', 'usb-ready:ok']);
  expect(commandsOf(outcome(part('container without a key')).mend('container'))).toEqual([
    'podman run --device /dev/hidraw0 …',
    'podman run -v /run/pcscd:/run/pcscd …',
  ]);
});

test('a key from before FIDO2', () => {
  expect(parts['peer u2f']).toBe('CBOR False U2F_V2\n');
  const { code, found, message, mend } = outcome(part('u2f'));
  expect({ code, found }).toEqual({ code: 4, found: ['key-u2f-only:problem'] });
  expect(message('key-u2f-only')).toContain('seckey Plain U2F Key (/dev/hidraw0) speaks only U2F');
  expect(mend('key-u2f-only')).toMatch(/switch FIDO2 on/);
  const info = part('info u2f');
  expect(info.code).toBe(5);
  expect(info.stdout).toMatch(/speaks only U2F \(CTAP1\), not FIDO2\nIf the maker’s program can switch FIDO2 on/);
});

test('a key that waits for a touch that another program asked for: which', () => {
  const pid = /^holder (\d+)$/m.exec(parts.busy ?? '')?.[1];
  const { code, found, message, mend } = outcome(part('busy'));
  expect({ code, found }).toEqual({ code: 4, found: ['key-busy:problem'] });
  expect(message('key-busy')).toContain(`fido2-cred (${pid})`);
  expect(mend('key-busy')).toBe(`Finish what fido2-cred waits for, often a touch, or end it:\n  kill ${pid}`);
  const info = part('info busy');
  expect(info.code).toBe(4);
  expect(info.stdout).toMatch(/another program is using the key[\s\S]*finish what it asks for/);
  // It was in nobody's way: the touch went to who had asked for it.
  for (const name of ['busy', 'info busy']) {
    expect(parts[name], name).toMatch(/^holder ended 0$/m);
  }
});

test('a YubiKey whose FIDO is switched off on USB', () => {
  const { mend, message } = outcome(part('no fido'));
  expect(part('no fido').code).toBe(4);
  expect(ids('no fido')).toEqual(['usb-fido-disabled:problem']);
  expect(message('usb-fido-disabled')).toContain('Yubico YubiKey OTP is plugged in');
  expect(commandsOf(mend('usb-fido-disabled'))).toEqual(['ykman config usb --enable FIDO2']);
});
