/** What Linux tells of a hidraw node beyond hidapi: where the key is plugged in, and whether anything has changed. */
import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface Whereabouts {
  /** USB port path and interface, as `1-1.4:1.0`: the same after a replug in the same port. Absent without USB. */
  port?: string;
  /** The kernel's name for the device, with a number that it gives only once. */
  arrival?: string;
  /** HID_PHYS: where a virtual device says it is. */
  phys?: string;
}

const SYSFS = '/sys/class/hidraw';
const HID_DEVICE = /^[0-9A-F]{4}:[0-9A-F]{4}:[0-9A-F]{4}\.[0-9A-F]{4,}$/;
const USB_INTERFACE = /^\d+-\d+(\.\d+)*:\d+\.\d+$/;

/** Never throws: what cannot be read is absent. */
export async function whereabouts(devicePath: string, sysfs: string = SYSFS): Promise<Whereabouts> {
  const node = join(sysfs, basename(devicePath));
  const [resolved, uevent] = await Promise.all([
    realpath(node).catch(() => ''),
    readFile(join(node, 'device', 'uevent'), 'utf8').catch(() => ''),
  ]);
  const parts = resolved.split('/');
  const port = parts.findLast((part) => USB_INTERFACE.test(part));
  const arrival = parts.findLast((part) => HID_DEVICE.test(part));
  const phys = /^HID_PHYS=(.+)$/m.exec(uevent)?.[1]?.trim();
  return { ...(port ? { port } : {}), ...(arrival ? { arrival } : {}), ...(phys ? { phys } : {}) };
}

/**
 * A text that differs once a hidraw node has come, gone, been replaced by another of the same name, or become
 * accessible: udev gives access some time after the node appears. Costs two system calls a node.
 */
export async function hidrawFingerprint(sysfs: string = SYSFS, dev = '/dev'): Promise<string> {
  const names = await readdir(sysfs).catch(() => []);
  const nodes = await Promise.all(
    names.sort().map(async (name) => {
      // The link's target holds a number that grows with every device, so a quick replug shows.
      const target = await readlink(join(sysfs, name)).catch(() => '');
      const node = await stat(join(dev, name)).catch(() => undefined);
      return `${name} ${target} ${node?.mode} ${node?.uid} ${node?.gid} ${node?.ctimeMs}`;
    }),
  );
  return nodes.join('\n');
}
