/**
 * What hostile keys do with CTAPHID packets. CTAPHID_INIT is answered honestly, except by the tricks that are about it.
 */
import {
  CTAPHID,
  HID_ERROR,
  MAX_MESSAGE_SIZE,
  PACKET_SIZE,
  type Packet,
  parsePacket,
  toPackets,
} from '../../transport/hid/framing.ts';
import type { PacketTrick, WireEnds } from './hostility.ts';

type InitPacket = Packet & { kind: 'init' };

/** Calls `begin` for each CTAP2 command instead of answering it; the honest key never gets the command. */
function insteadOfAnswers(begin: (request: InitPacket, ends: WireEnds) => void): () => PacketTrick {
  return () => ({
    fromClient: (bytes, ends) => {
      const packet = parsePacket(bytes);
      if (packet?.kind === 'init' && packet.command === CTAPHID.CBOR) begin(packet, ends);
      // Continuation packets and CANCEL are ignored.
      else if (packet?.kind === 'init' && packet.command !== CTAPHID.CANCEL) ends.toKey(bytes);
    },
  });
}

/** Calls `change` for each packet of an answer to a CTAP2 command; other packets pass unchanged. */
function changedAnswers(change: (bytes: Uint8Array, packet: Packet, ends: WireEnds) => void): () => PacketTrick {
  return () => {
    let inAnswer = false;
    return {
      fromKey: (bytes, ends) => {
        const packet = parsePacket(bytes);
        if (!packet) return;
        if (packet.kind === 'init') inAnswer = packet.command === CTAPHID.CBOR;
        if (inAnswer) change(bytes, packet, ends);
        else ends.toClient(bytes);
      },
    };
  };
}

function message(cid: number, command: number, ...payload: number[]): Uint8Array {
  return toPackets(cid, command, Uint8Array.from(payload))[0] as Uint8Array;
}

const noAnswers = insteadOfAnswers(() => {});

const keepalivesForEver = (statuses: readonly number[], everyMs: number) =>
  insteadOfAnswers(({ cid }, ends) => {
    let count = 0;
    ends.every(everyMs, () => {
      ends.toClient(message(cid, CTAPHID.KEEPALIVE, statuses[count++ % statuses.length] as number));
    });
  });

/** Sends the longest possible answer one packet at a time, `everyMs` apart. */
const drips = (everyMs: number) =>
  insteadOfAnswers(({ cid }, ends) => {
    const packets = toPackets(cid, CTAPHID.CBOR, new Uint8Array(MAX_MESSAGE_SIZE));
    ends.every(everyMs, () => {
      const next = packets.shift();
      if (next) ends.toClient(next);
    });
  });

const beginsOnly = insteadOfAnswers(({ cid }, ends) => {
  ends.toClient(toPackets(cid, CTAPHID.CBOR, new Uint8Array(MAX_MESSAGE_SIZE))[0] as Uint8Array);
});

const errorsForEver = (code: number) =>
  insteadOfAnswers(({ cid }, ends) => ends.toClient(message(cid, CTAPHID.ERROR, code)));

const floodsForeignChannel = insteadOfAnswers(({ cid }, ends) => {
  const packet = message(cid ^ 1, CTAPHID.KEEPALIVE, 1);
  ends.every(2, () => {
    for (let n = 0; n < 5; n++) ends.toClient(packet);
  });
});

/** Byte 3 is the last one of the channel's number. */
const answersOnForeignChannel = changedAnswers((bytes, _packet, ends) =>
  ends.toClient(bytes.with(3, (bytes[3] as number) ^ 0x55)),
);

/** Sends CTAP2_ERR_NO_CREDENTIALS (0x2E) on another client's channel before each honest packet. */
const talksToOthersToo = changedAnswers((bytes, { cid }, ends) => {
  ends.toClient(message(cid ^ 0x55, CTAPHID.CBOR, 0x2e));
  ends.toClient(bytes);
});

const answersAnotherCommand = changedAnswers((bytes, packet, ends) =>
  ends.toClient(packet.kind === 'init' ? bytes.with(4, 0x80 | CTAPHID.MSG) : bytes),
);

const skipsPackets = changedAnswers((bytes, packet, ends) =>
  ends.toClient(packet.kind === 'cont' ? bytes.with(4, (packet.sequence + 1) & 0x7f) : bytes),
);

const announcesTooMuch = changedAnswers((bytes, packet, ends) =>
  ends.toClient(packet.kind === 'init' ? bytes.with(5, 0xff).with(6, 0xff) : bytes),
);

const announcesNothing = changedAnswers((bytes, packet, ends) =>
  ends.toClient(packet.kind === 'init' ? bytes.with(5, 0).with(6, 0) : bytes),
);

const answersTwice = changedAnswers((bytes, packet, ends) => {
  ends.toClient(bytes);
  if (packet.kind === 'init') ends.toClient(bytes);
});

const shortReports = changedAnswers((bytes, _packet, ends) => ends.toClient(bytes.slice(0, 10)));
const longReports = changedAnswers((bytes, _packet, ends) => {
  const long = new Uint8Array(PACKET_SIZE + 36);
  long.set(bytes);
  ends.toClient(long);
});

/** Answers each command with the answer to the command before it. */
function answersLate(): PacketTrick {
  let last: Uint8Array[] = [];
  let answer: Uint8Array[] = [];
  let left = 0;
  return {
    fromKey: (bytes, ends) => {
      const packet = parsePacket(bytes);
      if (packet?.kind === 'init' && packet.command === CTAPHID.CBOR) {
        [answer, left] = [[], packet.length - packet.data.length];
      } else if (packet?.kind === 'cont') left -= packet.data.length;
      else return ends.toClient(bytes);
      answer.push(bytes);
      if (left > 0) return;
      const now = last.length > 0 ? last : answer;
      last = answer;
      for (const each of now) ends.toClient(each);
    },
  };
}

const changedInit = (change: (bytes: Uint8Array) => Uint8Array | undefined) => (): PacketTrick => ({
  fromKey: (bytes, ends) => {
    const packet = parsePacket(bytes);
    const sent = packet?.kind === 'init' && packet.command === CTAPHID.INIT ? change(bytes) : bytes;
    if (sent) ends.toClient(sent);
  },
});

/** In an answer to CTAPHID_INIT the nonce is at bytes 7 to 14 and the new channel at bytes 15 to 18. */
const wrongNonce = changedInit((bytes) => bytes.with(7, (bytes[7] as number) ^ 1));
const broadcastChannel = changedInit((bytes) => bytes.with(15, 0xff).with(16, 0xff).with(17, 0xff).with(18, 0xff));
const channelZero = changedInit((bytes) => bytes.with(15, 0).with(16, 0).with(17, 0).with(18, 0));
const silentInit = changedInit(() => undefined);
const shortInit = changedInit((bytes) => bytes.with(6, 4));

export const packetTricks = {
  noAnswers,
  silentInit,
  keepalivesForEver,
  drips,
  beginsOnly,
  busyForEver: errorsForEver(HID_ERROR.ERR_CHANNEL_BUSY),
  invalidChannelForEver: errorsForEver(HID_ERROR.ERR_INVALID_CHANNEL),
  unknownErrors: errorsForEver(0xee),
  floodsForeignChannel,
  answersOnForeignChannel,
  talksToOthersToo,
  answersAnotherCommand,
  skipsPackets,
  announcesTooMuch,
  announcesNothing,
  answersTwice,
  answersLate,
  shortReports,
  longReports,
  wrongNonce,
  broadcastChannel,
  channelZero,
  shortInit,
};
