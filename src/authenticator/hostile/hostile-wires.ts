/** Lets a trick change packets or APDUs between an honest endpoint and its client. */
import type { HidEndpoint } from '../hid-endpoint.ts';
import type { NfcEndpoint } from '../nfc-endpoint.ts';
import type { ApduTrick, PacketTrick, WireEnds } from './hostility.ts';

/** The part of an endpoint for packets that is needed to plug it in. */
export type PluggedHid = Pick<HidEndpoint, 'receive' | 'close'>;

/** The part of an endpoint for APDUs that is needed to plug it in. */
export type PluggedCard = Pick<NfcEndpoint, 'atr' | 'powerOn' | 'powerOff' | 'resume' | 'transmit'>;

/** @param plug makes the honest endpoint, which sends its packets through the function that it is given */
export function withPacketTrick(
  trick: PacketTrick,
  toClient: (packet: Uint8Array) => void,
  plug: (send: (packet: Uint8Array) => void) => PluggedHid,
): PluggedHid {
  const timers: NodeJS.Timeout[] = [];
  const honest = plug((packet) => (trick.fromKey ? trick.fromKey(packet, ends) : toClient(packet)));
  const ends: WireEnds = {
    toClient,
    toKey: (packet) => honest.receive(packet),
    every: (ms, work) => void timers.push(setInterval(work, ms)),
  };
  return {
    receive: (packet) => (trick.fromClient ? trick.fromClient(packet, ends) : honest.receive(packet)),
    close: () => {
      for (const timer of timers) clearInterval(timer);
      honest.close();
    },
  };
}

export function withApduTrick(trick: ApduTrick, honest: PluggedCard): PluggedCard {
  return {
    atr: honest.atr,
    powerOn: () => honest.powerOn(),
    powerOff: () => honest.powerOff(),
    resume: () => honest.resume(),
    transmit: (apdu) => trick(apdu, (passed) => honest.transmit(passed)),
  };
}
