/** What a diagnosis is made from. Plain data: whoever has it can make a diagnosis anywhere. */
import type { FidoError } from '../errors.ts';

/** Families of Linux distributions, as far as their packages have different names. */
export type Distribution = 'debian' | 'fedora' | 'arch';

/** The transports that the doctor knows. */
export type DoctorTransport = 'usb' | 'nfc';

/** All that a diagnosis is made from. */
export interface Facts {
  readonly platform: NodeJS.Platform;
  /** Absent where it is another, or not Linux. */
  readonly distribution?: Distribution | undefined;
  readonly user: UserFacts;
  readonly surroundings: SurroundingFacts;
  /** Absent if nobody asked about this transport. */
  readonly usb?: UsbFacts | undefined;
  readonly nfc?: NfcFacts | undefined;
  /** What this program offers to type for a remedy; absent where it has no command line. */
  readonly commands?: ProgramCommands | undefined;
}

/** Command lines of the program that asks for the diagnosis. */
export interface ProgramCommands {
  /** Writes the udev rules of `accessRules` to standard output. */
  readonly printAccessRules: string;
  /** Shows the keys that are there, with the paths of their device nodes. */
  readonly listKeys: string;
}

/** Who runs this. */
export interface UserFacts {
  readonly name: string;
  /** root, or on Windows a process with elevated rights. */
  readonly administrator: boolean;
  /** Names; empty where unknown. */
  readonly groups: readonly string[];
}

/** Why a key that is plugged in somewhere may not be here. */
export interface SurroundingFacts {
  /** Kind, as `docker`. */
  readonly container?: string | undefined;
  readonly wsl?: boolean | undefined;
  /** Name of the hypervisor, as far as known. */
  readonly virtualMachine?: string | undefined;
  readonly ssh?: boolean | undefined;
}

/** What came of opening a key and asking it who it is. */
export interface KeyTrial {
  /** Not escaped. */
  readonly name: string;
  /** Device node or reader. */
  readonly place: string;
  readonly outcome: 'works' | 'u2f-only' | 'not-fido' | 'failed';
  /** With `failed`. */
  readonly error?: FidoError | undefined;
  /** Programs that have it, or may have it; where the system tells. */
  readonly holders?: readonly Program[] | undefined;
}

/** A program that is running. */
export interface Program {
  readonly name: string;
  readonly pid: number;
}

/** Of keys on USB. */
export interface UsbFacts {
  /** Why keys cannot even be looked for. */
  readonly error?: FidoError | undefined;
  readonly keys: readonly KeyTrial[];
  readonly linux?: LinuxUsbFacts | undefined;
}

/** What only Linux tells of USB. */
export interface LinuxUsbFacts {
  /** The kernel has hidraw devices at all. */
  readonly hidraw: boolean;
  /** Every hidraw device with the FIDO usage that the kernel knows of, whether or not there is a node for it. */
  readonly nodes: readonly HidrawNode[];
  /** Some udev rule lets people in. */
  readonly udevRule: boolean;
  readonly devices: readonly UsbDevice[];
}

/** A hidraw device with the FIDO usage, as the kernel has it. */
export interface HidrawNode {
  readonly path: string;
  readonly name: string;
  /** Absent if there is no such file. */
  readonly file?: { readonly mode: number; readonly owner: string; readonly group: string } | undefined;
}

/** Something that is plugged in, a key or not. */
export interface UsbDevice {
  readonly name: string;
  /** Four lower-case hex digits each. */
  readonly vendorId: string;
  readonly productId: string;
  /** A smart card interface (CCID): what PC/SC makes a reader of. */
  readonly smartCard: boolean;
}

/** Of readers and what is on them. */
export interface NfcFacts {
  /** Somebody asked about readers alone, so they are not a mere second way. */
  readonly wanted: boolean;
  /** Why the native addon cannot be loaded. */
  readonly binding?: FidoError | undefined;
  /** Why the service cannot be used. */
  readonly service?: FidoError | undefined;
  /** The PC/SC library that is at work. */
  readonly library?: string | undefined;
  /** Most readers that it sees, if it sees as many as it can. */
  readonly readerLimit?: number | undefined;
  /** Absent if they could not be asked for. */
  readonly readers?: readonly ReaderFacts[] | undefined;
  /** Trials of the cards that are there. */
  readonly keys: readonly KeyTrial[];
  /** How the service is set up here; Linux. */
  readonly pcscd?: { readonly installed: boolean; readonly systemd: boolean } | undefined;
  /** Programs that use smart cards at this moment, if there is no reader for them; Linux. */
  readonly programs: readonly Program[];
}

/** A smart card reader. */
export interface ReaderFacts {
  readonly name: string;
  readonly cardPresent: boolean;
}
