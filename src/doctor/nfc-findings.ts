/** What is found on the way to keys on readers. Pure. */
import type { FidoError } from '../errors.ts';
import { type BindingFault, bindingFault } from '../transport/nfc/pcsc-binding.ts';
import { PCSC, pcscCode } from '../transport/nfc/pcsc-errors.ts';
import type { PcscLibraryName } from '../transport/nfc/pcsc-library.ts';
import { pcscdStartCommand, pcscdStartSentence } from '../transport/nfc/pcscd-start.ts';
import type { Facts, KeyTrial, NfcFacts } from './facts.ts';
import type { Finding, FindingId, Severity } from './finding.ts';
import { keyFinding } from './key-findings.ts';
import { install, npm, PACKAGES, remedy, steps, sudo, withPcscd } from './remedies.ts';
import { sentence } from './usb-findings.ts';

/**
 * @param fault how bad it is when a key that is on a reader cannot be used
 * @param way how bad it is when no reader can be asked
 */
export function nfcFindings(facts: Facts, nfc: NfcFacts, fault: Severity, way: Severity): Finding[] {
  const findings: Finding[] = [];
  if (nfc.binding) findings.push(bindingFinding(facts, nfc.binding, way));
  if (nfc.service) findings.push(serviceFinding(facts, nfc, nfc.service, way));
  for (const key of nfc.keys) {
    const service = key.error && SERVICE_CODES.has(key.error.code);
    findings.push(service ? serviceFinding(facts, nfc, key.error, fault) : keyFinding(facts, 'nfc', key, fault));
  }
  if (nfc.readers) findings.push(...readerFindings(facts, nfc, nfc.readers, way));
  findings.push(...libraryFindings(facts, nfc));
  return findings;
}

const SERVICE_CODES: ReadonlySet<string> = new Set(['pcscd-access-denied', 'pcscd-not-running']);

function readerFindings(
  facts: Facts,
  nfc: NfcFacts,
  readers: NonNullable<NfcFacts['readers']>,
  way: Severity,
): Finding[] {
  if (readers.length > 0) {
    const empty = readers.filter(({ cardPresent }) => !cardPresent).map(({ name }) => name);
    if (nfc.keys.length > 0 || empty.length === 0) return [];
    return [{ id: 'nfc-ready', severity: 'ok', message: `Readers can be used, and are empty: ${empty.join(', ')}.` }];
  }
  const hardware = facts.usb?.linux?.devices.find(({ smartCard }) => smartCard);
  if (hardware) return [readerNotRecognised(facts, nfc, hardware.name, way)];
  const usbWorks = facts.usb?.keys.some(({ outcome }) => outcome === 'works');
  const message = 'No card reader is connected, which only keys without USB need.';
  if (usbWorks) return [{ id: 'no-reader', severity: 'ok', message }];
  return [{ id: 'no-reader', severity: 'warning', message, remedy: 'Connect a reader, or use the key over USB.' }];
}

function readerNotRecognised(facts: Facts, nfc: NfcFacts, name: string, severity: Severity): Finding {
  const scdaemon = nfc.programs.some((program) => program.name === 'scdaemon');
  return {
    id: 'reader-not-recognised',
    severity,
    message: `${name} is connected, but pcscd does not see it${scdaemon ? ': GnuPG (scdaemon) has taken it from under it' : ''}.`,
    remedy: scdaemon
      ? steps(
          remedy(
            'Let GnuPG go through pcscd as well, then plug the reader in again:',
            'echo disable-ccid >> ~/.gnupg/scdaemon.conf',
            'gpgconf --kill scdaemon',
          ),
        )
      : remedy(
          'Install the driver, and start the service again:',
          ...install(facts, PACKAGES.readerDriver),
          ...restart(facts, nfc),
        ),
  };
}

/** Only of a library that is not the usual one. */
function libraryFindings(facts: Facts, { library, readerLimit }: NfcFacts): Finding[] {
  if (library === undefined || library === USUAL) return [];
  const message = `Readers are reached through ${library}, since nfc-pcsc is not built here, or SECKEY_PCSC says so.`;
  if (readerLimit === undefined) return [{ id: 'pcsc-library', severity: 'ok', message }];
  return [
    {
      id: 'pcsc-library-sees-few-readers',
      severity: 'warning',
      message: `${message} It sees ${readerLimit} readers at most, so that others are not looked at.`,
      remedy: steps(
        remedy('Disconnect readers that are not needed, or build nfc-pcsc, which sees all of them:', ...npm('rebuild')),
        ...(facts.platform === 'linux' ? [remedy('That takes:', ...install(facts, PACKAGES.toolchain))] : []),
      ),
    },
  ];
}

const USUAL: PcscLibraryName = 'nfc-pcsc';

const BINDING_IDS = {
  absent: 'nfc-binding-missing',
  'not-built': 'nfc-binding-not-built',
  'wrong-abi': 'nfc-binding-wrong-abi',
  'library-missing': 'libpcsclite-missing',
  broken: 'nfc-binding-broken',
} as const satisfies Record<BindingFault, FindingId>;

