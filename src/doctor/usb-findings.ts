/** What is found on the way to keys on USB. Pure. */
import { findMaker } from '../makers/makers.ts';
import { missingUsbLibrary } from '../transport/hid/node-hid.ts';
import type { Facts, HidrawNode, KeyTrial, LinuxUsbFacts, UsbDevice, UsbFacts } from './facts.ts';
import type { Finding, Severity } from './finding.ts';
import { keyFinding } from './key-findings.ts';
import {
  ACCESS_GROUP,
  install,
  installUdevRules,
  joinGroup,
  PACKAGES,
  remedy,
  steps,
  sudo,
  withDevice,
} from './remedies.ts';

/** The command that gives a key its FIDO interfaces back, if its USB ids say that it has none. */
export function switchOnFido({ vendorId, productId }: UsbDevice): string | undefined {
  const { diagnosis } = findMaker({ vendorId, productId }) ?? {};
  return diagnosis?.productsWithoutFido?.includes(productId) ? diagnosis.switchOnFido?.('usb') : undefined;
}

/** @param fault how bad it is when USB fails */
export function usbFindings(facts: Facts, usb: UsbFacts, fault: Severity): Finding[] {
  const { linux } = usb;
  const findings: Finding[] = [];
  if (usb.error) findings.push(libraryFinding(facts, usb.error, fault));
  if (linux) findings.push(...linuxFindings(facts, linux, fault));
  const gone = new Set(linux?.nodes.filter(({ file }) => !file).map(({ path }) => path));
  for (const key of usb.keys) {
    if (gone.has(key.place)) continue;
    const denied = key.error?.code === 'access-denied';
    findings.push(denied ? accessDenied(facts, key, fault) : keyFinding(facts, 'usb', key, fault));
  }
  if (findings.length === 0) {
    findings.push({ id: 'usb-ready', severity: 'ok', message: 'USB can be used; no security key is plugged in.' });
  }
  const idle = usb.keys.length === 0 && !facts.user.administrator;
  if (linux && idle && linux.hidraw && !linux.udevRule) {
    findings.push({
      id: 'udev-rules-missing',
      severity: 'warning',
      message: 'No udev rule gives people access to security keys: one that is plugged in will be refused.',
      remedy: installUdevRules(facts),
    });
  }
  return findings;
}

function libraryFinding(facts: Facts, error: NonNullable<UsbFacts['error']>, severity: Severity): Finding {
  const library = missingUsbLibrary(error.cause);
  if (error.code !== 'usb-unavailable') {
    return { id: 'usb-failed', severity, message: sentence(error.message), remedy: error.hint ?? 'Try again.' };
  }
  if (library === undefined) {
    return {
      id: 'node-hid-broken',
      severity,
      message: 'USB keys cannot be used: the module node-hid does not load.',
      remedy: remedy('Install seckey again, on this machine and with this version of Node:', 'npm install -g seckey'),
    };
  }
  const which = library.startsWith('libusb') ? 'libusb' : 'libudev';
  return {
    id: `${which}-missing`,
    severity,
    message: `USB keys cannot be used: the system library ${library} is missing.`,
    remedy: remedy('Install it:', ...install(facts, PACKAGES[which])),
  };
}

function linuxFindings(facts: Facts, linux: LinuxUsbFacts, fault: Severity): Finding[] {
  const findings: Finding[] = [];
  if (!linux.hidraw) {
    findings.push({
      id: 'kernel-without-hidraw',
      // Nobody misses it where no key can be plugged in, as in many virtual machines; unless USB was asked for.
      severity: facts.nfc === undefined ? fault : 'warning',
      message: 'This kernel has no hidraw devices, through which programs talk to security keys on USB.',
      remedy: facts.surroundings.wsl
        ? remedy('Update the kernel of WSL, from Windows:', 'wsl --update')
        : remedy('Load the drivers; if there are none, another kernel is needed:', sudo(facts, 'modprobe usbhid')),
    });
  }
  for (const { path, name, file } of linux.nodes) {
    if (!file) findings.push(nodeMissing(facts, path, name, fault));
  }
  for (const device of linux.devices) {
    const command = switchOnFido(device);
    if (command === undefined) continue;
    findings.push({
      id: 'usb-fido-disabled',
      severity: fault,
      message: `${device.name} is plugged in, but FIDO is switched off on its USB side.`,
      remedy: remedy('Switch it on with the maker’s program:', command),
    });
  }
  return findings;
}

