/** What one entry of the table of makers may say. Only what differs from maker to maker; everything but the name is optional. */

/** USB products. */
export interface UsbProducts {
  /** Four lower-case hex digits. */
  readonly vendorId: string;
  /** Where others use the vendor id too (it belongs to the maker of the chip, or is lent out): the maker's products. */
  readonly productIds?: readonly string[];
}

/** All that is known of a maker. */
export interface MakerEntry {
  /** Lower-case, without spaces; does not change. */
  readonly id: string;
  /** As people write it. */
  readonly name: string;
  /** What its keys are told by on USB; over PC/SC there are no such ids. */
  readonly usb?: readonly (UsbProducts & {
    /**
     * The iSerial of these is a number of its own for each. Absent: there is none, all keys of a model share it, or nobody
     * has looked. TrustKey, eWBM and OctatcO (311f) share: A00000000017, A00000000000; so does OnlyKey.
     */
    readonly serialIsUnique?: true;
  })[];
  /** What its keys are told by in the published name of the model that belongs to the AAGUID. */
  readonly model?: RegExp;
  /** How the maker's own configuration is read. */
  readonly configuration?: ConfigurationReaders;
  /** `firmwareVersion` of getInfo (CTAP 2.3 §6.4 member 0E) as the maker writes it; absent where that is just the number. */
  readonly formatFirmware?: (version: number) => string;
  readonly reset?: ResetFacts;
  /**
   * What a udev before 244, which does not know a security key when it sees one, is told of this maker's keys: `usb` as it
   * stands, or something else. Absent: nothing.
   */
  readonly udev?: true | readonly UsbProducts[];
  readonly diagnosis?: DiagnosisFacts;
}

/** Readers of the maker's configuration, by what carries their question. One that is absent: it cannot be asked that way. */
export interface ConfigurationReaders {
  /**
   * Over CTAPHID, by vendor commands.
   * @throws {FidoError} what `send` throws, `malformed-response`
   */
  readonly hid?: (send: SendVendorCommand) => Promise<MakerConfiguration | undefined>;
  /**
   * Over ISO 7816, where the FIDO applet is selected again afterwards, by the caller.
   * @returns undefined if the card does not tell
   * @throws {FidoError} what `exchange` throws
   */
  readonly card?: (exchange: ExchangeApdu) => Promise<MakerConfiguration | undefined>;
}

/** Sends a CTAPHID vendor command, 0x40 to 0x7F (CTAP 2.3 §11.2.9.3), and answers its payload. */
export type SendVendorCommand = (command: number, payload: Uint8Array) => Promise<Uint8Array>;

/** Sends a command APDU in short form (class 00, Le 00) and answers its data and status word, SW1SW2. */
export type ExchangeApdu = (apdu: {
  ins: number;
  p1: number;
  p2: number;
  data: Uint8Array;
}) => Promise<{ data: Uint8Array; sw: number }>;

/** Of a maker's configuration, what is of use to anybody else. */
export interface MakerConfiguration {
  /** Serial number as it is printed on the key, in decimal digits; absent if the key does not tell. */
  serial?: string;
  /** FIDO cannot be reset by itself. */
  isResetBlocked?: boolean;
}

/** How a maker's keys are reset, where that is not as the specification has it. */
export interface ResetFacts {
  /** What has to be touched is a metal contact, on keys without a fingerprint sensor. */
  readonly touchesMetalContact?: true;
  /** Time from power-up in which a reset is accepted, in ms, where it is not the specification's; by `firmwareVersion`. */
  readonly windowMs?: (firmwareVersion: number | undefined) => number | undefined;
  /** What is said where `isResetBlocked`. */
  readonly blocked?: { readonly message: string; readonly hint: string };
}

/** What helps to find out why a key is not seen. */
export interface DiagnosisFacts {
  /** Product ids of keys on which neither U2F nor FIDO2 is among the USB interfaces. */
  readonly productsWithoutFido?: readonly string[];
  /** The command that switches FIDO2 on for keys that lack it on that side. */
  readonly switchOnFido?: (side: 'usb' | 'nfc') => string;
  /** What comes before that command, of a key that speaks only U2F. */
  readonly whereOnlyU2f?: string;
  /** Beginnings of the names of programs that keep cards; Linux cuts names at 15 characters. */
  readonly programs?: readonly string[];
}
