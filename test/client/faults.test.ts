/**
 * Pulls, stalls, drops, reorders and garbles at every exchange of pin set, pin change and reset, over both transports.
 * Whatever happens: no PIN is tried twice, nothing is called done that is not, and every failure is one that is foreseen.
 */
import { describe, expect, test } from 'vitest';
import { addDemoContent } from '../../src/authenticator/demo.ts';
import { errorDocument } from '../../src/cli/errors.ts';
import { withAuthorization } from '../../src/client/authorization/authorization.ts';
import { listCredentials } from '../../src/client/credentials/credentials.ts';
import { verifyPin } from '../../src/client/pin/pin.ts';
import { changePin, setPin } from '../../src/client/pin/set.ts';
import { resetKey } from '../../src/client/reset/reset.ts';
import type { Session } from '../../src/client/session.ts';
import { PERMISSION } from '../../src/ctap2/commands/client-pin.ts';
import { FidoError } from '../../src/errors.ts';
import { toPackets } from '../../src/transport/hid/framing.ts';
import { type CardConnection, CardResetError } from '../../src/transport/nfc/connection.ts';
import { drop, faulty, flip, removeAt, reorder, stallWrites } from '../support/hid-faults.ts';
import { type Damage, World } from '../support/software-world.ts';

const RIGHT = '24681357';
const NEW = '97531864';
/** Of the sample content. */
const DEMO_PIN = '12345678';

/** A flow, the requests of it that may reach the key only once, and whether the key shows that it is done. */
interface Flow {
  name: string;
  prepare(world: World): Promise<void>;
  run(world: World): Promise<unknown>;
  once: string[];
  done(world: World): Promise<boolean>;
  /** Takes what the key says for its content: a flipped count or status is a lie that nobody can see. */
  believes?: boolean;
}

async function pinIs(world: World, pin: string): Promise<boolean> {
  world.damage = {};
  if (!world.plugged) await world.insert();
  const session = await world.openSession();
  try {
    await verifyPin(session, world.interaction({ current: pin }));
    return true;
  } catch (error) {
    // Anything else, e.g. no answer in time on a busy machine, says nothing about the PIN.
    if (error instanceof FidoError && ['pin-invalid', 'pin-not-set'].includes(error.code)) return false;
    throw error;
  } finally {
    await session.close();
  }
}

async function withSession(world: World, work: (session: Session) => Promise<unknown>): Promise<void> {
  const session = await world.openSession();
  try {
    await work(session);
  } finally {
    await session.close();
  }
}

const givePin = (world: World) => withSession(world, (session) => setPin(session, world.interaction({ new: RIGHT })));

const FLOWS: Flow[] = [
  {
    name: 'pin set',
    prepare: async () => {},
    run: (world) => withSession(world, (session) => setPin(session, world.interaction({ new: RIGHT }))),
    once: ['06/3'],
    done: (world) => pinIs(world, RIGHT),
  },
  {
    name: 'pin change',
    prepare: givePin,
    run: (world) =>
      withSession(world, (session) => changePin(session, world.interaction({ current: RIGHT, new: NEW }))),
    once: ['06/4'],
    done: (world) => pinIs(world, NEW),
  },
  {
    name: 'pin change with a wrong PIN',
    prepare: givePin,
    run: (world) =>
      withSession(world, (session) => changePin(session, world.interaction({ current: '00001111', new: NEW }))),
    once: ['06/4'],
    done: async () => false,
  },
  {
    name: 'reset',
    prepare: givePin,
    run: async (world) => {
      const fresh = await resetKey(await world.openSession(), {
        finder: world.finder,
        interaction: world.interaction({}),
        openSession: () => world.openSession(),
        vendorSerial: async () => undefined,
        timeoutMs: 1_000,
        lookAgainMs: 500,
      });
      await fresh.close();
    },
    once: ['07'],
    done: async (world) => !(await pinIs(world, RIGHT)) && world.authenticator.state.resets === 1,
  },
  {
    name: 'credentials list',
    prepare: async (world) => {
      addDemoContent(world.authenticator.state, world.authenticator.model, world.authenticator.environment);
    },
    run: (world) =>
      withSession(world, (session) =>
        withAuthorization(
          session,
          { permissions: PERMISSION.cm },
          world.interaction({ current: DEMO_PIN }),
          async (authorization) => {
            let listed = 0;
            for await (const { credentials } of listCredentials(session, authorization)) listed += credentials.length;
            // A list that ends early must not look like a whole one.
            world.told.push(`listed ${listed} of ${world.authenticator.state.credentials.discoverable.length}`);
          },
        ),
      ),
    once: ['06/9'],
    done: async (world) => world.told.includes('listed 8 of 8'),
    believes: true,
  },
];

