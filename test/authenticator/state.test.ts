import { describe, expect, test } from 'vitest';
import { MODELS, modelById } from '../../src/authenticator/models.ts';
import { modelIdOf } from '../../src/authenticator/state/stored-state.ts';
import { stateFromJson, stateToJson } from '../../src/authenticator/state.ts';
import { FidoError } from '../../src/errors.ts';
import { bench } from './support/bench.ts';
import { HandMadeClient } from './support/hand-made-client.ts';

const ctap23 = modelById('ctap-2.3');
const copy = (json: unknown) => JSON.parse(JSON.stringify(json));

async function used() {
  const on = bench();
  const client = new HandMadeClient(on);
  await client.setPin('pässwörd-🔑');
  await client.token('wrong');
  return { on, client };
}

test.each(MODELS.map((model) => [model.id, model] as const))('%s comes back from JSON as it was', (_id, model) => {
  const { state } = bench(model).key;
  expect(stateFromJson(copy(stateToJson(state)), model)).toEqual(state);
});

test('a used key comes back too, and goes on', async () => {
  const { on, client } = await used();
  expect(stateFromJson(copy(stateToJson(on.key.state)), ctap23)).toEqual(on.key.state);
  const again = new HandMadeClient(on.restart());
  expect(await again.retries()).toEqual(await client.retries());
  expect((await again.token('pässwörd-🔑')).status).toBe(0);
});

describe('damage', () => {
  const refused = (json: unknown, message: string | RegExp) => {
    let error: unknown;
    try {
      stateFromJson(json, ctap23);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(FidoError);
    expect(error).toMatchObject({ code: 'invalid-input', message: expect.stringMatching(message) });
  };

  test.each([
    ['pin.current.hash', 'not hex', /^software key\.pin\.current\.hash is not 16 bytes in hex$/],
    ['pin.current.hash', 'aabb', /pin\.current\.hash is not 16 bytes in hex/],
    ['pin.pinRetries', 9, /pin\.pinRetries is not an integer from 0 to 8/],
    ['pin.pinRetries', '8', /pin\.pinRetries is not an integer/],
    ['pin.pinRetries', undefined, /pin\.pinRetries is not there/],
    ['pin', undefined, /software key\.pin is not there/],
    ['pin', [], /software key\.pin is not an object/],
    ['config.minPINLength', 3, /config\.minPINLength is not an integer from 4 to 63/],
    ['config.minPinLengthRPIDs', ['a', 1], /config\.minPinLengthRPIDs\[1\] is not text/],
    ['config.alwaysUv', 'yes', /config\.alwaysUv is not true or false/],
    ['identity.deviceIdentifier', null, /identity\.deviceIdentifier is not 16 bytes in hex/],
    ['powerCycle.pinMisses', 4, /powerCycle\.pinMisses is not an integer from 0 to 3/],
    ['serial', -1, /software key\.serial is not an integer/],
    ['format', 'something else', /software key is not a stored software key/],
    ['model', 'ctap-2.0', /is a ctap-2\.0, not a ctap-2\.3/],
    ['version', 2, /newer seckey/],
  ])('%s: %s', async (path, value, message) => {
    const json = copy(stateToJson((await used()).on.key.state));
    const names = path.split('.');
    const last = names.pop() as string;
    names.reduce((object, name) => object[name], json)[last] = value;
    refused(copy(json), message);
  });

  test.each([[null], ['text'], [[]], [{}], [42]])('%j is no key', (json) => refused(json, /software key is not/));

  test('errors never show what was there', async () => {
    const json = copy(stateToJson((await used()).on.key.state));
    json.identity.persistentPinUvAuthToken = 'secret';
    expect(() => stateFromJson(json, ctap23)).toThrow(/^(?!.*secret)/);
  });
});

test('which model a stored key is', () => {
  expect(modelIdOf(copy(stateToJson(bench('hid-crescendo').key.state)))).toBe('hid-crescendo');
});
