import type { MakerEntry } from '../../makers/maker.ts';
import { findMaker } from '../../makers/makers.ts';
import type { Backend } from '../backend.ts';
import type { DiscoveredKey } from '../device.ts';
import type { HidConnection } from './connection.ts';
import { type HidDevice, type HidDeviceOptions, openHidDevice } from './device.ts';
import { identify } from './identity.ts';
import { type HidInfo, listFidoInterfaces, loadNodeHid, openNodeHid } from './node-hid.ts';
import { hidrawFingerprint, type Whereabouts, whereabouts } from './sysfs.ts';

const POLL_MS = 250;

/** What the backend needs of the system; tests bring their own. */
export interface HidSystem {
  /** @throws {FidoError} `usb-unavailable` */
  list(): Promise<HidInfo[]>;
  /** @throws {FidoError} as `DiscoveredKey.open` */
  connect(path: string): Promise<HidConnection>;
  whereabouts(path: string): Promise<Whereabouts>;
  /** A text that differs once keys may have changed; asked several times a second. */
  fingerprint(): Promise<string>;
}

/** Security keys on USB. */
export class HidBackend implements Backend {
  readonly transport = 'usb';
  readonly #system: HidSystem;
  readonly #pollMs: number;
  readonly #options: HidDeviceOptions;
  readonly #watches = new Set<() => void>();

  constructor(system: HidSystem, options: HidDeviceOptions & { pollMs?: number } = {}) {
    const { pollMs = POLL_MS, ...deviceOptions } = options;
    this.#system = system;
    this.#pollMs = pollMs;
    this.#options = deviceOptions;
  }

  async list(): Promise<DiscoveredKey[]> {
    const infos = await this.#system.list();
    const found = await Promise.all(
      infos.map(async (info) => ({ info, where: await this.#system.whereabouts(info.path) })),
    );
    const identities = identify(found);
    return found.flatMap(({ info: { path }, where: { port, arrival } }, index): DiscoveredKey[] => {
      const identity = identities[index];
      if (!identity) return [];
      const open = () => this.#open(path, findMaker(identity));
      return [
        { transport: 'usb', ...identity, path, ...(port ? { port } : {}), ...(arrival ? { arrival } : {}), open },
      ];
    });
  }

  /** node-hid reports nothing by itself, so this asks. The timer keeps the process alive: somebody is waiting. */
  watch(changed: () => void): () => void {
    let stopped = false;
    let timer: NodeJS.Timeout | undefined;
    let previous: string | undefined;
    const poll = async () => {
      // A passing failure is no change; a lasting one is what list() reports.
      const fingerprint = await this.#system.fingerprint().catch(() => previous);
      if (stopped) return;
      timer = setTimeout(poll, this.#pollMs);
      const differs = previous !== undefined && fingerprint !== previous;
      previous = fingerprint;
      if (differs) changed();
    };
    void poll();
    const stop = () => {
      stopped = true;
      clearTimeout(timer);
      this.#watches.delete(stop);
    };
    this.#watches.add(stop);
    return stop;
  }

  async close(): Promise<void> {
    for (const stop of [...this.#watches]) stop();
  }

  async #open(path: string, maker: MakerEntry | undefined): Promise<HidDevice> {
    return openHidDevice(await this.#system.connect(path), { ...this.#options, maker });
  }
}

/** @throws {FidoError} `usb-unavailable` */
export async function openHidBackend(): Promise<Backend> {
  const nodeHid = await loadNodeHid();
  const linux = process.platform === 'linux';
  const list = () => listFidoInterfaces(nodeHid);
  return new HidBackend({
    list,
    connect: (path) => openNodeHid(nodeHid, path),
    whereabouts: async (path) => (linux ? whereabouts(path) : {}),
    fingerprint: async () => (linux ? hidrawFingerprint() : (await list()).map(({ path }) => path).join('\n')),
  });
}
