import { expect, test } from 'vitest';
import { facts } from '../../../src/cli/messages/keys.ts';
import { keyLabel } from '../../../src/cli/messages/manager.ts';
import { discovered, ScriptedDevice } from '../../support/scripted-device.ts';

test.each([
  [{ transport: 'usb', path: '/dev/hidraw0' }, 'USB /dev/hidraw0', 'Key, USB'],
  [{ transport: 'nfc', reader: 'ACR122U' }, 'reader ACR122U', 'Key, ACR122U'],
  [{ transport: 'radio' }, 'radio', 'Key, radio'],
  [{ transport: 'radio', path: 'channel 7' }, 'radio channel 7', 'Key, radio'],
])('where a key is: %o', (where, inList, inMenu) => {
  const description = { id: 'key-1', model: 'Key', ...where };
  expect(facts(description)).toBe(inList);
  expect(keyLabel({ key: discovered(new ScriptedDevice([])), description })).toBe(inMenu);
});
