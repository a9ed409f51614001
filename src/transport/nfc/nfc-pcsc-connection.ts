/** A card held exclusively through the addon's raw reader. */
import { FidoError } from '../../errors.ts';
import type { CardConnection } from './connection.ts';
import type { RawReader } from './pcsc-binding.ts';
import { transmitError } from './pcsc-errors.ts';
import { MAX_RESPONSE, takeCard } from './taking-cards.ts';

/**
 * Takes the card in the reader for us alone.
 * @throws {FidoError} `key-busy`, `key-removed`, `unsupported`, `pcscd-not-running`, `pcscd-access-denied`, `transport-failed`
 */
export async function connectCard(reader: RawReader): Promise<PcscConnection> {
  return new PcscConnection(reader, await connectExclusive(reader));
}

export class PcscConnection implements CardConnection {
  readonly #reader: RawReader;
  #protocol: number;
  #pending: Promise<unknown> | undefined;
  #closing: Promise<void> | undefined;

  constructor(reader: RawReader, protocol: number) {
    this.#reader = reader;
    this.#protocol = protocol;
  }

  async transmit(apdu: Uint8Array): Promise<Uint8Array> {
    if (this.#closing) throw new FidoError('transport-failed', 'the card has been let go');
    const answer = new Promise<Uint8Array>((resolve, reject) => {
      const command = Buffer.from(apdu.buffer, apdu.byteOffset, apdu.byteLength);
      this.#reader.transmit(command, MAX_RESPONSE, this.#protocol, (error, response) => {
        if (error || !response) reject(transmitError(error));
        else resolve(new Uint8Array(response));
      });
    });
    this.#pending = answer;
    try {
      return await answer;
    } finally {
      this.#pending = undefined;
    }
  }

  async reconnect(): Promise<void> {
    await disconnect(this.#reader);
    this.#protocol = await connectExclusive(this.#reader);
  }

  close(): Promise<void> {
    if (!this.#closing) {
      const disconnected = this.#pending
        ? this.#pending.then(
            () => disconnect(this.#reader),
            () => disconnect(this.#reader),
          )
        : disconnect(this.#reader);
      // The reader takes nothing else while an APDU is out, and that may last: the card is let go once it has ended.
      this.#closing = this.#pending ? Promise.resolve() : disconnected;
    }
    return this.#closing;
  }
}

async function connectExclusive(reader: RawReader): Promise<number> {
  if (reader.connected)
    throw new FidoError('key-busy', 'the card has not answered the last command yet', {
      hint: 'Take it off the reader, put it back, and try again.',
    });
  return takeCard(
    () =>
      new Promise<number>((resolve, reject) => {
        reader.connect({ share_mode: reader.SCARD_SHARE_EXCLUSIVE }, (error, protocol) => {
          if (error || protocol === undefined) reject(error);
          else resolve(protocol);
        });
      }),
  );
}

function disconnect(reader: RawReader): Promise<void> {
  return new Promise((resolve) => {
    reader.disconnect(reader.SCARD_LEAVE_CARD, () => {
      // It stays true after a failure, for instance when the reader is gone, and would make the next connect a no-op.
      reader.connected = false;
      resolve();
    });
  });
}