function nodeMissing(facts: Facts, path: string, name: string, severity: Severity): Finding {
  const { container } = facts.surroundings;
  return {
    id: 'hidraw-node-missing',
    severity,
    message: `The kernel sees ${name}, but there is no ${path}${container ? ` in this ${container} container` : ''}.`,
    remedy: container
      ? handThrough(facts, path)
      : remedy('Let udev make it:', sudo(facts, 'udevadm trigger --action=add')),
  };
}

function handThrough(facts: Facts, path: string): string {
  return remedy('Start the container with the device:', withDevice(facts, path));
}

/** The system lists the key and refuses to open it. */
function accessDenied(facts: Facts, key: KeyTrial, severity: Severity): Finding {
  const { platform, usb, user, surroundings } = facts;
  const what = `${key.name} (${key.place})`;
  if (platform === 'win32' && !user.administrator) {
    const message = `${what} is refused: Windows lets only administrators talk to security keys.`;
    return { id: 'not-elevated', severity, message, remedy: ELEVATE };
  }
  if (platform === 'darwin') {
    return {
      id: 'input-monitoring-denied',
      severity,
      message: `${what} is refused: macOS keeps this terminal from using it.`,
      remedy: 'Allow the terminal in System Settings, Privacy & Security, Input Monitoring; then start it again.',
    };
  }
  if (platform !== 'linux') {
    const message = `${what} is refused: this account may not use it.`;
    return { id: 'key-access-denied', severity, message, remedy: 'Run seckey with administrator rights.' };
  }
  const node = usb?.linux?.nodes.find(({ path }) => path === key.place);
  const owner = node?.file ? ` It belongs to ${belongs(node.file)}; you are ${user.name}.` : '';
  return {
    id: 'hidraw-access-denied',
    severity,
    message: user.administrator
      ? `${what} is refused even to root, by the device rules of ${surroundings.container ? 'this container' : 'a container or a security module'}.`
      : `${what} may not be opened by this account.${owner}${usb?.linux?.udevRule ? '' : ' No udev rule gives access.'}`,
    remedy: user.administrator ? handThrough(facts, key.place) : accessRemedy(facts, node),
  };
}

export const ELEVATE = remedy(
  'Run seckey in a terminal that was opened with "Run as administrator"; from PowerShell:',
  'Start-Process wt -Verb RunAs',
);

function accessRemedy(facts: Facts, node: HidrawNode | undefined): string {
  const { usb, user, surroundings } = facts;
  const file = node?.file;
  if (file && (file.mode & 0o060) === 0o060 && file.group !== 'root' && !user.groups.includes(file.group)) {
    return joinGroup(facts, file.group);
  }
  // udev's tag lets in who sits at the machine; over the network that is nobody.
  if (surroundings.ssh) return steps(joinGroup(facts, ACCESS_GROUP), installUdevRules(facts));
  if (!usb?.linux?.udevRule) return installUdevRules(facts);
  return steps(
    remedy(
      'Plug the key in again, or have udev look once more:',
      sudo(facts, 'udevadm trigger --subsystem-match=hidraw'),
    ),
    'That helps only who sits at the machine. Elsewhere, as in a service:',
    joinGroup(facts, ACCESS_GROUP),
    installUdevRules(facts),
  );
}

function belongs({ owner, group, mode }: NonNullable<HidrawNode['file']>): string {
  return `${owner}:${group}, mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`;
}

/** An error's message as a sentence. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
