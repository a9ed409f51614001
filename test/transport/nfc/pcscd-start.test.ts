import { expect, test } from 'vitest';
import { errorDocument } from '../../../src/cli/errors.ts';
import { FidoError } from '../../../src/errors.ts';
import { pcscdNotRunning } from '../../../src/transport/nfc/pcsc-errors.ts';
import { pcscdAdvice, pcscdStart, thisPcscdSetup } from '../../../src/transport/nfc/pcscd-start.ts';

const LINUX = { platform: 'linux', administrator: false, installed: true, systemd: true } as const;

test.each([
  [LINUX, 'Start it: sudo systemctl enable --now pcscd.socket'],
  [{ ...LINUX, systemd: false }, 'Start it: sudo pcscd'],
  [{ ...LINUX, systemd: false, administrator: true }, 'Start it: pcscd'],
  [{ ...LINUX, installed: false }, 'Install pcscd first.'],
  [{ ...LINUX, platform: 'darwin' }, 'Connect the reader again, or restart the computer.'],
  [
    { ...LINUX, platform: 'win32' },
    'Connect the reader: Windows starts the service by itself. If it does not, as administrator: Start-Service SCardSvr',
  ],
] as const)('%j: %s', (setup, words) => expect(pcscdStart(setup)).toBe(words));

test('a failure says it for this system', () => expect(pcscdNotRunning().hint).toBe(pcscdStart(thisPcscdSetup())));

test('where the service is missing, there is more to do than to start it', () => {
  const advice = pcscdAdvice({ ...LINUX, installed: false });
  expect(errorDocument(new FidoError('pcscd-not-running', 'the smart card service is not running', advice)).hint).toBe(
    'Install pcscd first. How, and what else there is to do: seckey doctor',
  );
  for (const setup of [LINUX, { ...LINUX, installed: false, platform: 'win32' }] as const) {
    expect(pcscdAdvice(setup)).toEqual({ hint: pcscdStart(setup) });
  }
});
