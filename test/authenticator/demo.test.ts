import { describe, expect, test } from 'vitest';
import { addDemoContent } from '../../src/authenticator/demo.ts';
import { MODELS } from '../../src/authenticator/models.ts';
import { stateFromJson, stateToJson } from '../../src/authenticator/state.ts';
import { openLargeBlob, parseLargeBlobArray } from '../../src/ctap2/large-blob-array.ts';
import { bench } from './support/bench.ts';
import { ManagementClient, PERMISSION } from './support/management-client.ts';

describe.each(MODELS.map((model) => [model.id, model] as const))('%s', (id, model) => {
  const filled = () => {
    const on = bench(id);
    return { on, ...addDemoContent(on.key.state, model, on.key.environment) };
  };

  test('can be stored', () => {
    const { on } = filled();
    const json = JSON.parse(JSON.stringify(stateToJson(on.key.state)));
    expect(stateToJson(stateFromJson(json, model))).toEqual(json);
  });

  test('has a PIN that the key would have taken', async () => {
    const { on, pin } = filled();
    const client = new ManagementClient(on, model.info.pinUvAuthProtocols[0]);
    expect((await client.token(pin)).status).toBe(0);
    expect(await client.changePin(pin, pin)).toBe(0);
    expect(pin).toBe(model.pin.complexity?.enforced ? '84629173' : '12345678');
  });

  test('shows its credentials, if it can be asked', async () => {
    const { on, pin } = filled();
    const code = [0x0a, 0x41].find((command) => on.key.supports(command));
    if (!code) return;
    const client = new ManagementClient(on, model.info.pinUvAuthProtocols[0]);
    await client.authorise(PERMISSION.cm, undefined, pin);
    const { status, members } = await client.credMgmt(2, undefined, {}, code);
    expect(status).toBe(0);
    const rps = [members.get(3).get('id')];
    for (let i = 1; i < members.get(5); i++) {
      rps.push((await client.command(code, { 1: 3 })).members.get(3).get('id'));
    }
    expect(rps).toEqual(expect.arrayContaining(['example.com', 'example.org', 'example.net', 'ssh:']));
    expect((await client.credMgmt(1, undefined, {}, code)).members.get(1)).toBe(8);
  });

  test('has fingers where there is a sensor, and blobs where there is room', () => {
    const { fingerprints, largeBlobs, credentials } = filled().on.key.state;
    expect(fingerprints.templates.map(({ friendlyName }) => friendlyName)).toEqual(
      model.uv ? ['right index', 'left index'] : [],
    );
    const { entries, damaged } = parseLargeBlobArray(largeBlobs.serializedArray);
    expect(damaged).toBe(false);
    expect(entries).toHaveLength(model.options.largeBlobs ? 2 : 0);
    if (!model.options.largeBlobs) return;
    const key = credentials.discoverable.find(({ largeBlobKey }) => largeBlobKey)?.largeBlobKey;
    const opened = entries.map((entry) => openLargeBlob(key!, entry)?.data);
    expect(new TextDecoder().decode(opened[0])).toContain('certificate');
    expect(opened[1]).toBeUndefined();
  });
});

test('is different on each key', () => {
  const [one, other] = [bench(), bench()];
  other.random.push(new Uint8Array(32));
  for (const on of [one, other]) addDemoContent(on.key.state, on.model, on.key.environment);
  const keys = [one, other].map((on) => on.key.state.credentials.discoverable[0]?.credentialId);
  expect(keys[0]).not.toEqual(keys[1]);
});
