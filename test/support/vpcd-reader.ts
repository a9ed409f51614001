import { EventEmitter, once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** The reader's end of vpcd's protocol, as vsmartcard's driver speaks it, for one card at a time. */
export class VpcdReader {
  readonly port: number;
  readonly #server: ReturnType<typeof createServer>;
  #card: Socket | undefined;
  #received: Uint8Array = new Uint8Array(0);
  readonly #changed = new EventEmitter();

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.port = address.port;
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      this.#card = socket;
      this.#received = Buffer.alloc(0);
      socket.on('data', (chunk) => {
        this.#received = Buffer.concat([this.#received, chunk]);
        this.#changed.emit('changed');
      });
      socket.on('close', () => this.#changed.emit('changed'));
      this.#changed.emit('changed');
    });
  }

  static async listen(): Promise<VpcdReader> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new VpcdReader(server);
  }

  /** Waits for a card and asks for its ATR, as the driver does to notice one. */
  async notice(): Promise<Uint8Array> {
    while (this.#card === undefined) await once(this.#changed, 'changed');
    return this.exchange(Uint8Array.of(4));
  }

  /** Raw bytes, for cutting messages in odd places. */
  write(bytes: Uint8Array): void {
    this.#card?.write(bytes);
  }

  send(payload: Uint8Array): void {
    this.write(Uint8Array.of(payload.length >> 8, payload.length & 0xff, ...payload));
  }

  async exchange(payload: Uint8Array): Promise<Uint8Array> {
    this.send(payload);
    return this.receive();
  }

  async receive(): Promise<Uint8Array> {
    const [high = 0, low = 0] = await this.#take(2);
    return this.#take(high * 256 + low);
  }

  /** Resolves when the card has been lifted. */
  async lifted(): Promise<void> {
    if (this.#card?.closed === false) await once(this.#card, 'close');
    this.#card = undefined;
  }

  async #take(length: number): Promise<Uint8Array> {
    while (this.#received.length < length) {
      if (this.#card?.closed !== false) throw new Error('no card');
      await once(this.#changed, 'changed');
    }
    const taken = new Uint8Array(this.#received.subarray(0, length));
    this.#received = this.#received.subarray(length);
    return taken;
  }

  async close(): Promise<void> {
    this.#card?.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
