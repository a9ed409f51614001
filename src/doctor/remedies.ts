/** What puts things right, in the commands of this system. Pure. */
import { UDEV_RULE } from '../transport/hid/udev-rules.ts';
import type { Distribution, Facts } from './facts.ts';

interface Packages {
  debian: string;
  fedora: string;
  arch: string;
}

export const PACKAGES = {
  libusb: { debian: 'libusb-1.0-0', fedora: 'libusb1', arch: 'libusb' },
  libudev: { debian: 'libudev1', fedora: 'systemd-libs', arch: 'systemd-libs' },
  libpcsclite: { debian: 'libpcsclite1', fedora: 'pcsc-lite-libs', arch: 'pcsclite' },
  pcscd: { debian: 'pcscd', fedora: 'pcsc-lite pcsc-lite-ccid', arch: 'pcsclite ccid' },
  readerDriver: { debian: 'libccid', fedora: 'pcsc-lite-ccid', arch: 'ccid' },
  toolchain: {
    debian: 'libpcsclite-dev python3 make g++',
    fedora: 'pcsc-lite-devel python3 make gcc-c++',
    arch: 'pcsclite python base-devel',
  },
} as const satisfies Record<string, Packages>;

const INSTALL: Record<Distribution, { command: string; name: string }> = {
  debian: { command: 'apt install', name: 'Debian, Ubuntu' },
  fedora: { command: 'dnf install', name: 'Fedora' },
  arch: { command: 'pacman -S', name: 'Arch' },
};

/** A sentence, or nothing, and lines to be copied under it. */
export function remedy(sentence: string, ...commands: readonly string[]): string {
  return [sentence, ...commands.map((command) => `  ${command}`)].join('\n');
}

/** One paragraph of a remedy after the other. */
export function steps(...paragraphs: readonly string[]): string {
  return paragraphs.join('\n');
}

/** Commands that need administrator rights begin with this. */
export function sudo({ user }: Facts, command: string): string {
  return user.administrator ? command : `sudo ${command}`;
}

/** The command that installs packages: this distribution's, or all three where it is none of them. */
export function install(facts: Facts, packages: Packages): string[] {
  const line = (distribution: Distribution) =>
    sudo(facts, `${INSTALL[distribution].command} ${packages[distribution]}`);
  if (facts.distribution) return [line(facts.distribution)];
  const all: Distribution[] = ['debian', 'fedora', 'arch'];
  return all.map((distribution) => `${line(distribution)}  # ${INSTALL[distribution].name}`);
}

/** Puts seckey's udev rules in place. */
export function installUdevRules(facts: Facts): string {
  const { printAccessRules } = facts.commands ?? {};
  const save = printAccessRules === undefined ? 'save the rules as 70-seckey.rules, ' : '';
  return remedy(
    `Let udev give access (the rule that does it: ${UDEV_RULE}), ${save}then plug the key in again:`,
    ...(printAccessRules === undefined ? [] : [`${printAccessRules} > 70-seckey.rules`]),
    sudo(facts, 'install -m 644 70-seckey.rules /etc/udev/rules.d/'),
    sudo(facts, 'udevadm control --reload'),
    sudo(facts, 'udevadm trigger --subsystem-match=hidraw'),
  );
}

export const ACCESS_GROUP = 'plugdev';

/** Access by membership: for sessions that no logind seat belongs to. */
export function joinGroup(facts: Facts, group: string): string {
  return remedy(
    `Join the group ${group}, and log in again:`,
    ...(group === ACCESS_GROUP ? [sudo(facts, `groupadd --force --system ${group}`)] : []),
    sudo(facts, `usermod --append --groups ${group} ${facts.user.name}`),
  );
}

/** @param how what npm has to do with the addon */
export function npm(how: 'install' | 'rebuild'): string[] {
  return how === 'rebuild'
    ? ['npm rebuild -g @pokusew/pcsclite  # project: without -g']
    : [
        'npm install -g --allow-scripts=@pokusew/pcsclite seckey',
        'npm install --allow-scripts=@pokusew/pcsclite nfc-pcsc  # project',
      ];
}

/** Starts a container with a device of the host. */
export function withDevice(facts: Facts, path: string): string {
  return `${engine(facts)} run --device ${path} …`;
}

/** The same with the smart card service of the host. */
export function withPcscd(facts: Facts): string {
  return `${engine(facts)} run -v /run/pcscd:/run/pcscd …`;
}

/** Docker's words stand for those of all the others; Podman's are the same. */
function engine({ surroundings }: Facts): string {
  return surroundings.container === 'podman' ? 'podman' : 'docker';
}
