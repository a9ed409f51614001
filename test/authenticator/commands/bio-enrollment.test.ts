import { describe, expect, test } from 'vitest';
import { toHex } from '../../../src/encoding/bytes.ts';
import { type Bench, bench } from '../support/bench.ts';
import type { Members } from '../support/hand-made-client.ts';
import { ManagementClient, PERMISSION } from '../support/management-client.ts';

const { be } = PERMISSION;
const RIGHT = { finger: 'right index' };
const LEFT = { finger: 'left index' };

/** Both commands: 09 on a key of 2.3, 40 on one of the preview. */
const GENERATIONS = [
  ['bioEnrollment', 'ctap-2.3', 0x09],
  ['preview', 'feitian-biopass', 0x40],
  ['preview on a key of 2.1', 'yubikey-bio', 0x40],
] as const;

describe.each(GENERATIONS)('%s', (_name, model, code) => {
  const prepare = async () => {
    const on = bench(model);
    const client = await ManagementClient.with(on, be);
    const bio = (sub: number, params?: Members, overrides?: Members) => client.bio(sub, params, overrides, code);
    return { on, client, bio };
  };

  test('modality and sensor, without a token', async () => {
    const on = bench(model);
    const client = new ManagementClient(on);
    expect((await client.command(code, { 6: true })).members).toEqual(new Map([[1, 1]]));
    const { members } = await client.command(code, { 1: 1, 2: 7 });
    const { enrollSamples, maxFriendlyNameLength } = on.model.uv!;
    expect(members.get(2)).toBe(1);
    expect(members.get(3)).toBe(enrollSamples);
    expect(members.get(8)).toBe(code === 0x09 ? maxFriendlyNameLength : undefined);
  });

  test('enrol, enumerate, name, remove', async () => {
    const { on, client, bio } = await prepare();
    const option = model === 'feitian-biopass' ? 'userVerificationMgmtPreview' : 'bioEnroll';
    expect(await client.options()).toMatchObject({ uv: false, [option]: false });
    const total = on.model.uv!.enrollSamples;
    on.samples.push(...new Array(total).fill(RIGHT));
    const begun = await bio(1, { 3: 10_000 });
    expect(begun.status).toBe(0);
    const templateId = begun.members.get(4);
    expect([begun.members.get(5), begun.members.get(6)]).toEqual([0, total - 1]);
    for (let remaining = total - 2; remaining >= 0; remaining--) {
      expect((await client.options()).uv).toBe(false);
      const { status, members } = await bio(2, { 1: templateId });
      expect([status, members.get(4), members.get(5), members.get(6)]).toEqual([0, undefined, 0, remaining]);
    }
    expect(await client.options()).toMatchObject({ uv: true, [option]: true });
    expect((await bio(4)).members.get(7).map((info: Map<number, unknown>) => info.get(1))).toEqual([templateId]);
    expect((await bio(5, { 1: templateId, 2: 'Zeigefinger' })).status).toBe(0);
    const named = new Map([
      [1, templateId],
      [2, 'Zeigefinger'],
    ]);
    expect((await bio(4)).members.get(7)).toEqual([named]);
    expect(on.restart().key.state.fingerprints.templates).toEqual([
      { templateId: Uint8Array.from(templateId), friendlyName: 'Zeigefinger', finger: 'right index' },
    ]);
    expect((await bio(6, { 1: templateId })).status).toBe(0);
    expect((await bio(4)).status).toBe(0x2c);
    expect(await client.options()).toMatchObject({ uv: false, [option]: false });
  });

  test('a fingerprint without a name: the empty one on a YubiKey Bio, none elsewhere', async () => {
    const { on, client, bio } = await prepare();
    await client.enroll(on, RIGHT.finger, code);
    const [info] = (await bio(4)).members.get(7);
    expect(info.get(2)).toBe(model === 'yubikey-bio' ? '' : undefined);
  });

  test('samples that are not good keep what remains', async () => {
    const { on, bio } = await prepare();
    on.samples.push(
      { ...RIGHT, quality: 'FP_TOO_SHORT' },
      RIGHT,
      { ...RIGHT, quality: 'FP_TOO_HIGH' },
      LEFT,
      'timeout',
    );
    const begun = (await bio(1, {})).members;
    const total = on.model.uv!.enrollSamples;
    expect([begun.get(5), begun.get(6)]).toEqual([9, total]);
    for (const [status, remaining] of [
      [0, total - 1],
      [1, total - 1],
      // another finger cannot be merged with the one before
      [0x0a, total - 1],
      [0x0d, total - 1],
    ]) {
      const { members } = await bio(2, { 1: begun.get(4) });
      expect([members.get(5), members.get(6)]).toEqual([status, remaining]);
    }
  });

  test('a finger that is enrolled already: sample status 0B', async () => {
    const { on, client, bio } = await prepare();
    await client.enroll(on, RIGHT.finger, code);
    on.samples.push(RIGHT, LEFT);
    const { members } = await bio(1, {});
    expect(members.get(5)).toBe(0x0b);
    expect((await bio(2, { 1: members.get(4) })).members.get(5)).toBe(0);
  });

  test('database full: 17', async () => {
    const { on, bio } = await prepare();
    const room = on.model.storage.fingerprints!;
    for (let i = 0; i < room; i++) {
      on.key.state.fingerprints.templates.push({ templateId: Uint8Array.of(i), finger: `finger ${i}` });
    }
    expect((await bio(1, {})).status).toBe(0x17);
    expect(on.sampleRequests).toHaveLength(0);
  });

  test('unknown template: 2C; a name too long: 03, in bytes; missing members: 14', async () => {
    const { on, bio } = await prepare();
    const templateId = Uint8Array.of(1, 2);
    on.key.state.fingerprints.templates.push({ templateId, finger: 'x' });
    const other = Uint8Array.of(9);
    expect((await bio(5, { 1: other, 2: 'name' })).status).toBe(0x2c);
    expect((await bio(6, { 1: other })).status).toBe(0x2c);
    const longest = on.model.uv!.maxFriendlyNameLength;
    expect((await bio(5, { 1: templateId, 2: 'x'.repeat(longest) })).status).toBe(0);
    expect((await bio(5, { 1: templateId, 2: `${'x'.repeat(longest - 1)}ß` })).status).toBe(0x03);
    expect((await bio(5, { 1: templateId })).status).toBe(0x14);
    expect((await bio(5, { 2: 'name' })).status).toBe(0x14);
    expect((await bio(6)).status).toBe(0x14);
  });

  test('who may: 36, 14, 02, 33', async () => {
    const { client, bio } = await prepare();
    for (const sub of [1, 2, 4, 5, 6]) {
      expect((await bio(sub, {}, { 4: undefined, 5: undefined })).status).toBe(0x36);
      expect((await bio(sub, {}, { 4: undefined })).status).toBe(0x14);
      expect((await bio(sub, {}, { 4: 5 })).status).toBe(0x02);
      expect((await bio(sub, {}, { 5: new Uint8Array(client.protocol * 16) })).status).toBe(0x33);
    }
    expect((await new ManagementClient(bench(model)).bio(1, {}, {}, code)).status).toBe(0x36);
    if (model === 'feitian-biopass') return;
    await client.authorise(PERMISSION.acfg);
    expect((await bio(4)).status).toBe(0x33);
  });

  test('what it does not know: other modality 02, no subcommand 14, unknown subcommand', async () => {
    const { on, client, bio } = await prepare();
    expect((await client.command(code, { 1: 2, 2: 7 })).status).toBe(0x02);
    expect((await client.command(code, { 1: 1 })).status).toBe(0x14);
    expect((await client.command(code, { 2: 7 })).status).toBe(0x14);
    expect((await bio(8)).status).toBe(on.model.quirks.unknownSubCommandStatus);
  });
});

