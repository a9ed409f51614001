/** What came of trying one key, whatever it is connected by. Pure. */
import { findMaker } from '../makers/makers.ts';
import type { DoctorTransport, Facts, KeyTrial, Program } from './facts.ts';
import type { Finding, Severity } from './finding.ts';
import { remedy, steps } from './remedies.ts';

const PUT_BACK: Record<DoctorTransport, string> = {
  usb: 'Take it out and plug it in again; if that does not help, into another port, and without a hub.',
  nfc: 'Take it off the reader and put it back.',
};

/** @param fault how bad it is when this transport fails */
export function keyFinding(facts: Facts, transport: DoctorTransport, key: KeyTrial, fault: Severity): Finding {
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
        remedy: switchOn(transport, key),
      };
    case 'not-fido':
      return {
        id: 'card-not-fido',
        // Nothing is wrong with a bank card.
        severity: 'warning',
        message: `The card on ${what} is no FIDO key: it has no FIDO applet.`,
        remedy: steps(
          'Put a security key there instead.',
          remedy(
            'If this is one, switch FIDO on for NFC with the maker’s program; a YubiKey, plugged into USB, with:',
            'ykman config nfc --enable FIDO2',
          ),
        ),
      };
    case 'failed':
      return failed(facts, transport, key, there, fault);
  }
}

function switchOn(transport: DoctorTransport, { name }: KeyTrial): string {
  const { diagnosis } = findMaker({}, name) ?? {};
  return diagnosis?.whereOnlyU2f && diagnosis.switchOnFido
    ? remedy(diagnosis.whereOnlyU2f, diagnosis.switchOnFido(transport))
    : 'If the maker’s program can switch FIDO2 on, do so; otherwise the key is too old.';
}

function failed(facts: Facts, transport: DoctorTransport, key: KeyTrial, there: string, severity: Severity): Finding {
  const { error } = key;
  switch (error?.code) {
    case 'key-busy':
      return {
        id: 'key-busy',
        severity,
        message: `${there} is held by ${holding(key)}.`,
        remedy: release(facts, transport, key.holders ?? []),
      };
    case 'no-answer':
      return {
        id: 'key-silent',
        severity,
        message: `${there} does not answer: it may be stuck in what it was asked before.`,
        remedy: PUT_BACK[transport],
      };
    default:
      return {
        id: 'key-failed',
        severity,
        message: `${there} cannot be used: ${error?.message ?? 'it failed'}.`,
        remedy: error?.hint ?? PUT_BACK[transport],
      };
  }
}

function holding({ holders = [] }: KeyTrial): string {
  if (holders.length === 0) return 'another program';
  const names = [...holders].sort(scdaemonFirst).map(({ name, pid }) => `${name} (${pid})`);
  return `another program, which may be: ${names.join(', ')}`;
}

const BROWSER = /chrom|firefox|brave|msedge|safari|opera|vivaldi/i;
const isScdaemon = ({ name }: Program) => /^(scdaemon|gpg-agent)$/.test(name);
/** Of all programs that use cards it is the one that keeps them. */
const scdaemonFirst = (a: Program, b: Program) => Number(isScdaemon(b)) - Number(isScdaemon(a));

/**
 * GnuPG keeps a card until it is told to let go of it. Of its settings `card-timeout` does not change that over PC/SC (seen
 * with 2.2.40), and with `pcsc-shared` the card is still in use, which is in the way of who needs it alone, as seckey does.
 */
function releaseFromGnupg({ platform }: Facts): string {
  const now = remedy('GnuPG lets go of it with this, until it needs the card again:', 'gpgconf --kill scdaemon');
  if (platform === 'win32') return now;
  const forGood = remedy(
    'If GnuPG is to use no cards at all, it leaves them alone with:',
    'echo disable-scdaemon >> ~/.gnupg/gpg-agent.conf',
    'gpgconf --kill gpg-agent',
  );
  return steps(now, forGood);
}

function release(facts: Facts, transport: DoctorTransport, holders: readonly Program[]): string {
  // GnuPG is no FIDO client: on USB it has the smart card interface only, which is in nobody's way.
  const gnupg = transport === 'nfc' && (holders.length === 0 || holders.some(isScdaemon));
  const others = holders.filter((holder) => !isScdaemon(holder));
  if (holders.length === 0) {
    const programs = facts.platform === 'win32' ? 'browsers and sign-in windows' : 'browsers and password managers';
    const close = `Close ${programs} that may be using it, or finish what they ask for.`;
    return steps(close, ...(gnupg ? [releaseFromGnupg(facts)] : []));
  }
  const still = gnupg ? 'If something holds it even then, end' : 'End';
  return steps(
    ...(gnupg ? [releaseFromGnupg(facts)] : []),
    ...others.map(({ name, pid }) => {
      if (BROWSER.test(name)) return `Close ${name}, or finish there.`;
      const touch =
        transport === 'usb' ? `Finish what ${name} waits for, often a touch, or end it:` : `${still} ${name}:`;
      return remedy(touch, `kill ${pid}`);
    }),
  );
}
