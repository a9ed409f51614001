/** What else than exchanges a trace holds: the command, the keys that were seen, and how it ended. */
import type { FidoErrorCode } from '../errors.ts';
import type { Transport } from '../transport/device.ts';
import type { TraceRecord } from './trace.ts';

/** One line of a trace. Exchanges have no `event`. Later versions may add events and members. */
export type TraceLine = TraceRecord | TraceEvent;

/** What else than an exchange a trace tells. */
export type TraceEvent =
  | TraceStart
  | TraceKeys
  | TraceOpening
  | TraceRemoval
  | TraceSerial
  | TraceResetBlocked
  | TraceWink
  | TraceEnd;

interface EventBase {
  /** ISO 8601. */
  time: string;
}

/** The first line. */
export interface TraceStart extends EventBase {
  event: 'start';
  /** seckey's version. */
  seckey: string;
  node: string;
  /** `linux x64` */
  platform: string;
  /** Names of command and subcommand. */
  command: string[];
  /** Those that are no words of seckey's own or numbers are aliases. */
  arguments: (string | number)[];
  /** Those that were given, by their long names; values likewise. */
  options: Record<string, string | number | boolean | (string | number)[]>;
  /** Somebody could be asked. */
  interactive: boolean;
}

/** A key as the listing has it. What tells it from others of its model is an alias, and so is a reader's name. */
export interface TracedKey {
  id: string;
  transport: Transport;
  name: string;
  vendor?: string;
  vendorId?: string;
  productId?: string;
  serial?: string;
  serialIsUnique?: boolean;
  path?: string;
  reader?: string;
  port?: string;
  error?: { code: FidoErrorCode };
}

/** A listing that differs from the one before. */
export interface TraceKeys extends EventBase {
  event: 'keys';
  keys: TracedKey[];
  /** Transports that could not be looked at. */
  failures?: { transport: Transport; code: FidoErrorCode }[];
  /** How often the listing before was seen again since the line before this one. */
  unchanged: number;
}

/** A key was opened, or could not be. */
export interface TraceOpening extends EventBase {
  event: 'open';
  /** Counts openings, from 1. Exchanges name theirs. */
  session: number;
  /** The key's id, an alias. */
  key: string;
  /** What the opened device can do besides exchanges. */
  can?: ('wink' | 'readSerial' | 'readResetBlocked')[];
  error?: { code: string; message: string };
}

/** Somebody waited for the key to be removed, and it was. */
export interface TraceRemoval extends EventBase {
  event: 'removed';
  session: number;
}

/** The maker's own serial number was read. */
export interface TraceSerial extends EventBase {
  event: 'readSerial';
  session: number;
  /** An alias; absent if the key did not tell. */
  serial?: string;
}

/** The maker's configuration was asked whether it blocks a reset. */
export interface TraceResetBlocked extends EventBase {
  event: 'readResetBlocked';
  session: number;
  blocked: boolean;
}

/** The key was asked to blink (CTAPHID_WINK). */
export interface TraceWink extends EventBase {
  event: 'wink';
  session: number;
  error?: { code: string; message: string };
}

/** The last line; absent if seckey was killed. */
export interface TraceEnd extends EventBase {
  event: 'end';
  /** seckey's exit code. */
  exit: number;
  /** Without its message, which may name people and sites. */
  error?: { code: string; status?: string; retries?: number };
}