function bindingFinding(facts: Facts, error: FidoError, severity: Severity): Finding {
  const fault = bindingFault(error.cause);
  const message = `Readers cannot be used: ${error.message}.`;
  // Named by SECKEY_PCSC, and not a thing to be compiled.
  const isMini = fault !== 'library-missing' && error.message.includes('pcsc-mini');
  return {
    id: BINDING_IDS[fault],
    severity,
    message,
    remedy: isMini ? (error.hint ?? '') : bindingRemedy(facts, fault),
  };
}

function bindingRemedy(facts: Facts, fault: BindingFault): string {
  const toolchain =
    facts.platform === 'linux'
      ? [remedy('It is compiled on this machine:', ...install(facts, PACKAGES.toolchain))]
      : [];
  switch (fault) {
    case 'library-missing':
      return remedy('Install it:', ...install(facts, PACKAGES.libpcsclite));
    case 'wrong-abi':
      return steps(...toolchain, remedy('Build it for this version:', ...npm('rebuild')));
    case 'absent':
      return steps(...toolchain, remedy('Then install it:', ...npm('install')));
    case 'not-built':
      return steps(
        ...toolchain,
        remedy('Then build it (npm 12 and later: approve it first):', 'npm approve-scripts @pokusew/pcsclite'),
        remedy('and', ...npm('rebuild')),
      );
    case 'broken':
      return remedy('Build it again:', ...npm('rebuild'));
  }
}

function serviceFinding(facts: Facts, nfc: NfcFacts, error: NonNullable<KeyTrial['error']>, way: Severity): Finding {
  if (error.code === 'pcscd-not-running') {
    const message = `The smart card service${facts.platform === 'linux' ? ' (pcscd)' : ''} is ${nfc.pcscd?.installed === false ? 'not installed' : 'not running'}, so that no reader can be asked.`;
    return { id: 'pcscd-not-running', severity: way, message, remedy: startRemedy(facts, nfc) };
  }
  if (error.code === 'pcscd-access-denied') return refused(facts, error, way);
  if (error.code === 'nfc-unavailable' && pcscCode(error.cause) === PCSC.serviceStopped) {
    return {
      id: 'pcscd-version-mismatch',
      severity: way,
      message: `${sentence(error.message)} Often one was updated while the other kept running.`,
      remedy: steps(
        remedy('Start the service again:', ...restart(facts, nfc)),
        remedy('If that does not help, bring both up to date:', ...install(facts, BOTH_SIDES)),
      ),
    };
  }
  return {
    id: 'pcscd-failed',
    severity: way,
    message: sentence(error.message),
    remedy: restartRemedy(facts, nfc),
  };
}

const BOTH_SIDES = { debian: 'pcscd libpcsclite1', fedora: 'pcsc-lite pcsc-lite-libs', arch: 'pcsclite' };

/** Commands of Linux. */
function restart(facts: Facts, { pcscd }: NfcFacts): string[] {
  if (pcscd?.systemd === false) return [sudo(facts, 'pkill -x pcscd'), sudo(facts, 'pcscd')];
  return [sudo(facts, 'systemctl restart pcscd')];
}

function restartRemedy(facts: Facts, nfc: NfcFacts): string {
  if (facts.platform === 'linux') return remedy('Start the service again:', ...restart(facts, nfc));
  if (facts.platform === 'win32')
    return remedy('Start the service again, as administrator:', 'Restart-Service SCardSvr');
  return 'Connect the reader again, or restart the computer.';
}

function startRemedy(facts: Facts, { pcscd }: NfcFacts): string {
  const { platform, user } = facts;
  const how = pcscdStartSentence({ platform, installed: true });
  if (platform === 'darwin') return how;
  const start = pcscdStartCommand({ platform, administrator: user.administrator, systemd: pcscd?.systemd ?? false });
  if (platform === 'win32') return remedy(how, start);
  const { container } = facts.surroundings;
  if (container && !pcscd?.installed) {
    return remedy('Use the service of the host, in this container:', withPcscd(facts));
  }
  if (pcscd?.installed === false) return remedy('Install it:', ...install(facts, PACKAGES.pcscd), start);
  return remedy(how, start);
}

/** polkit says who may use readers and cards; before it, the socket's own permissions do. */
function refused(facts: Facts, error: FidoError, severity: Severity): Finding {
  const { code, syscall } = (error.cause ?? {}) as NodeJS.ErrnoException;
  if (syscall === 'connect' && (code === 'EACCES' || code === 'EPERM')) {
    return {
      id: 'pcscd-access-denied',
      severity,
      message: `The socket of the smart card service (pcscd) may not be opened by this account (${code}).`,
      remedy: remedy(
        'Give the socket its usual permissions, or start the service again, which does so too:',
        sudo(facts, 'chmod 755 /run/pcscd'),
        sudo(facts, 'chmod 666 /run/pcscd/pcscd.comm'),
      ),
    };
  }
  const why = facts.surroundings.ssh ? ', since this session does not sit at the machine' : '';
  return {
    id: 'pcscd-access-denied',
    severity,
    message: `The smart card service (pcscd) refuses this account${why}: polkit does not allow it.`,
    remedy: remedy(
      'Run seckey in a session at the machine itself, or put this into /etc/polkit-1/rules.d/10-seckey.rules:',
      'polkit.addRule(function (action, subject) {',
      '  if (action.id.indexOf("org.debian.pcsc-lite.") === 0 &&',
      `      subject.user === ${JSON.stringify(facts.user.name)}) return polkit.Result.YES;`,
      '});',
    ),
  };
}
