/**
 * Asks pcscd's socket whether somebody is there, before anything is loaded: with a service that is down the binding spins
 * for ever. Linux and the BSDs only; elsewhere PC/SC belongs to the system.
 */
import { createConnection } from 'node:net';
import { FidoError } from '../../errors.ts';
import { pcscdAccessDenied, pcscdNotRunning } from './pcsc-errors.ts';

const CMD_VERSION = 0x11;
const BODY_LENGTH = 12;

export interface ProbeOptions {
  path?: string;
  /** systemd may only now be starting pcscd for us. */
  limitMs?: number;
}

export function pcscdSocketPath(): string {
  return process.env.PCSCLITE_CSOCK_NAME || '/run/pcscd/pcscd.comm';
}

/**
 * Sends CMD_VERSION 4:4 (header: length of the body, command; body: major, minor, result; 32-bit words in this machine's
 * order) and reads the body of the answer. Which versions a daemon accepts differs from release to release, and so does
 * what a library does when refused: that somebody answers is all that is concluded from it.
 * @returns what identifies this daemon's dialect, "major:minor:result"
 * @throws {FidoError} `pcscd-not-running`, `pcscd-access-denied`, `transport-failed`
 */
export function probePcscd({ path = pcscdSocketPath(), limitMs = 5_000 }: ProbeOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    let answer = Buffer.alloc(0);
    const fail = (error: FidoError): void => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(limitMs, () => fail(mute('does not answer')));
    socket.on('connect', () =>
      socket.write(new Uint8Array(new Uint32Array([BODY_LENGTH, CMD_VERSION, 4, 4, 0]).buffer)),
    );
    socket.on('data', (data) => {
      answer = Buffer.concat([answer, data]);
      if (answer.length < BODY_LENGTH) return;
      const [major, minor, result] = new Uint32Array(new Uint8Array(answer.subarray(0, BODY_LENGTH)).buffer);
      socket.destroy();
      resolve(`${major}:${minor}:${result}`);
    });
    const hungUp = (cause: unknown): void => fail(pcscdAccessDenied(cause));
    socket.on('end', () => hungUp(new Error('pcscd closed the connection without an answer')));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EACCES' || error.code === 'EPERM') fail(pcscdAccessDenied(error));
      else if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') fail(pcscdNotRunning(error));
      // Some releases turn away whom polkit does not know by hanging up.
      else if (error.code === 'EPIPE' || error.code === 'ECONNRESET') hungUp(error);
      else fail(mute(`cannot be reached (${error.code})`, error));
    });
  });
}

const CMD_GET_READERS_STATE = 0x12;
const MAX_READERS = 16;
/** Name (128), event counter, state, sharing, ATR (33, filled up), its length, protocol. */
const READER_LENGTH = 128 + 3 * 4 + 36 + 2 * 4;
const COUNT_LIMIT_MS = 1_000;

/**
 * How many readers pcscd has, as it tells any client that asks; undefined where it does not, which is no failure: the
 * form is pcscd's own (1.8 and later), and may change.
 */
export function countPcscdReaders(path = pcscdSocketPath()): Promise<number | undefined> {
  if (process.platform === 'win32' || process.platform === 'darwin') return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const end = (count?: number): void => {
      socket.destroy();
      resolve(count);
    };
    let answer = Buffer.alloc(0);
    socket.setTimeout(COUNT_LIMIT_MS, () => end());
    socket.on('connect', () => {
      const question = [BODY_LENGTH, CMD_VERSION, 4, 4, 0, 0, CMD_GET_READERS_STATE];
      socket.write(new Uint8Array(new Uint32Array(question).buffer));
    });
    socket.on('data', (data) => {
      answer = Buffer.concat([answer, data]);
      if (answer.length < BODY_LENGTH + MAX_READERS * READER_LENGTH) return;
      const names = Array.from({ length: MAX_READERS }, (_, i) => answer[BODY_LENGTH + i * READER_LENGTH]);
      end(names.filter((first) => first !== 0).length);
    });
    socket.on('error', () => end());
    socket.on('end', () => end());
  });
}

function mute(what: string, cause?: unknown): FidoError {
  return new FidoError('transport-failed', `the smart card service (pcscd) ${what}`, {
    hint: 'Restart it: systemctl restart pcscd',
    cause,
  });
}
