import { expect, test } from 'vitest';
import type { Context } from '../../src/cli/context.ts';
import { confirmReset } from '../../src/cli/reset-ports.ts';
import type { KeyDescription } from '../../src/keys/describe.ts';

/** What a person who has said --yes is told of this key. */
async function told(key: KeyDescription): Promise<string[]> {
  const lines: string[] = [];
  const out = { say: (line: string) => lines.push(line) };
  await confirmReset({ out, canAsk: true, options: { yes: true } } as unknown as Context, key, undefined);
  return lines;
}

test('a key without a serial number is not told from its twin, and that is said', async () => {
  const lines = await told({ id: 'usb-096e-0858-1-2', transport: 'usb', name: 'FS ePass' });
  expect(lines[0]).toContain('This erases everything on FS ePass (usb-096e-0858-1-2)');
  expect(lines[1]).toContain('knows no serial number of it');
});

test('one that has a serial number needs no such warning', async () => {
  const lines = await told({ id: 'usb-1050-0407-a1b2', transport: 'usb', name: 'YubiKey', serial: '12345678' });
  expect(lines).toHaveLength(1);
});
