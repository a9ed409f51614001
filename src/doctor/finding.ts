/** What the doctor says. */

/** `ok`: works. `warning`: worth knowing, or in the way of something that is not needed. `problem`: prevents use. */
export type Severity = 'ok' | 'warning' | 'problem';

/** One line of the diagnosis. Text from keys and readers in it is not escaped. */
export interface Finding {
  /** Stable, for scripts; several keys can have the same trouble, so one may come more than once. */
  readonly id: FindingId;
  readonly severity: Severity;
  /** What was found, and why that is so. */
  readonly message: string;
  /** What to do. Lines that begin with two blanks are commands or file contents, to be copied as they are. */
  readonly remedy?: string;
}

/** What a finding is about. Each stays as it is; there may be new ones. */
export type FindingId =
  // what works
  | 'usb-key-works'
  | 'nfc-key-works'
  | 'usb-ready'
  | 'nfc-ready'
  | 'pcsc-library'
  | 'pcsc-library-sees-few-readers'
  // a key that is there
  | 'hidraw-access-denied'
  | 'hidraw-node-missing'
  | 'key-access-denied'
  | 'input-monitoring-denied'
  | 'key-busy'
  | 'key-u2f-only'
  | 'key-silent'
  | 'key-failed'
  | 'usb-fido-disabled'
  | 'card-not-fido'
  // the way to keys on USB
  | 'libusb-missing'
  | 'libudev-missing'
  | 'node-hid-broken'
  | 'usb-failed'
  | 'kernel-without-hidraw'
  | 'udev-rules-missing'
  // the way to keys on readers
  | 'nfc-binding-missing'
  | 'nfc-binding-not-built'
  | 'nfc-binding-wrong-abi'
  | 'nfc-binding-broken'
  | 'libpcsclite-missing'
  | 'pcscd-not-running'
  | 'pcscd-access-denied'
  | 'pcscd-version-mismatch'
  | 'pcscd-failed'
  | 'reader-not-recognised'
  | 'no-reader'
  // where this runs
  | 'no-key'
  | 'not-elevated'
  | 'ssh-session'
  | 'container'
  | 'wsl'
  | 'virtual-machine';
