/** Plugs software keys into a real pcscd (vpcd) or the Linux kernel (uhid), so that any other program can use them. */

import { usbName } from '../../authenticator/models/model.ts';
import type { PluggedKey } from '../../authenticator/serve/plugged-key.ts';
import { FidoError } from '../../errors.ts';
import type { SoftwareKey } from './software-key.ts';

/** Where software keys are plugged in, and until when. */
export interface ServeOptions {
  /** The first key goes to this port, each further one to the next. */
  vpcd?: { host: string; port: number };
  uhid?: boolean;
  signal: AbortSignal;
  /** All keys are plugged in. */
  onServing(served: ServedKey[]): void;
}

/** A software key that other programs see, and the hands on it. */
export interface ServedKey {
  name: string;
  /** Where, in words. */
  where: string;
  remove(): Promise<void>;
  insert(): Promise<void>;
  touch(): void;
}

/**
 * Serves until `signal` is aborted.
 * @throws {FidoError} of the store, `unsupported` for a model without that interface, `pcscd-not-running`, `key-busy`,
 *   `usb-unavailable`, `access-denied`; `transport-failed` if the other side lets go of a key.
 */
export async function serveSoftwareKeys(names: readonly string[], options: ServeOptions): Promise<void> {
  const [{ VirtualKeyStore }, { SoftwareKey }] = await Promise.all([
    import('../../authenticator/store/store.ts'),
    import('./software-key.ts'),
  ]);
  const limits = options.uhid
    ? { maxMsgSize: (await import('../../authenticator/serve/uhid.ts')).UHID_MAX_REQUEST }
    : {};
  const keys: SoftwareKey[] = [];
  const plugged: PluggedKey[] = [];
  try {
    const served: ServedKey[] = [];
    for (const name of names) {
      const key = await SoftwareKey.load(new VirtualKeyStore(), name, limits);
      keys.push(key);
      const { where, plug } = options.uhid
        ? await plugIntoKernel(key)
        : await plugIntoReader(key, options.vpcd, keys.length - 1);
      plugged.push(plug);
      key.onUnplug = () => void plug.remove();
      served.push({
        name: key.name,
        where,
        remove: () => plug.remove(),
        insert: () => plug.insert(),
        touch: () => key.touch(),
      });
    }
    options.onServing(served);
    await untilOver(plugged, options.signal);
  } finally {
    await Promise.all(plugged.map((plug) => plug.stop()));
    for (const key of keys) key.close();
  }
}

async function untilOver(plugged: readonly PluggedKey[], signal: AbortSignal): Promise<void> {
  const aborted = new Promise<'stopped'>((resolve) => {
    if (signal.aborted) resolve('stopped');
    signal.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
  const end = await Promise.race([aborted, ...plugged.map((plug) => plug.closed)]);
  if (end === 'disconnected') {
    throw new FidoError('transport-failed', 'the other side let go of the software key', {
      hint: 'Was pcscd stopped? Start it again, then serve again.',
    });
  }
}

async function plugIntoReader(
  key: SoftwareKey,
  vpcd: { host: string; port: number } | undefined,
  index: number,
): Promise<{ where: string; plug: PluggedKey }> {
  const [{ serveVpcd, VPCD_DEFAULT }, { createNfcEndpoint }] = await Promise.all([
    import('../../authenticator/serve/vpcd.ts'),
    import('../../authenticator/assemble.ts'),
  ]);
  if (!key.model.nfc) {
    throw new FidoError(
      'unsupported',
      `a ${key.model.id} has no NFC or contact interface, so "${key.name}" cannot lie on a reader`,
      {
        hint: 'Serve it to the kernel, or choose another model.',
        situation: { id: 'model-without-nfc' },
      },
    );
  }
  const { host, port } = vpcd ?? VPCD_DEFAULT;
  const plug = await serveVpcd(createNfcEndpoint(key.authenticator), { host, port: port + index });
  return { where: `reader at ${host}:${port + index}`, plug };
}

async function plugIntoKernel(key: SoftwareKey): Promise<{ where: string; plug: PluggedKey }> {
  const [{ serveUhid }, { createHidEndpoint }] = await Promise.all([
    import('../../authenticator/serve/uhid.ts'),
    import('../../authenticator/assemble.ts'),
  ]);
  const { usb } = key.model;
  if (!usb) {
    throw new FidoError(
      'unsupported',
      `a ${key.model.id} has no USB interface, so "${key.name}" cannot be plugged into the kernel`,
      {
        hint: 'Serve it to a reader, or choose another model.',
        situation: { id: 'model-without-usb' },
      },
    );
  }
  const [major, minor, build] = usb.deviceVersion;
  const plug = await serveUhid(
    async (send) => {
      await key.authenticator.powerCycle();
      return createHidEndpoint(key.authenticator, { send });
    },
    {
      name: usbName(usb),
      vendorId: usb.vendorId,
      productId: usb.productId,
      version: (major << 8) | (minor << 4) | build,
      uniq: key.model.quirks.usbSerial ?? String(key.authenticator.state.serial),
    },
  );
  return { where: `USB-HID device ${usbName(usb)}`, plug };
}
