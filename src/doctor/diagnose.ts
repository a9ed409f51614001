import type { DoctorTransport, Facts } from './facts.ts';
import type { Finding, Severity } from './finding.ts';
import { nfcFindings } from './nfc-findings.ts';
import { surroundingFindings } from './surrounding-findings.ts';
import { switchOnFido, usbFindings } from './usb-findings.ts';

const ORDER: Record<Severity, number> = { problem: 0, warning: 1, ok: 2 };

/**
 * Why keys are not seen, the worst first. Pure: the same facts give the same findings. How severe they are:
 *
 * - A key that is there and cannot be used is a `problem`, and so is a way to keys that is barred: no libusb, no pcscd.
 * - Either is only a `warning` once a key works over the other transport: it may be the same key's other interface, and the
 *   person has one to work with.
 * - Readers are the second way to keys, and most people have none. What bars that way is only a `warning` unless a reader
 *   is known to be connected (Linux tells), or readers alone were asked about (`nfc.wanted`).
 * - What may be just as it should be is a `warning`: no key, no reader, a card that is no key, a container, SSH.
 */
export function diagnose(facts: Facts): Finding[] {
  const { usb, nfc } = facts;
  const findings: Finding[] = [];
  if (usb) findings.push(...usbFindings(facts, usb, faultOf(facts, 'usb')));
  if (nfc) {
    const fault = faultOf(facts, 'nfc');
    const missed = nfc.wanted || usb?.linux?.devices.some(({ smartCard }) => smartCard);
    findings.push(...nfcFindings(facts, nfc, fault, missed ? fault : 'warning'));
  }
  if (!seesKey(facts)) findings.push(...surroundingFindings(facts));
  return findings.sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}

/** How bad it is when this transport fails. */
function faultOf(facts: Facts, transport: DoctorTransport): Severity {
  const other = transport === 'usb' ? facts.nfc : facts.usb;
  return other?.keys.some(({ outcome }) => outcome === 'works') ? 'warning' : 'problem';
}

/** A key is seen, even if it cannot be used; then it does not matter where this runs. */
function seesKey({ usb, nfc }: Facts): boolean {
  const trials = [...(usb?.keys ?? []), ...(nfc?.keys ?? [])];
  if (trials.some(({ outcome }) => outcome !== 'not-fido')) return true;
  const { nodes = [], devices = [] } = usb?.linux ?? {};
  return nodes.length > 0 || devices.some((device) => switchOnFido(device) !== undefined);
}