/** Runs `flow` under `damage`; checks everything that must always hold. Answers the failure, if any. */
async function runFlow(flow: Flow, transport: 'usb' | 'nfc', damage: Damage): Promise<FidoError | undefined> {
  const world = new World(transport);
  await flow.prepare(world);
  world.processed.length = 0;
  world.damage = damage;
  const before = world.authenticator.state.pin.pinRetries;
  const failure: unknown = await flow.run(world).then(
    () => undefined,
    (error: unknown) => error,
  );
  for (const command of flow.once) expect(world.count(command), `${command} reached the key`).toBeLessThanOrEqual(1);
  expect(world.told.filter((told) => told === 'current PIN').length, 'times the PIN was asked for').toBeLessThanOrEqual(
    1,
  );
  expect(before - world.authenticator.state.pin.pinRetries, 'tries spent').toBeLessThanOrEqual(1);
  if (failure !== undefined) {
    expect(failure).toBeInstanceOf(FidoError);
    expect(errorDocument(failure).exit).not.toBe(0);
  } else {
    expect(await flow.done(world), 'what was called done is done').toBe(true);
  }
  return failure as FidoError | undefined;
}

/** How many packets or APDUs a flow takes when nothing goes wrong. */
async function lengthOf(flow: Flow, transport: 'usb' | 'nfc'): Promise<{ delivered: number; all: number }> {
  const counts = { delivered: 0, all: 0 };
  await runFlow(flow, transport, {
    hid: (connection) =>
      faulty(connection, {
        deliver: (packet, _i, forward) => {
          counts.delivered++;
          counts.all++;
          forward(packet);
        },
        write: (packet, _i, forward) => {
          counts.all++;
          return forward(packet);
        },
      }),
    nfc: (connection) =>
      cardFault(connection, async (apdu, _i, send) => {
        counts.all++;
        return send(apdu);
      }),
  });
  return counts;
}

function cardFault(
  connection: CardConnection,
  transmit: (apdu: Uint8Array, index: number, send: (apdu: Uint8Array) => Promise<Uint8Array>) => Promise<Uint8Array>,
): CardConnection {
  let index = 0;
  return {
    transmit: (apdu) => transmit(apdu, index++, (bytes) => connection.transmit(bytes)),
    reconnect: () => connection.reconnect(),
    close: () => connection.close(),
  };
}

const TRANSPORT_EXIT = 4;

