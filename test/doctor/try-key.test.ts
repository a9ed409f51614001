import { expect, test } from 'vitest';
import { tryKey } from '../../src/doctor/try-key.ts';
import { openHidDevice } from '../../src/transport/hid/device.ts';
import { openNfcDevice } from '../../src/transport/nfc/device.ts';
import { FakeHidKey } from '../support/fake-hid-key.ts';
import { ScriptedCard, SELECT, VERSION } from '../support/scripted-card.ts';

test('a key that works for ever is no reason to wait for ever', async () => {
  const key = new FakeHidKey();
  let timer: NodeJS.Timeout | undefined;
  key.answer = (_message, self) => {
    timer = setInterval(() => self.keepalive(1), 5);
  };
  const trial = await tryKey('Key', '/dev/hidraw0', () => openHidDevice(key, { cancelMs: 1_000 }), 50);
  clearInterval(timer);
  expect(trial).toMatchObject({ outcome: 'failed', error: { code: 'no-answer' } });
});

test('nor is a card that says nothing, or goes on for ever', async () => {
  for (const answer of ['stall', '019100'] as const) {
    const card = new ScriptedCard((command) => (command === SELECT ? VERSION : answer));
    const trial = await tryKey('Reader', 'Reader', () => openNfcDevice(card, { cancelLimitMs: 50 }), 50);
    expect(trial).toMatchObject({ outcome: 'failed', error: { code: 'no-answer' } });
  }
});
