/** Where this runs: distribution, container, virtual machine, SSH; and as whom. */
import type { Distribution, SurroundingFacts, UserFacts } from './facts.ts';
import { groupNames } from './linux-usb.ts';
import type { System } from './system.ts';

const FAMILIES: Record<string, Distribution> = {
  debian: 'debian',
  ubuntu: 'debian',
  fedora: 'fedora',
  rhel: 'fedora',
  centos: 'fedora',
  arch: 'arch',
};

/** From os-release(5): what this is, or is like. */
export async function distributionOf(system: System): Promise<Distribution | undefined> {
  const text = (await system.readFile('/etc/os-release')) ?? (await system.readFile('/usr/lib/os-release')) ?? '';
  const value = (name: string) => new RegExp(`^${name}=["']?([^"'\n]*)`, 'm').exec(text)?.[1] ?? '';
  for (const id of [value('ID'), ...value('ID_LIKE').split(' ')]) {
    const family = FAMILIES[id];
    if (family) return family;
  }
  return undefined;
}

/** Integrity levels "high" and "system", which only elevated processes have. */
const ELEVATED = /S-1-16-(12288|16384)/;

export async function userFacts(system: System): Promise<UserFacts> {
  const { platform, uid, userName: name, groupIds } = system;
  if (platform === 'win32') {
    const groups = await system.run('whoami.exe', ['/groups']);
    return { name, administrator: ELEVATED.test(groups ?? ''), groups: [] };
  }
  return { name, administrator: uid === 0, groups: await groupNames(system, groupIds) };
}

export async function surroundingFacts(system: System): Promise<SurroundingFacts> {
  const { SSH_CONNECTION, SSH_TTY } = system.environment;
  const ssh = SSH_CONNECTION || SSH_TTY ? { ssh: true } : {};
  if (system.platform !== 'linux') return ssh;
  const [container, version, virtualMachine] = await Promise.all([
    containerOf(system),
    system.readFile('/proc/version'),
    virtualMachineOf(system),
  ]);
  const wsl = /microsoft/i.test(version ?? '');
  return {
    ...ssh,
    ...(container ? { container } : {}),
    ...(wsl ? { wsl } : {}),
    // WSL is a virtual machine as well; what to do is another thing.
    ...(virtualMachine && !wsl ? { virtualMachine } : {}),
  };
}

async function containerOf(system: System): Promise<string | undefined> {
  if (await system.status('/.dockerenv')) return 'docker';
  if (await system.status('/run/.containerenv')) return 'podman';
  const kind = (await system.readFile('/run/systemd/container')) ?? system.environment.container;
  return kind?.trim() || undefined;
}

const HYPERVISORS: readonly (readonly [RegExp, string])[] = [
  [/virtualbox|innotek/i, 'VirtualBox'],
  [/vmware/i, 'VMware'],
  [/qemu|kvm/i, 'QEMU'],
  [/parallels/i, 'Parallels'],
  [/xen/i, 'Xen'],
  [/microsoft corporation virtual machine/i, 'Hyper-V'],
];

/** What the firmware says it is; the processor's hypervisor bit for those that say nothing. */
async function virtualMachineOf(system: System): Promise<string | undefined> {
  const dmi = '/sys/class/dmi/id';
  const [vendor, product, cpus] = await Promise.all(
    [`${dmi}/sys_vendor`, `${dmi}/product_name`, '/proc/cpuinfo'].map((path) => system.readFile(path)),
  );
  const firmware = `${vendor?.trim() ?? ''} ${product?.trim() ?? ''}`;
  const known = HYPERVISORS.find(([pattern]) => pattern.test(firmware))?.[1];
  return known ?? (/^flags\s*:.*\bhypervisor\b/m.test(cpus ?? '') ? 'of unknown kind' : undefined);
}
