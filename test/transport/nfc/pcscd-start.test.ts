import { expect, test } from 'vitest';
import { pcscdNotRunning } from '../../../src/transport/nfc/pcsc-errors.ts';
import { pcscdStart, thisPcscdSetup } from '../../../src/transport/nfc/pcscd-start.ts';

const LINUX = { platform: 'linux', administrator: false, installed: true, systemd: true } as const;

test.each([
  [LINUX, 'Start it: sudo systemctl enable --now pcscd.socket'],
  [{ ...LINUX, systemd: false }, 'Start it: sudo pcscd'],
  [{ ...LINUX, systemd: false, administrator: true }, 'Start it: pcscd'],
  [{ ...LINUX, installed: false }, 'Install pcscd first. How, and what else there is to do: seckey doctor'],
  [{ ...LINUX, platform: 'darwin' }, 'Connect the reader again, or restart the computer.'],
  [
    { ...LINUX, platform: 'win32' },
    'Connect the reader: Windows starts the service by itself. If it does not, as administrator: Start-Service SCardSvr',
  ],
] as const)('%j: %s', (setup, words) => expect(pcscdStart(setup)).toBe(words));

test('a failure says it for this system', () => expect(pcscdNotRunning().hint).toBe(pcscdStart(thisPcscdSetup())));
