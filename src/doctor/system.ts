/** All that the doctor needs of the machine; tests bring their own. */
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { Backend } from '../transport/backend.ts';
import { openHidBackend } from '../transport/hid/backend.ts';
import { openHostedPcsc } from '../transport/nfc/host/hosted-pcsc.ts';
import { loadPcscLibrary } from '../transport/nfc/load-pcsc-library.ts';
import type { Pcsc } from '../transport/nfc/pcsc.ts';
import { probePcscd } from '../transport/nfc/pcscd-socket.ts';

/** Mode and owner of a file, as stat(2) has them. */
export interface FileStatus {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** What cannot be had is undefined or empty; nothing here throws except the three ways to keys. */
export interface System {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly userName: string;
  /** Effective user id; undefined on Windows. */
  readonly uid: number | undefined;
  /** All group ids of this process. */
  readonly groupIds: readonly number[];
  readFile(path: string): Promise<string | undefined>;
  /** As one character per byte. */
  readBytes(path: string): Promise<string | undefined>;
  readDirectory(path: string): Promise<readonly string[]>;
  readLink(path: string): Promise<string | undefined>;
  status(path: string): Promise<FileStatus | undefined>;
  /** Standard output of a program of the system. */
  run(command: string, args: readonly string[]): Promise<string | undefined>;
  /** @throws {FidoError} `usb-unavailable` */
  openUsb(): Promise<Backend>;
  /** Loads the native addon and does nothing with it. @throws {FidoError} `nfc-unavailable` */
  loadNfcBinding(): Promise<unknown>;
  /** Asks whether the service is there; nothing where it has no socket. @throws {FidoError} as `probePcscd` */
  probeNfcService(): Promise<void>;
  /** @throws {FidoError} as `openPcsc` */
  openNfc(): Promise<Pcsc>;
}

const RUN_LIMIT_MS = 5_000;

/** This machine. */
export function thisSystem(): System {
  const hasSocket = process.platform !== 'win32' && process.platform !== 'darwin';
  const gid = process.getegid?.();
  return {
    platform: process.platform,
    environment: process.env,
    pid: process.pid,
    userName: userName(),
    uid: process.geteuid?.(),
    groupIds: [...(process.getgroups?.() ?? []), ...(gid === undefined ? [] : [gid])],
    readFile: (path) => readFile(path, 'utf8').catch(() => undefined),
    readBytes: (path) => readFile(path, 'latin1').catch(() => undefined),
    readDirectory: (path) => readdir(path).catch(() => []),
    readLink: (path) => readlink(path).catch(() => undefined),
    status: (path) => stat(path).catch(() => undefined),
    run: (command, args) =>
      new Promise((resolve) => {
        execFile(command, args, { timeout: RUN_LIMIT_MS, windowsHide: true }, (error, stdout) =>
          resolve(error ? undefined : stdout),
        );
      }),
    openUsb: openHidBackend,
    loadNfcBinding: () => loadPcscLibrary(),
    probeNfcService: async () => void (hasSocket && (await probePcscd())),
    openNfc: () => openHostedPcsc(),
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that has no name.
    return `${process.geteuid?.() ?? 'unknown'}`;
  }
}
