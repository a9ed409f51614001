/**
 * A transport of one's own: security keys behind TCP ports. Each 64-byte CTAPHID report goes over the socket as it is.
 *
 *   node examples/tcp-transport.ts
 *
 * serves a software key on a port of this machine, finds it through `Discovery`, and sets a PIN on it as on any other key.
 * Nothing here is encrypted or checked: whoever reaches the port has the key.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Discovery, describeKey, FidoError, pin, Session } from 'seckey';
import { Authenticator, createState, type Environment, HidEndpoint, modelById } from 'seckey/authenticator';
import { type Backend, type HidConnection, openHidDevice, PACKET_SIZE } from 'seckey/transport';

/** The transport: keys at these ports of `host`, for `new Discovery({ backends: { tcp: () => tcp(host, ports) } })`. */
async function tcp(host: string, ports: readonly number[]): Promise<Backend> {
  const open = async (port: number) => openHidDevice(await reports(connect(port, host)), { transport: 'tcp' });
  return {
    transport: 'tcp',
    list: async () =>
      ports.map((port) => ({
        id: `tcp-${host}-${port}`,
        transport: 'tcp',
        name: `${host}:${port}`,
        open: () => open(port),
      })),
    // Ports do not come and go.
    watch: () => () => {},
    close: async () => {},
  };
}

/** Reports to and from the key at the other end of `socket`. */
async function reports(socket: Socket): Promise<HidConnection> {
  const lost = (cause: unknown) => new FidoError('key-removed', 'the connection to the key was lost', { cause });
  await once(socket, 'connect').catch((cause) => {
    throw lost(cause);
  });
  let isClosing = false;
  return {
    write: (packet) =>
      new Promise((resolve, reject) => socket.write(packet, (error) => (error ? reject(lost(error)) : resolve()))),
    onPacket: (listener) => onReports(socket, listener),
    onClosed: (listener) => {
      socket.on('error', () => {});
      socket.on('close', () => isClosing || listener());
    },
    close: async () => {
      isClosing = true;
      socket.destroy();
    },
  };
}

/** TCP keeps the order of bytes, not where a report ends. */
function onReports(socket: Socket, listener: (packet: Uint8Array) => void): void {
  let received = Buffer.alloc(0);
  socket.on('data', (data) => {
    received = Buffer.concat([received, data]);
    for (; received.length >= PACKET_SIZE; received = received.subarray(PACKET_SIZE)) {
      listener(new Uint8Array(received.subarray(0, PACKET_SIZE)));
    }
  });
}

/** The other end: a software key that anybody who connects can use, and that takes every touch for granted. */
async function serveKey(): Promise<Server> {
  const environment: Environment = {
    now: () => Date.now(),
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    userPresence: async () => 'touched',
    userVerification: async () => 'denied',
    enrollSample: async () => 'denied',
    save: () => {},
  };
  const model = modelById('ctap-2.3');
  const authenticator = new Authenticator(model, createState(model, environment), environment);
  const server = createServer((socket) => {
    const endpoint = new HidEndpoint(authenticator, { send: (packet) => socket.write(packet) });
    onReports(socket, (packet) => endpoint.receive(packet));
    socket.on('error', () => {});
    socket.on('close', () => endpoint.close());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

const server = await serveKey();
const { port } = server.address() as AddressInfo;

const discovery = new Discovery({ transports: ['tcp'], backends: { tcp: () => tcp('127.0.0.1', [port]) } });
const { keys, failures } = await discovery.list();
const [key] = keys;
if (!key) throw failures[0]?.error ?? new Error('no key was found');
const { transport, aaguid } = await describeKey(key);
console.log(`A key over ${transport}, AAGUID ${aaguid}`);

const session = await Session.open(key);
const { versions } = await session.info();
console.log(`It speaks ${versions.join(', ')}`);
console.log(`PIN set: ${(await pin.status(session)).set}`);
// The library wipes each PIN after use, so it is given a new copy each time.
await pin.set(session, { requestPin: async () => new TextEncoder().encode('tcp-2468') });
await pin.verify(session, {
  requestPin: async () => new TextEncoder().encode('tcp-2468'),
  confirmLastTry: async () => false,
});
const { set, retries } = await pin.status(session);
console.log(`PIN set: ${set}, verified, ${retries} tries left`);

await session.close();
await discovery.close();
server.close();
