/** What follows from how a key is connected. It is asked for in place of the transport's name, which may be any. */
export interface TransportTraits {
  /**
   * What it is to take a key away and to bring it back: out of a port and into it again (`replug`), off a reader or out of
   * it and back (`reposition`), or whatever else the transport means by a connection (`reconnect`).
   */
  readonly reconnect: 'replug' | 'reposition' | 'reconnect';
  /**
   * The key lies on or in a reader, whose field or contacts power it. It has nothing to blink with, being put there counts
   * as its touch, and while it is looked at no other program can use it.
   */
  readonly inReader: boolean;
  /** A key's `name` is its product's. Else it is the place's: it says nothing of the key, and may name a person's things. */
  readonly namesProduct: boolean;
  /** What getInfo calls the transport in `transports` and `transportsForReset` (CTAP 2.3 §6.4); empty where it has no name. */
  readonly getInfoNames: readonly string[];
}

/** Those of the transports that seckey has itself. */
const KNOWN: Readonly<Record<string, TransportTraits>> = {
  usb: { reconnect: 'replug', inReader: false, namesProduct: true, getInfoNames: ['usb'] },
  nfc: { reconnect: 'reposition', inReader: true, namesProduct: false, getInfoNames: ['nfc', 'smart-card'] },
};

/** Of a transport that says nothing of itself, nothing is taken for granted. */
const UNKNOWN: TransportTraits = { reconnect: 'reconnect', inReader: false, namesProduct: false, getInfoNames: [] };

/** The traits that a key brings along, else those of its transport. */
export function traitsOf({
  transport,
  traits,
}: {
  readonly transport: string;
  readonly traits?: TransportTraits | undefined;
}): TransportTraits {
  return traits ?? (Object.hasOwn(KNOWN, transport) ? KNOWN[transport] : undefined) ?? UNKNOWN;
}