describe.each(FLOWS)('$name', { concurrent: true }, (flow) => {
  test('nothing goes wrong', async () => {
    for (const transport of ['usb', 'nfc'] as const) {
      const failure = await runFlow(flow, transport, {});
      if (flow.name.includes('wrong')) expect(failure).toMatchObject({ code: 'pin-invalid', retries: 7 });
      else expect(failure).toBeUndefined();
    }
  });

  describe('USB, at every packet', async () => {
    const { delivered, all } = await lengthOf(flow, 'usb');
    const each = (count: number) => Array.from({ length: count }, (_, i) => i);

    test.each(each(all))('removed at packet %i', async (at) => {
      const failure = await runFlow(flow, 'usb', { hid: (connection, remove) => removeAt(connection, at, remove) });
      // During reset a removal may fall where the key is out anyway, or before it is confirmed: then waiting goes on.
      if (flow.name === 'reset')
        expect(
          failure === undefined || TRANSPORT_EXIT === errorDocument(failure).exit || failure.code === 'person-timeout',
        ).toBe(true);
      else if (flow.name.includes('wrong') && failure?.code === 'pin-invalid') expect(at).toBeGreaterThan(0);
      // From the command with the new PIN on, nobody knows which PIN the key has.
      else if (failure?.code === 'pin-uncertain') expect(flow.name).toMatch(/^pin (set|change)/);
      else expect(failure).toMatchObject({ code: 'key-removed' });
    });
    test.each(each(delivered))('packet %i lost', async (at) => {
      const failure = await runFlow(flow, 'usb', { hid: (connection) => drop(connection, at) });
      if (failure && !['pin-invalid', 'person-timeout'].includes(failure.code))
        expect(errorDocument(failure).exit).toBe(TRANSPORT_EXIT);
    });
    test.each(each(delivered))('packets %i and the next swapped', async (at) => {
      await runFlow(flow, 'usb', { hid: (connection) => reorder(connection, at) });
    });
    test.each(flow.believes ? [] : each(delivered))('a bit of packet %i flipped', async (at) => {
      for (const bit of [3, 39, 41, 55, 57, 66, 100, 300])
        await runFlow(flow, 'usb', { hid: (connection) => flip(connection, at, bit) });
    });
    test.each(each(all - delivered))('write %i stalls', async (at) => {
      const failure = await runFlow(flow, 'usb', { hid: (connection) => stallWrites(connection, at) });
      if (failure && !['pin-invalid', 'person-timeout'].includes(failure.code))
        expect(errorDocument(failure).exit).toBe(TRANSPORT_EXIT);
    });
    test("other programs' packets in between change nothing", async () => {
      const foreign = [
        ...toPackets(0x99999999, 0x10, new Uint8Array(200)),
        ...toPackets(0xffffffff, 0x06, new Uint8Array(17)),
      ];
      const failure = await runFlow(flow, 'usb', {
        hid: (connection) =>
          faulty(connection, {
            deliver: (packet, _at, forward) => {
              for (const other of foreign) forward(other);
              forward(packet);
            },
          }),
      });
      expect(failure?.code).toBe(flow.name.includes('wrong') ? 'pin-invalid' : undefined);
    });
  });

  describe('NFC, at every APDU', async () => {
    const { all } = await lengthOf(flow, 'nfc');
    const every = Array.from({ length: all }, (_, i) => i);
    const faults: [string, (at: number) => NonNullable<Damage['nfc']>][] = [
      [
        'removed before APDU %i',
        (at) => (connection, remove) =>
          cardFault(connection, (apdu, i, send) => {
            if (i === at) remove();
            return send(apdu);
          }),
      ],
      [
        'removed after APDU %i was carried out',
        (at) => (connection, remove) =>
          cardFault(connection, async (apdu, i, send) => {
            const answer = await send(apdu);
            if (i !== at) return answer;
            remove();
            return new Uint8Array(0);
          }),
      ],
      [
        'APDU %i stays unanswered',
        (at) => (connection) =>
          cardFault(connection, (apdu, i, send) => (i === at ? new Promise(() => {}) : send(apdu))),
      ],
      [
        'APDU %i is answered by one byte',
        (at) => (connection) =>
          cardFault(connection, async (apdu, i, send) => (i === at ? Uint8Array.of(0x90) : send(apdu))),
      ],
      [
        'APDU %i is answered by 6F00',
        (at) => (connection) =>
          cardFault(connection, async (apdu, i, send) => (i === at ? Uint8Array.of(0x6f, 0x00) : send(apdu))),
      ],
      [
        "another program's reset before APDU %i",
        (at) => (connection) =>
          cardFault(connection, async (apdu, i, send) => {
            if (i === at) throw new CardResetError();
            return send(apdu);
          }),
      ],
    ];
    for (const [name, fault] of faults) {
      test.each(every)(name, async (at) => {
        const failure = await runFlow(flow, 'nfc', { nfc: fault(at) });
        if (failure && !['pin-invalid', 'person-timeout', 'unsupported'].includes(failure.code)) {
          expect(errorDocument(failure).exit).toBe(TRANSPORT_EXIT);
        }
      });
    }
  });
});

test('a busy key: nothing is lost, and nothing is sent twice', async () => {
  for (const flow of FLOWS.slice(0, 2)) {
    const world = new World('usb');
    await flow.prepare(world);
    // Another program's command holds the key for the whole time.
    const busy: NonNullable<Damage['hid']> = (connection) => {
      let listener: (packet: Uint8Array) => void = () => {};
      return {
        ...connection,
        onPacket: (given) => {
          listener = given;
          connection.onPacket(given);
        },
        onClosed: (given) => connection.onClosed(given),
        close: () => connection.close(),
        write: async (packet) => {
          const cid = new DataView(packet.buffer, packet.byteOffset).getUint32(0);
          if ((packet[4] ?? 0) === 0x90)
            setImmediate(() => listener(toPackets(cid, 0x3f, Uint8Array.of(0x06))[0] as Uint8Array));
          else if ((packet[4] ?? 0) & 0x80) await connection.write(packet);
        },
      };
    };
    world.damage = { hid: busy };
    world.processed.length = 0;
    await expect(flow.run(world)).rejects.toMatchObject({ code: 'key-busy' });
    expect(world.processed).toEqual([]);
  }
});
