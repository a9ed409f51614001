/** Reasons outside of seckey for which a key that somebody has plugged in is not here. Pure. */
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import { remedy, steps, withDevice, withPcscd } from './remedies.ts';
import { ELEVATE } from './usb-findings.ts';

/** For when no key is seen at all. None of it is wrong in itself, so all are warnings. */
export function surroundingFindings(facts: Facts): Finding[] {
  const { surroundings, platform, user } = facts;
  const findings: Finding[] = [
    {
      id: 'no-key',
      severity: 'warning',
      message: 'No security key is seen.',
      remedy:
        'Plug one in, or put it on a reader. Some have to be pushed in until they click, and some USB hubs give too little power.',
    },
  ];
  if (platform === 'win32' && !user.administrator) {
    const message = 'Windows lets only administrators talk to security keys, and this is not run as one.';
    findings.push({ id: 'not-elevated', severity: 'warning', message, remedy: ELEVATE });
  }
  const place = nestedIn(facts);
  if (place) findings.push(place);
  if (surroundings.ssh) {
    findings.push({
      id: 'ssh-session',
      severity: 'warning',
      message: 'This is an SSH session: only keys that are plugged into the remote machine can be seen.',
      remedy: 'Run seckey on the machine that the key is plugged into.',
    });
  }
  return findings;
}

/** The innermost only: who starts a container inside a virtual machine has to put that right first. */
function nestedIn(facts: Facts): Finding | undefined {
  const { container, wsl, virtualMachine } = facts.surroundings;
  if (container) {
    const shownBy = facts.commands ? `, which the host shows with ${facts.commands.listKeys}` : '';
    return {
      id: 'container',
      severity: 'warning',
      message: `This is a container (${container}): it has only the devices it was started with.`,
      remedy: steps(
        remedy(`Start it with the key${shownBy}:`, withDevice(facts, '/dev/hidraw0')),
        remedy('or with the readers of the host:', withPcscd(facts)),
      ),
    };
  }
  if (wsl) {
    return {
      id: 'wsl',
      severity: 'warning',
      message: 'This is WSL: it sees only USB devices that Windows hands over.',
      remedy: remedy(
        'Hand the key over, in PowerShell as administrator (winget install usbipd):',
        'usbipd list',
        'usbipd bind --busid BUSID',
        'usbipd attach --wsl --busid BUSID',
      ),
    };
  }
  if (virtualMachine === undefined) return undefined;
  return {
    id: 'virtual-machine',
    severity: 'warning',
    message: `This is a virtual machine (${virtualMachine}): it sees only USB devices that the host hands over.`,
    remedy: 'Hand the key over in the settings of the virtual machine, and close programs on the host that use it.',
  };
}
