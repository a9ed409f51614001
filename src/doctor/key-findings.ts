/** What came of trying one key, whatever it is connected by. Pure. */
import type { Transport } from '../transport/device.ts';
import type { Facts, KeyTrial, Program } from './facts.ts';
import type { Finding, Severity } from './finding.ts';
import { mend, steps } from './mends.ts';

const PUT_BACK: Record<Transport, string> = {
  usb: 'Plug it out and in again; if that does not help, into another port.',
  nfc: 'Take it off the reader and put it back.',
};

/** @param fault how bad it is when this transport fails */
export function keyFinding(facts: Facts, transport: Transport, key: KeyTrial, fault: Severity): Finding {
  const what = `${key.name}${key.place === key.name ? '' : ` (${key.place})`}`;
  const there = transport === 'nfc' ? `The key on ${what}` : what;
  switch (key.outcome) {
    case 'works':
      return { id: `${transport}-key-works`, severity: 'ok', message: `${there} works.` };
    case 'u2f-only':
      return {
        id: 'key-u2f-only',
        severity: fault,
        message: `${there} speaks only U2F (CTAP1), not FIDO2: it has no PIN and no passkeys.`,
        mend: 'If the maker’s program can switch FIDO2 on, do so; otherwise the key is too old.',
      };
    case 'not-fido':
      return {
        id: 'card-not-fido',
        // Nothing is wrong with a bank card.
        severity: 'warning',
        message: `The card on ${what} is no FIDO key: it has no FIDO applet.`,
        mend: 'Put a security key there instead. If it is one, switch FIDO on for NFC with the maker’s program.',
      };
    case 'failed':
      return failed(facts, transport, key, there, fault);
  }
}

function failed(facts: Facts, transport: Transport, key: KeyTrial, there: string, severity: Severity): Finding {
  const { error } = key;
  switch (error?.code) {
    case 'key-busy':
      return {
        id: 'key-busy',
        severity,
        message: `${there} is held by ${holding(key)}.`,
        mend: release(facts, key.holders ?? []),
      };
    case 'no-answer':
      return { id: 'key-silent', severity, message: `${there} does not answer.`, mend: PUT_BACK[transport] };
    default:
      return {
        id: 'key-failed',
        severity,
        message: `${there} cannot be used: ${error?.message ?? 'it failed'}.`,
        mend: error?.hint ?? PUT_BACK[transport],
      };
  }
}

function holding({ holders = [] }: KeyTrial): string {
  if (holders.length === 0) return 'another program';
  return `another program, which may be: ${holders.map(({ name, pid }) => `${name} (${pid})`).join(', ')}`;
}

const BROWSER = /chrom|firefox|brave|msedge|safari|opera|vivaldi/i;
const isScdaemon = ({ name }: Program) => /^(scdaemon|gpg-agent)$/.test(name);

function release({ platform }: Facts, holders: readonly Program[]): string {
  const killScdaemon = mend('GnuPG lets go of it with this, until it needs the card again:', 'gpgconf --kill scdaemon');
  if (holders.length === 0) {
    const others = platform === 'win32' ? 'Close browsers and sign-in windows' : 'Close browsers and password managers';
    return steps(`${others} that may be using it.`, killScdaemon);
  }
  return steps(
    ...(holders.some(isScdaemon) ? [killScdaemon] : []),
    ...holders
      .filter((holder) => !isScdaemon(holder))
      .map(({ name, pid }) =>
        BROWSER.test(name) ? `Close ${name}, or finish there.` : mend(`End ${name}:`, `kill ${pid}`),
      ),
  );
}
