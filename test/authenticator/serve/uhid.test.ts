import { expect, test } from 'vitest';
import { serveUhid } from '../../../src/authenticator/serve/uhid.ts';

const identity = { name: 'test', vendorId: 1, productId: 2, version: 3, uniq: '4' };
const endpoint = () => ({ receive: () => {}, close: () => {} });

// With a real kernel: test/system.
test('without the device the error says what to do', async () => {
  await expect(serveUhid(endpoint, { ...identity, device: '/nonexistent/uhid' })).rejects.toMatchObject({
    code: 'usb-unavailable',
    hint: expect.stringContaining('modprobe uhid'),
  });
});

test('does not begin when already aborted', async () => {
  await expect(serveUhid(endpoint, { ...identity, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'interrupted',
  });
});
