import { afterAll, expect, test } from 'vitest';
import { exampleCommand, Scratch } from '../support/built-cli.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

test('a key behind a TCP port is found, described and given a PIN like any other', async () => {
  const { code, stdout, stderr } = await scratch.sh(exampleCommand('tcp-transport'));
  expect(stderr).toBe('');
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^A key over tcp, AAGUID [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    expect.stringMatching(/^It speaks .*FIDO_2_3/),
    'PIN set: false',
    'PIN set: true, verified, 8 tries left',
    '',
  ]);
  expect(code).toBe(0);
});
