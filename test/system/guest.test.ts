import { beforeAll, describe, expect, test } from 'vitest';
import { UHID_MAX_REQUEST } from '../../src/authenticator/serve/uhid.ts';
import { bundle } from '../support/bundle.ts';
import { inGuest, mustInGuest } from './support/guest.ts';
import { PYTHON, peer } from './support/peers.ts';
import { SCRIPTED_AAGUID } from './support/scripted-key.ts';

/** Pings up to `size` bytes, and an answer of 7,609: all 129 packets that a message can have. */
const longMessages = (size: number) => `${PYTHON} -c '
import signal
signal.alarm(60)
from fido2.hid import CtapHidDevice
(key,) = CtapHidDevice.list_devices()
pattern = bytes(range(251)) * 31
for size in (1, 57, 58, ${size}):
    assert key.ping(pattern[:size]) == pattern[:size], size
    print(size, "there and back", flush=True)
for _ in range(3):
    assert key.call(0x40) == pattern[:7609]
print("all there")
' || exit`;

test('the guest hands over output and exit status, and forgets what the job wrote', async () => {
  const job = 'touch /written; echo out; echo err >&2; id -u; sleep 1000 & exit 7';
  expect(await inGuest(job)).toEqual({ code: 7, stdout: 'out\n0\n', stderr: 'err\n' });
  expect(await mustInGuest('test ! -e /written && echo clean')).toBe('clean\n');
});

describe('a key through uhid', () => {
  let program: string;
  beforeAll(async () => {
    program = await bundle(new URL('programs/uhid-key.ts', import.meta.url));
  });

  test('is listed and spoken to by other clients, carries long messages, and goes away with its server', async () => {
    const stdout = await mustInGuest(`
      serve ${program}
      fido2-token -L
      ${PYTHON} ${peer('info')} --hid
      ${longMessages(UHID_MAX_REQUEST)}
      move remove
      echo "left: $(ls /dev | grep -c hidraw)"
      move insert
      echo "back: $(ls /dev | grep -c hidraw)"
      fido2-token -L
      unserve
      echo "left: $(ls /dev | grep -c hidraw)"
      cat /run/key.log
    `);
    expect(stdout.match(/^\/dev\/hidraw\d+: vendor=0x1209, product=0xf1d0 \(.*\)$/gm)).toHaveLength(2);
    expect(stdout).toContain(`"AAGUID": "${SCRIPTED_AAGUID}"`);
    expect(stdout).toContain('all there');
    expect(stdout.match(/^(left|back): \d$/gm)).toEqual(['left: 0', 'back: 1', 'left: 0']);
    expect(stdout).toContain('closed stopped');
  });

  test('ends on SIGTERM, and the kernel removes it when it is killed', async () => {
    const stdout = await mustInGuest(`
      serve ${program}
      kill $KEY
      wait $KEY
      echo "terminated: $?, $(ls /dev | grep -c hidraw)"
      rm /run/key.in
      serve ${program}
      kill -9 $KEY
      wait $KEY
      echo "killed: $?, $(ls /dev | grep -c hidraw)"
    `);
    expect(stdout).toContain('terminated: 0, 0');
    expect(stdout).toContain('killed: 137, 0');
  });
});

describe('a key on the USB gadget', () => {
  test('has a USB device above it, can be unplugged and plugged in again', async () => {
    const program = await bundle(new URL('programs/gadget-key.ts', import.meta.url));
    const stdout = await mustInGuest(`
      serve ${program}
      fido2-token -L
      cat /sys/bus/usb/devices/*/serial
      ${PYTHON} ${peer('info')} --hid
      move remove
      echo "left: $(ls /dev | grep -c hidraw)"
      move insert
      ${PYTHON} ${peer('info')} --hid
      ${longMessages(7609)}
      unserve
      echo "left: $(ls /dev | grep -c hidraw)"
    `);
    expect(stdout).toMatch(/^\/dev\/hidraw\d+: vendor=0x1209, product=0xf1d0 \(seckey Scripted USB Key\)$/m);
    expect(stdout).toMatch(/^SN0002$/m);
    expect(stdout.match(new RegExp(`"AAGUID": "${SCRIPTED_AAGUID}"`, 'g'))).toHaveLength(2);
    expect(stdout).toContain('all there');
    expect(stdout.match(/^left: \d$/gm)).toEqual(['left: 0', 'left: 0']);
  });
});
