import { FidoError } from '../errors.ts';
import type { Transport } from '../transport/device.ts';
import { readerLimit } from '../transport/nfc/backend.ts';
import { openNfcDevice } from '../transport/nfc/device.ts';
import type { Pcsc } from '../transport/nfc/pcsc.ts';
import { PCSCD_PATHS, SYSTEMD_PATH } from '../transport/nfc/pcscd-start.ts';
import type { Facts, KeyTrial, NfcFacts, Program, UsbFacts } from './facts.ts';
import { nodeHolders, smartCardPrograms } from './linux-programs.ts';
import { linuxUsbFacts } from './linux-usb.ts';
import { distributionOf, surroundingFacts, userFacts } from './surroundings.ts';
import type { System } from './system.ts';
import { tryKey } from './try-key.ts';

/**
 * Looks at everything that decides whether keys are seen. Opens each key for a moment, shows no prompt and changes nothing.
 * @param transports where to look
 */
export async function gatherFacts(system: System, transports: readonly Transport[] = ['usb', 'nfc']): Promise<Facts> {
  const linux = system.platform === 'linux';
  const [distribution, user, surroundings, usb, nfc] = await Promise.all([
    linux ? distributionOf(system) : undefined,
    userFacts(system),
    surroundingFacts(system),
    transports.includes('usb') ? usbFacts(system) : undefined,
    transports.includes('nfc') ? nfcFacts(system, !transports.includes('usb')) : undefined,
  ]);
  return { platform: system.platform, distribution, user, surroundings, usb, nfc };
}

async function usbFacts(system: System): Promise<UsbFacts> {
  const linux = system.platform === 'linux' ? await linuxUsbFacts(system) : undefined;
  const keys: KeyTrial[] = [];
  try {
    const backend = await system.openUsb();
    try {
      // One after the other: two programs' worth of exchanges at once are not what a key is made for.
      for (const key of await backend.list()) {
        const place = key.path ?? key.id;
        const trial = await tryKey(key.name, place, () => key.open());
        keys.push(await withHolders(trial, () => (linux ? nodeHolders(system, place) : undefined)));
      }
    } finally {
      await backend.close();
    }
  } catch (error) {
    return { keys, linux, error: foreseen(error) };
  }
  return { keys, linux };
}

async function nfcFacts(system: System, wanted: boolean): Promise<NfcFacts> {
  const linux = system.platform === 'linux';
  const [binding, pcscd] = await Promise.all([
    failureOf(system.loadNfcBinding()),
    linux ? pcscdFacts(system) : undefined,
  ]);
  const facts = { wanted, binding, pcscd, programs: [], keys: [] };
  // Without the addon the service can still be asked whether it is there, so that both are told at once.
  if (binding) return { ...facts, service: await failureOf(system.probeNfcService()) };
  let pcsc: Pcsc | undefined;
  const keys: KeyTrial[] = [];
  try {
    pcsc = await system.openNfc();
    const readers = await pcsc.readers();
    for (const { name, cardPresent } of readers) {
      const holders = () => (linux ? smartCardPrograms(system) : undefined);
      if (cardPresent) keys.push(await withHolders(await tryCard(pcsc, name), holders));
    }
    // A reader that somebody uses past the service is none to the service.
    const programs = linux && readers.length === 0 ? await smartCardPrograms(system) : [];
    const limit = readerLimit(pcsc, readers);
    return { ...facts, library: pcsc.library.name, readers, readerLimit: limit?.maxReaders, keys, programs };
  } catch (error) {
    return { ...facts, keys, service: foreseen(error) };
  } finally {
    pcsc?.close();
  }
}

async function tryCard(pcsc: Pcsc, reader: string): Promise<KeyTrial> {
  return tryKey(reader, reader, async () => {
    const connection = await pcsc.connect(reader);
    try {
      return await openNfcDevice(connection);
    } catch (error) {
      await connection.close();
      throw error;
    }
  });
}

async function withHolders(
  trial: KeyTrial,
  holders: () => readonly Program[] | Promise<readonly Program[]> | undefined,
): Promise<KeyTrial> {
  return trial.error?.code === 'key-busy' ? { ...trial, holders: await holders() } : trial;
}

async function pcscdFacts(system: System): Promise<{ installed: boolean; systemd: boolean }> {
  const found = await Promise.all([...PCSCD_PATHS, SYSTEMD_PATH].map((path) => system.status(path)));
  return { installed: found.slice(0, -1).some(Boolean), systemd: found.at(-1) !== undefined };
}

async function failureOf(attempt: Promise<unknown>): Promise<FidoError | undefined> {
  return attempt.then(() => undefined, foreseen);
}

/** A failure as a fact; a bug goes on as what it is. */
function foreseen(error: unknown): FidoError {
  if (error instanceof FidoError) return error;
  throw error;
}
