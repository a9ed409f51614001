import { fromHex, toHex } from '../../src/encoding/bytes.ts';
import { type CardConnection, CardResetError } from '../../src/transport/nfc/connection.ts';

export const SELECT = '00a4040008a0000006472f000100';
export const VERSION = `${Buffer.from('FIDO_2_0').toString('hex')}9000`;

/** What a scripted card does with an APDU: hex of the answer, or a fault. */
export type Answer = string | 'reset' | 'stall' | Error;

/** A card that plays a list of exchanges (`expected command` → answer), or whatever `answer` decides. */
export class ScriptedCard implements CardConnection {
  readonly sent: string[] = [];
  reconnects = 0;
  closes = 0;
  readonly #answer: (command: string, index: number) => Answer;

  constructor(script: [command: string, answer: Answer][] | ((command: string, index: number) => Answer)) {
    this.#answer =
      typeof script === 'function'
        ? script
        : (command, index) => {
            const [expected, answer] = script[index] ?? [];
            if (answer === undefined || expected !== command) {
              throw new Error(`APDU ${index}: expected ${expected}, got ${command}`);
            }
            return answer;
          };
  }

  async transmit(apdu: Uint8Array): Promise<Uint8Array> {
    const command = toHex(apdu);
    const answer = this.#answer(command, this.sent.length);
    this.sent.push(command);
    if (answer instanceof Error) throw answer;
    if (answer === 'stall') return new Promise(() => {});
    if (answer === 'reset') throw new CardResetError();
    return fromHex(answer);
  }

  async reconnect(): Promise<void> {
    this.reconnects++;
  }

  async close(): Promise<void> {
    this.closes++;
  }

  /** How often a command with this INS was sent. */
  count(ins: string): number {
    return this.sent.filter((command) => command.slice(2, 4) === ins).length;
  }
}