test('a key without sensor has neither command: 01', async () => {
  const client = new ManagementClient(bench('yubikey-5-nfc'));
  for (const code of [0x09, 0x40]) expect((await client.command(code, { 6: true })).status).toBe(0x01);
  expect(await client.options()).not.toHaveProperty('uv');
});

describe('half an enrolment', () => {
  async function begun() {
    const on = bench();
    const client = await ManagementClient.with(on, be);
    on.samples.push(RIGHT);
    const { members } = await client.bio(1, {});
    return { on, client, templateId: members.get(4) as Uint8Array };
  }
  const goOn = async (client: ManagementClient, on: Bench, templateId: Uint8Array) => {
    on.samples.push(RIGHT);
    return (await client.bio(2, { 1: templateId })).status;
  };

  test('goes on under its templateId only', async () => {
    const { on, client, templateId } = await begun();
    expect(await goOn(client, on, Uint8Array.of(1))).toBe(0x2c);
    expect((await client.bio(2, {})).status).toBe(0x14);
    expect(await goOn(client, on, templateId)).toBe(0);
  });

  test('ends with cancel, another subcommand, another stateful command, a new token or power: 30', async () => {
    const ends: ((on: Bench, client: ManagementClient) => Promise<unknown>)[] = [
      (_on, client) => client.command(0x09, { 1: 1, 2: 3 }),
      (_on, client) => client.bio(4),
      (_on, client) => client.getBlobs(0, 17),
      (_on, client) => client.authorise(be),
      (on) => on.key.powerCycle(),
    ];
    for (const end of ends) {
      const { on, client, templateId } = await begun();
      await end(on, client);
      await client.authorise(be);
      expect(await goOn(client, on, templateId)).toBe(0x30);
      expect(on.restart().key.state.fingerprints.templates).toEqual([]);
    }
  });

  test('survives getInfo, the sensor info, and a refused request', async () => {
    const { on, client, templateId } = await begun();
    await client.info();
    await client.command(0x09, { 1: 1, 2: 7 });
    await client.command(0x09, { 1: 1, 2: 4 });
    expect(await goOn(client, on, templateId)).toBe(0);
  });

  test('cancelCurrentEnrollment is no error when nothing runs', async () => {
    expect((await new ManagementClient(bench()).command(0x09, { 1: 1, 2: 3 })).status).toBe(0);
  });

  test('begin again takes a new templateId', async () => {
    const { on, client, templateId } = await begun();
    on.samples.push(RIGHT);
    const { members } = await client.bio(1, {});
    expect(toHex(members.get(4))).not.toBe(toHex(templateId));
    expect(members.get(6)).toBe(on.model.uv!.enrollSamples - 1);
  });
});

