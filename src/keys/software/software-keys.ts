/** Software keys of the user's state directory, found and used like any other key. Their code is loaded when asked for. */

import type { Interaction } from '../../client/interaction.ts';
import { FidoError } from '../../errors.ts';
import type { DiscoveredKey, Transport } from '../../transport/device.ts';
import type { SimulatedUser, SoftwareKey } from './software-key.ts';

export type { SimulatedUser } from './software-key.ts';

export interface SoftwareKeysOptions {
  /** The interface to use, where the model has several; USB first by default. */
  transport?: Transport;
}

/** Long enough for a person to read what the simulated user is about to do. */
const USER_MS = 300;

/** Lists, watches and opens software keys; each is taken for this process until `close`. */
export class SoftwareKeys {
  readonly #keys: readonly (SoftwareKey | DiscoveredKey)[];
  readonly #transport: Transport | undefined;
  readonly #listeners = new Set<() => void>();

  private constructor(keys: readonly (SoftwareKey | DiscoveredKey)[], transport: Transport | undefined) {
    this.#keys = keys;
    this.#transport = transport;
    for (const key of keys) {
      if (!('authenticator' in key)) continue;
      key.onChange = () => {
        for (const listener of this.#listeners) listener();
      };
    }
  }

  /**
   * @param names the keys to take; all of them if left out, those that cannot be taken with their error.
   * @throws {FidoError} with `names`: `no-key`, `virtual-key-in-use`, `invalid-input` for a damaged file
   */
  static async open(names: readonly string[] | undefined, options: SoftwareKeysOptions = {}): Promise<SoftwareKeys> {
    const [{ VirtualKeyStore }, { SoftwareKey }] = await Promise.all([
      import('../../authenticator/store/store.ts'),
      import('./software-key.ts'),
    ]);
    const store = new VirtualKeyStore();
    const keys: (SoftwareKey | DiscoveredKey)[] = [];
    for (const name of names ?? store.list().map((entry) => entry.name)) {
      try {
        keys.push(await SoftwareKey.load(store, name));
      } catch (error) {
        if (names !== undefined || !(error instanceof FidoError)) throw error;
        keys.push(unusable(name, error));
      }
    }
    return new SoftwareKeys(keys, options.transport);
  }

  async list(): Promise<{ keys: DiscoveredKey[]; failures: [] }> {
    const keys = this.#keys.flatMap((key) => {
      if (!('authenticator' in key)) return [key];
      return key.plugged ? [key.discovered(this.#transport)] : [];
    });
    return { keys, failures: [] };
  }

  watch(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  async close(): Promise<void> {
    for (const key of this.#keys) if ('authenticator' in key) key.close();
  }

  /** `person` with the simulated users of these keys, who do what the person is told to do. */
  withSimulatedUser(person: Interaction): Interaction {
    const move = ({ id }: DiscoveredKey, work: (key: SoftwareKey) => Promise<void>) => {
      const keys = this.#keys.filter((key): key is SoftwareKey => 'authenticator' in key && key.hand === 'auto');
      const meant = keys.filter((key) => `virtual:${key.name}` === id);
      setTimeout(() => void Promise.all(meant.map(work)), USER_MS);
    };
    return {
      prefersPin: person.prefersPin,
      fingerTimeoutMs: person.fingerTimeoutMs,
      touch: (prompt) => person.touch(prompt),
      processing: () => person.processing(),
      requestPin: (request) => person.requestPin(request),
      confirmLastTry: () => person.confirmLastTry(),
      confirmReplugged: async (prompt) => (await person.confirmReplugged?.(prompt)) ?? false,
      verifyUser: (prompt) => person.verifyUser(prompt),
      userNotRecognised: (prompt) => person.userNotRecognised(prompt),
      userVerificationBlocked: () => person.userVerificationBlocked(),
      userVerificationTimeout: () => person.userVerificationTimeout?.(),
      enrollSample: (notice) => person.enrollSample(notice),
      removeKey: (key, gesture) => {
        person.removeKey(key, gesture);
        move(key, (softwareKey) => softwareKey.remove());
      },
      insertKey: (key, gesture) => {
        person.insertKey(key, gesture);
        move(key, (softwareKey) => softwareKey.insert());
      },
      wrongKey: (found, reason, wanted) => person.wrongKey(found, reason, wanted),
      resetWindow: (deadlineMs) => person.resetWindow(deadlineMs),
      confirmRepeat: (windowMs) => person.confirmRepeat(windowMs),
      answerLost: (finding) => person.answerLost?.(finding),
    };
  }
}

/**
 * Takes software keys for this process, to be listed, watched and opened like any others until they are closed.
 * @param names the keys to take; all of them if left out, those that cannot be taken with their error
 * @throws {FidoError} with `names`: `no-key`, `virtual-key-in-use`, `invalid-input` for a damaged file
 */
export function openSoftwareKeys(
  names: readonly string[] | undefined,
  options: SoftwareKeysOptions = {},
): Promise<SoftwareKeys> {
  return SoftwareKeys.open(names, options);
}

function unusable(name: string, error: FidoError): DiscoveredKey {
  return {
    id: `virtual:${name}`,
    transport: 'usb',
    name: 'software key',
    error,
    open: () => Promise.reject(error),
  };
}

export interface SoftwareKeyEntry {
  name: string;
  model: string;
  hand: SimulatedUser;
}

const DEFAULT_MODEL = 'ctap-2.3';

export interface NewSoftwareKey {
  /** One of {@link softwareKeyModels}; everything CTAP 2.3 knows by default. */
  model?: string | undefined;
  hand?: SimulatedUser | undefined;
  /** Sample credentials, fingerprints and blobs, and a PIN, which is answered. */
  demo?: boolean | undefined;
}

/** @throws {FidoError} `virtual-key-exists`, `invalid-input` for the name, `not-found` for the model, `access-denied` */
export async function createSoftwareKey(
  name: string,
  options: NewSoftwareKey = {},
): Promise<SoftwareKeyEntry & { demoPin?: string }> {
  const [{ randomBytes }, { VirtualKeyStore }, { modelById }, { createState, stateToJson }] = await Promise.all([
    import('node:crypto'),
    import('../../authenticator/store/store.ts'),
    import('../../authenticator/models.ts'),
    import('../../authenticator/state.ts'),
  ]);
  const model = modelById(options.model ?? DEFAULT_MODEL);
  const environment = { now: () => Date.now(), randomBytes: (length: number) => new Uint8Array(randomBytes(length)) };
  const state = createState(model, environment);
  const demo = options.demo
    ? (await import('../../authenticator/demo.ts')).addDemoContent(state, model, environment)
    : undefined;
  const { name: stored, hand } = await new VirtualKeyStore().create(name, {
    model: model.id,
    hand: options.hand ?? 'auto',
    state: stateToJson(state),
  });
  return { name: stored, model: model.id, hand, ...(demo ? { demoPin: demo.pin } : {}) };
}

/** All software keys; `failures` are those whose files cannot be read. */
export async function listSoftwareKeys(): Promise<{ keys: SoftwareKeyEntry[]; failures: FidoError[] }> {
  const { VirtualKeyStore } = await import('../../authenticator/store/store.ts');
  const entries = new VirtualKeyStore().list();
  return {
    keys: entries.flatMap((entry) =>
      'error' in entry ? [] : [{ name: entry.name, model: entry.model, hand: entry.hand }],
    ),
    failures: entries.flatMap((entry) => ('error' in entry ? [entry.error] : [])),
  };
}

/** @throws {FidoError} `no-key`, `virtual-key-in-use` */
export async function deleteSoftwareKey(name: string): Promise<void> {
  const { VirtualKeyStore } = await import('../../authenticator/store/store.ts');
  await new VirtualKeyStore().delete(name);
}

/** Takes a software key out and puts it in: a new power cycle. @throws {FidoError} `no-key`, `virtual-key-in-use` */
export async function replugSoftwareKey(name: string): Promise<void> {
  const [{ VirtualKeyStore }, { SoftwareKey }] = await Promise.all([
    import('../../authenticator/store/store.ts'),
    import('./software-key.ts'),
  ]);
  const key = await SoftwareKey.load(new VirtualKeyStore(), name);
  try {
    await key.remove();
    await key.insert();
  } finally {
    key.close();
  }
}

/** The kinds of key a software key can stand for. */
export async function softwareKeyModels({
  all = false,
}: {
  all?: boolean | undefined;
} = {}): Promise<{ model: string; description: string }[]> {
  const { HOSTILE_MODELS, MODELS } = await import('../../authenticator/models.ts');
  return [...MODELS, ...(all ? HOSTILE_MODELS : [])].map(({ id, description }) => ({ model: id, description }));
}
