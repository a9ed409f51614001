/** What Linux tells of USB devices and hidraw nodes, without opening any. */
import type { HidrawNode, LinuxUsbFacts, UsbDevice } from './facts.ts';
import type { System } from './system.ts';

const HIDRAW = '/sys/class/hidraw';
const USB = '/sys/bus/usb/devices';
const RULES = [
  '/etc/udev/rules.d',
  '/run/udev/rules.d',
  '/usr/local/lib/udev/rules.d',
  '/usr/lib/udev/rules.d',
  '/lib/udev/rules.d',
];
/** USB interface class of smart card readers, CCID. */
const SMART_CARD = '0b';
/** Usage Page (0xF1D0), the item at the beginning of a FIDO key's report descriptor (CTAP 2.3 §11.2.8.2). */
const FIDO_USAGE_PAGE = '\x06\xd0\xf1';

export async function linuxUsbFacts(system: System): Promise<LinuxUsbFacts> {
  const [hidraw, nodes, udevRule, devices] = await Promise.all([
    system.status(HIDRAW),
    hidrawNodes(system),
    hasUdevRule(system),
    usbDevices(system),
  ]);
  return { hidraw: hidraw !== undefined, nodes, udevRule, devices };
}

async function hidrawNodes(system: System): Promise<HidrawNode[]> {
  const names = [...(await system.readDirectory(HIDRAW))].sort();
  const nodes = await Promise.all(names.map((name) => hidrawNode(system, name)));
  return nodes.filter((node) => node !== undefined);
}

async function hidrawNode(system: System, name: string): Promise<HidrawNode | undefined> {
  const device = `${HIDRAW}/${name}/device`;
  const descriptor = await system.readBytes(`${device}/report_descriptor`);
  if (!descriptor?.includes(FIDO_USAGE_PAGE)) return undefined;
  const [uevent, status] = await Promise.all([system.readFile(`${device}/uevent`), system.status(`/dev/${name}`)]);
  const [, called = 'a security key'] = /^HID_NAME=(.+)$/m.exec(uevent ?? '') ?? [];
  const node = { path: `/dev/${name}`, name: called };
  if (!status) return node;
  const [owner, group] = await Promise.all([
    nameOf(system, '/etc/passwd', status.uid),
    nameOf(system, '/etc/group', status.gid),
  ]);
  return { ...node, file: { mode: status.mode, owner, group } };
}

/** The name that a user's or a group's number has in this file, or the number. */
async function nameOf(system: System, file: string, id: number): Promise<string> {
  const lines = (await system.readFile(file))?.split('\n') ?? [];
  return lines.map((line) => line.split(':')).find(([, , number]) => number === `${id}`)?.[0] ?? `${id}`;
}

/** Names of the groups with these numbers. */
export async function groupNames(system: System, ids: readonly number[]): Promise<string[]> {
  return Promise.all([...new Set(ids)].map((id) => nameOf(system, '/etc/group', id)));
}

/** Whether some rule lets people use FIDO keys: as systemd does it, or in a file that names makers of them. */
async function hasUdevRule(system: System): Promise<boolean> {
  const directories = await Promise.all(
    RULES.map(async (directory) => {
      const names = (await system.readDirectory(directory)).filter((name) => name.endsWith('.rules'));
      return Promise.all(names.map(async (name) => (await system.readFile(`${directory}/${name}`)) ?? ''));
    }),
  );
  const files = directories.flat();
  // The program that tells keys from other devices comes with udev; without it the variables are never set.
  const recognised = files.flatMap(rulesOf).some((rule) => /IMPORT\{program\}\s*=+\s*"[^"]*fido_id/.test(rule));
  return files.some((file) => {
    const grants = rulesOf(file).filter((rule) => /TAG\s*\+=\s*"uaccess"|MODE\s*:?=|GROUP\s*:?=/.test(rule));
    if (recognised && grants.some((rule) => /ID_(SECURITY|FIDO)_TOKEN/.test(rule))) return true;
    // Game controllers have hidraw rules, too.
    return /hidraw/.test(file) && /fido|u2f/i.test(file) && grants.some((rule) => /ATTRS\{idVendor\}/.test(rule));
  });
}

function rulesOf(file: string): string[] {
  const lines = file.replaceAll('\\\n', ' ').split('\n');
  return lines.filter((line) => !/^\s*(#|$)/.test(line));
}

async function usbDevices(system: System): Promise<UsbDevice[]> {
  const entries = await system.readDirectory(USB);
  const read = async (entry: string, file: string) => (await system.readFile(`${USB}/${entry}/${file}`))?.trim() ?? '';
  const smartCards = new Set<string>();
  for (const entry of entries.filter((name) => name.includes(':'))) {
    if ((await read(entry, 'bInterfaceClass')) === SMART_CARD) smartCards.add(entry.split(':')[0] ?? '');
  }
  const devices = entries.filter((name) => /^\d+-[\d.]+$/.test(name)).sort();
  return Promise.all(
    devices.map(async (entry) => {
      const [vendorId, productId, maker, product] = await Promise.all(
        ['idVendor', 'idProduct', 'manufacturer', 'product'].map((file) => read(entry, file)),
      );
      const name = [maker, product].filter(Boolean).join(' ') || `USB device ${vendorId}:${productId}`;
      return { name, vendorId: `${vendorId}`, productId: `${productId}`, smartCard: smartCards.has(entry) };
    }),
  );
}
