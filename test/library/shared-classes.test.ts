/** All entry points of the library share their classes, so that `instanceof` tells the same whichever one was imported. */
import { afterAll, expect, test } from 'vitest';
import { programCommand, Scratch } from '../support/built-cli.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

test('as they are shipped', async () => {
  const program = `
    import * as root from 'seckey';
    import { modelById } from 'seckey/authenticator';
    import { PERMISSION, SchemaError, decodeResponse, getInfo } from 'seckey/ctap2';
    import { KeyTracer, traced } from 'seckey/trace';
    import { Discovery, openHidDevice } from 'seckey/transport';

    const { FidoError, Session } = root;
    const failureOf = (work) => Promise.resolve().then(work).then(() => undefined, (error) => error);
    const lost = new FidoError('key-removed', 'gone');
    const dead = { write: () => Promise.reject(lost), onPacket: () => {}, onClosed: () => {}, close: async () => {} };
    const nonsense = { transport: 'usb', removed: new Promise(() => {}), close: async () => {},
      transact: async () => Uint8Array.of(0, 0xff) };
    const session = await Session.open({ id: 'x', transport: 'usb', name: 'x', open: async () => traced(nonsense, () => {}) });
    console.log(JSON.stringify({
      authenticator: (await failureOf(() => modelById('no such model'))) instanceof FidoError,
      transport: (await failureOf(() => openHidDevice(dead, { transport: 'tcp' }))) instanceof FidoError,
      session: (await failureOf(() => session.info())) instanceof FidoError,
      ctap2: (await failureOf(() => decodeResponse(getInfo, Uint8Array.of(0xa0)))) instanceof SchemaError,
      discovery: Discovery === root.Discovery,
      permission: PERMISSION === root.PERMISSION,
      trace: typeof KeyTracer,
    }));`;
  const { stdout, stderr } = await scratch.sh(await programCommand('shared-classes', program));
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    authenticator: true,
    transport: true,
    session: true,
    ctap2: true,
    discovery: true,
    permission: true,
    trace: 'function',
  });
});