describe('waiting for a finger', () => {
  const cancelled = (on: Bench, client: ManagementClient, templateId?: Uint8Array) => {
    const controller = new AbortController();
    on.samples.push(() => new Promise(() => {}));
    const keepalives: number[] = [];
    const original = on.key.process.bind(on.key);
    Object.assign(on.key, {
      process: (request: Uint8Array) =>
        original(request, {
          transport: 'usb',
          signal: controller.signal,
          onKeepalive: (status) => keepalives.push(status),
        }),
    });
    const answer = templateId ? client.bio(2, { 1: templateId }) : client.bio(1, {});
    Object.assign(on.key, { process: original });
    return { answer, controller, keepalives };
  };

  test('asks for a touch, and is cancelled with 2D; the enrolment can go on', async () => {
    const on = bench();
    const client = await ManagementClient.with(on, be);
    on.samples.push(RIGHT);
    const templateId = (await client.bio(1, {})).members.get(4);
    const { answer, controller, keepalives } = cancelled(on, client, templateId);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(keepalives).toEqual([2]);
    controller.abort();
    expect((await answer).status).toBe(0x2d);
    on.samples.push(RIGHT);
    expect((await client.bio(2, { 1: templateId })).members.get(6)).toBe(2);
  });

  test('pulling the plug ends it', async () => {
    const on = bench();
    const client = await ManagementClient.with(on, be);
    const { answer } = cancelled(on, client);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await on.key.powerCycle();
    expect((await answer).status).toBe(0x2d);
    expect(on.key.state.fingerprints.templates).toEqual([]);
  });

  test('refused: 27', async () => {
    const on = bench();
    const client = await ManagementClient.with(on, be);
    on.samples.push('denied');
    expect((await client.bio(1, {})).status).toBe(0x27);
  });

  test('as long as the client asks, at most as long as for a touch', async () => {
    const on = bench();
    const client = await ManagementClient.with(on, be);
    for (const params of [{ 3: 5000 }, {}, { 3: 99_999_999 }]) await client.bio(1, params);
    expect(on.sampleRequests.map(({ timeoutMs }) => timeoutMs)).toEqual([5000, 30_000, 30_000]);
    expect(on.sampleRequests[0]).toMatchObject({ goodSamples: 0, samples: 4 });
  });
});

test('reset forgets the fingers', async () => {
  const on = bench();
  const client = await ManagementClient.with(on, be);
  await client.enroll(on, 'right index');
  expect((await client.options()).uv).toBe(true);
  await on.key.process(Uint8Array.of(7), { transport: 'usb' });
  expect(await client.options()).toMatchObject({ uv: false, bioEnroll: false, clientPin: false });
});
