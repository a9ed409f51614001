import type { Facts, KeyTrial, LinuxUsbFacts, NfcFacts } from '../../src/doctor/facts.ts';

export const WORKING: KeyTrial = { name: 'Key', place: '/dev/hidraw0', outcome: 'works' };
export const CARD: KeyTrial = { name: 'Reader 0', place: 'Reader 0', outcome: 'works' };

export const LINUX: LinuxUsbFacts = { hidraw: true, nodes: [], udevRule: true, devices: [] };
export const NFC: NfcFacts = {
  wanted: false,
  readers: [{ name: 'Reader 0', cardPresent: false }],
  keys: [],
  pcscd: { installed: true, systemd: true },
  programs: [],
};

/** A Debian machine on which everything is as it should be, but no key is there. */
export const HEALTHY: Facts = {
  platform: 'linux',
  distribution: 'debian',
  user: { name: 'alice', administrator: false, groups: ['alice'] },
  surroundings: {},
  usb: { keys: [], linux: LINUX },
  nfc: NFC,
};
