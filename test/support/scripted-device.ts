import { toHex } from '../../src/encoding/bytes.ts';
import { type CborValue, encodeCbor } from '../../src/encoding/cbor.ts';
import { FidoError } from '../../src/errors.ts';
import type { CtapDevice, DiscoveredKey, TransactOptions } from '../../src/transport/device.ts';

/** What the scripted key answers: bytes, a status, a CBOR map after status 00, or a failure of the transport. */
export type Answer =
  | Uint8Array
  | number
  | Map<CborValue, CborValue>
  | FidoError
  | ((options: TransactOptions) => Answer | Promise<Answer>);

/** A key that answers by a list, in order, and remembers what it was asked. */
export class ScriptedDevice implements CtapDevice {
  readonly transport = 'usb';
  readonly requests: string[] = [];
  closed = 0;
  remove: () => void = () => {};
  readonly removed = new Promise<void>((resolve) => {
    this.remove = resolve;
  });
  readonly #answers: Answer[];

  constructor(answers: Answer[]) {
    this.#answers = [...answers];
  }

  get unused(): number {
    return this.#answers.length;
  }

  async transact(request: Uint8Array, options: TransactOptions = {}): Promise<Uint8Array> {
    this.requests.push(toHex(request));
    const next = this.#answers.shift();
    if (next === undefined) throw new Error(`request ${this.requests.length} was not expected: ${toHex(request)}`);
    return bytesOf(typeof next === 'function' ? await next(options) : next);
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

function bytesOf(answer: Answer): Uint8Array {
  if (answer instanceof FidoError) throw answer;
  if (typeof answer === 'number') return Uint8Array.of(answer);
  if (answer instanceof Map) return Uint8Array.of(0, ...encodeCbor(answer));
  if (answer instanceof Uint8Array) return answer;
  throw new Error('an answer cannot answer with a function');
}

/** `device` as discovery would show it. */
export function discovered(device: CtapDevice, over: Partial<DiscoveredKey> = {}): DiscoveredKey {
  return {
    id: 'usb-1209-f1d0-0001',
    transport: 'usb',
    name: 'Test Key',
    path: '/dev/hidraw0',
    open: async () => device,
    ...over,
  };
}

/** A getInfo answer with these options and further members. */
export function infoAnswer(
  options: Record<string, boolean>,
  members: [number, CborValue][] = [],
): Map<CborValue, CborValue> {
  return new Map<CborValue, CborValue>([
    [1, ['FIDO_2_0', 'FIDO_2_1']],
    [3, new Uint8Array(16).fill(7)],
    [4, new Map(Object.entries(options))],
    [6, [2, 1]],
    ...members,
  ]);
}
