/** A record of every exchange with a key, fit to be shown to others: secrets are replaced by their length. */

import { statusName } from '../ctap2/status.ts';
import type { CtapDevice, TransactOptions } from '../transport/device.ts';
import { NumberedAliases, type TraceAliases } from './aliases.ts';
import { commandName, describeRequest, describeResponse, type TraceValue } from './public-values.ts';

export type { TraceValue } from './public-values.ts';

/** One exchange with a key. */
export interface TraceRecord {
  /** ISO 8601, when the request was sent. */
  time: string;
  transport: string;
  /** Which opening of a key it belongs to, see `TraceOpening`. */
  session?: number;
  /** The specification's name, or the command byte in hex. */
  command: string;
  /** Likewise, of the commands that have such. */
  subCommand?: string;
  /** Members by the specification's names; those it does not know by their numbers. */
  request?: TraceValue;
  /** Status name; absent if no answer came. */
  status?: string;
  response?: TraceValue;
  /** Keepalive statuses in order of change; the first 64. */
  keepalives?: number[];
  /** Code and message of the failure, where there was no answer. */
  error?: { code: string; message: string };
  /** From request to answer or failure. */
  durationMs: number;
}

/** A key that flips between them must not fill memory and disk. */
const MOST_KEEPALIVES = 64;

/** Which trace the exchanges belong to. */
export interface TracedOptions {
  session?: number | undefined;
  /** Those of the trace; by default each device's exchanges are a trace of their own. */
  aliases?: TraceAliases | undefined;
}

/** The same device, with each exchange handed to `sink`. */
export function traced(
  device: CtapDevice,
  sink: (record: TraceRecord) => void,
  { session, aliases = new NumberedAliases() }: TracedOptions = {},
): CtapDevice {
  // Not spread, because that would read `removed`, which makes a device watch for its removal.
  return Object.assign(forwarded(device), {
    async transact(request: Uint8Array, options: TransactOptions = {}) {
      const code = request[0] ?? 0;
      const started = Date.now();
      const keepalives: number[] = [];
      const { subCommand, body } = describeRequest(code, request.subarray(1), aliases);
      const record = {
        time: new Date(started).toISOString(),
        transport: device.transport,
        ...(session === undefined ? {} : { session }),
        command: commandName(code),
        ...(subCommand === undefined ? {} : { subCommand }),
        ...(body === undefined ? {} : { request: body }),
      };
      const end = (rest: Partial<TraceRecord>) =>
        sink({ ...record, ...rest, ...(keepalives.length ? { keepalives } : {}), durationMs: Date.now() - started });
      try {
        const answer = await device.transact(request, {
          ...options,
          onKeepalive: (status) => {
            if (keepalives.length < MOST_KEEPALIVES) keepalives.push(status);
            options.onKeepalive?.(status);
          },
        });
        const { body: response } = describeResponse(code, answer.subarray(1), aliases);
        end({ status: statusName(answer[0] ?? -1), ...(response === undefined ? {} : { response }) });
        return answer;
      } catch (error) {
        end({ error: tracedError(error) });
        throw error;
      }
    },
  });
}

/** What a trace says of a failure of the transport. */
export function tracedError(error: unknown): { code: string; message: string } {
  const { code = 'bug', message } = error as { code?: string; message: string };
  return { code, message };
}

function forwarded(device: CtapDevice): CtapDevice {
  return {
    transport: device.transport,
    get removed() {
      return device.removed;
    },
    transact: (request, options) => device.transact(request, options),
    close: () => device.close(),
    ...(device.reselect ? { reselect: () => device.reselect?.() ?? Promise.resolve() } : {}),
    ...(device.wink ? { wink: () => device.wink?.() ?? Promise.resolve() } : {}),
    ...(device.vendor ? { vendor: device.vendor } : {}),
  };
}
