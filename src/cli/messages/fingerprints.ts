/** `seckey fingerprints`. */

import { toHex } from '../../ctap2/index.ts';
import type { fingerprints } from '../../index.ts';
import { escaped } from '../terminal/escape.ts';

export const NO_NAME = 'no name';
export const NONE_ENROLLED = 'No fingerprint is enrolled.';
export const NEXT_ADD = 'Next: seckey fingerprints add';
export const DELETING = 'deleting a fingerprint cannot be undone';

export function described({ templateId, name }: fingerprints.Fingerprint): string {
  return name === undefined ? toHex(templateId) : `"${escaped(name)}" (${toHex(templateId)})`;
}

export function enrolled(fingerprint: fingerprints.Fingerprint, samples: number): string {
  return `The finger is enrolled as ${described(fingerprint)}, with ${samples} samples.`;
}

export function nextRename({ templateId }: fingerprints.Fingerprint): string {
  return `Next: seckey fingerprints rename ${toHex(templateId)} NAME`;
}

export function renamed(fingerprint: fingerprints.Fingerprint): string {
  return `The fingerprint is now ${described(fingerprint)}.`;
}

export function deletingConsent(fingerprint: fingerprints.Fingerprint): {
  what: string;
  lines: string[];
  question: string;
} {
  return {
    what: DELETING,
    lines: [`This deletes the fingerprint ${described(fingerprint)}. It cannot be undone.`],
    question: 'Delete it?',
  };
}

export function deleted(fingerprint: fingerprints.Fingerprint): string {
  return `The fingerprint ${described(fingerprint)} is deleted.`;
}

export function left(count: number): string {
  return count === 0 ? 'None is left: the key asks for its PIN now.' : `Fingerprints left: ${count}.`;
}

export function sensorLines({ kind, maxSamples, maxNameLength }: fingerprints.FingerprintSensor): string[] {
  const lines = [kind === undefined ? 'Sensor: it does not say of which kind.' : `Sensor: to ${kind} with a finger.`];
  if (maxSamples !== undefined) lines.push(`Enrolling a finger takes up to ${maxSamples} samples.`);
  if (maxNameLength !== undefined) lines.push(`A name may have up to ${maxNameLength} bytes.`);
  return lines;
}
