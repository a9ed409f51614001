/** Keys that break CTAPHID or ISO 7816, never end an answer, or lose power. */
import { apduTricks } from '../../hostile/apdu-tricks.ts';
import { packetTricks } from '../../hostile/packet-tricks.ts';
import type { Model } from '../model.ts';
import { hostile } from './hostile.ts';

const USB: readonly Model[] = [
  hostile('mute', 'answers no CTAP2 command', { packets: packetTricks.noAnswers }),
  hostile('mute-init', 'does not even answer CTAPHID_INIT', { packets: packetTricks.silentInit }),
  hostile('keepalives', 'says that it is working, for ever', { packets: packetTricks.keepalivesForEver([1], 100) }),
  hostile('touch-for-ever', 'asks for a touch, for ever', { packets: packetTricks.keepalivesForEver([2], 100) }),
  hostile('flip', 'works, wants a touch, works, wants a touch … for ever', {
    packets: packetTricks.keepalivesForEver([1, 2], 1),
  }),
  hostile('unknown-keepalives', 'sends keepalives with statuses that do not exist', {
    packets: packetTricks.keepalivesForEver([0, 99, 255], 100),
  }),
  hostile('drip', 'sends the longest answer of all, a packet now and then', { packets: packetTricks.drips(200) }),
  hostile('half-answer', 'begins an answer and never goes on', { packets: packetTricks.beginsOnly }),
  hostile('busy', 'is busy with somebody else, for ever', { packets: packetTricks.busyForEver }),
  hostile('invalid-channel', 'has never heard of the channel that it gave out', {
    packets: packetTricks.invalidChannelForEver,
  }),
  hostile('error-frames', 'answers with CTAPHID errors that do not exist', { packets: packetTricks.unknownErrors }),
  hostile('flood', 'floods a channel of somebody else, and does not answer', {
    packets: packetTricks.floodsForeignChannel,
  }),
  hostile('foreign-answers', 'answers on a channel of somebody else', {
    packets: packetTricks.answersOnForeignChannel,
  }),
  hostile('foreign-noise', 'tells a channel of somebody else lies between the packets of its answers', {
    packets: packetTricks.talksToOthersToo,
  }),
  hostile('other-command', 'answers a command that nobody sent', { packets: packetTricks.answersAnotherCommand }),
  hostile('sequence', 'numbers its packets wrongly', { packets: packetTricks.skipsPackets }),
  hostile('length-65535', 'announces answers of 65,535 bytes', { packets: packetTricks.announcesTooMuch }),
  hostile('length-0', 'announces answers of 0 bytes', { packets: packetTricks.announcesNothing }),
  hostile('twice', 'sends the beginning of each answer twice', { packets: packetTricks.answersTwice }),
  hostile('late', 'answers each command with the answer to the one before', { packets: packetTricks.answersLate }),
  hostile('short-reports', 'sends reports of 10 bytes', { packets: packetTricks.shortReports }),
  hostile('long-reports', 'sends reports of 100 bytes', { packets: packetTricks.longReports }),
  hostile('wrong-nonce', 'answers CTAPHID_INIT with another nonce', { packets: packetTricks.wrongNonce }),
  hostile('channel-broadcast', 'gives out the broadcast channel', { packets: packetTricks.broadcastChannel }),
  hostile('channel-0', 'gives out channel 0, which is reserved', { packets: packetTricks.channelZero }),
  hostile('short-init', 'answers CTAPHID_INIT in 4 bytes', { packets: packetTricks.shortInit }),
];

const CARDS: readonly Model[] = [
  hostile('card-mute', 'a card that never answers after SELECT', { apdus: apduTricks.mute }),
  hostile('card-mute-select', 'a card that never answers SELECT', { apdus: apduTricks.muteSelect }),
  hostile('card-works', 'a card that answers 9100 for ever', { apdus: apduTricks.worksForEver([1]) }),
  hostile('card-touch', 'a card that asks for a touch with 9100 for ever', { apdus: apduTricks.worksForEver([2]) }),
  hostile('card-flip', 'a card that works, wants a touch, works … for ever', {
    apdus: apduTricks.worksForEver([1, 2]),
  }),
  hostile('card-byte-by-byte', 'a card whose answers go on byte by byte (6101) for ever', {
    apdus: apduTricks.oneMoreByte,
  }),
  hostile('card-more-of-nothing', 'a card that says 6100, and then again, and sends nothing', {
    apdus: apduTricks.moreOfNothing,
  }),
  hostile('card-wrong-length', 'a card that wants another Le (6C10) each time', {
    apdus: apduTricks.wrongLengthForEver,
  }),
  hostile('card-6f00', 'a card that answers 6F00 to everything', { apdus: apduTricks.noDiagnosis }),
  hostile('card-1234', 'a card that answers 1234 to everything', { apdus: apduTricks.unknownStatusWord }),
  hostile('card-one-byte', 'a card that answers with one byte', { apdus: apduTricks.oneByte }),
  hostile('card-no-bytes', 'a card that answers with nothing at all', { apdus: apduTricks.nothing }),
  hostile('card-ok', 'a card that answers 9000 and nothing else', { apdus: apduTricks.okWithoutAnswer }),
  hostile('card-too-long', 'a card with 65,536 bytes too many in each answer', { apdus: apduTricks.tooLong }),
  hostile('card-no-applet', 'a card that has no FIDO applet after all', { apdus: apduTricks.selectsNothing }),
  hostile('card-select-for-ever', 'a card whose answer to SELECT goes on byte by byte for ever', {
    apdus: apduTricks.selectsForEver,
  }),
];

const UNPLUGGED: readonly Model[] = [1, 2, 3, 4, 5, 6].flatMap((exchange) => [
  hostile(`unplug-before-${exchange}`, `loses power at command ${exchange}, before it does it`, {
    unplugs: { exchange, when: 'before the command' },
  }),
  hostile(`unplug-after-${exchange}`, `loses power at command ${exchange}, once it has done it`, {
    unplugs: { exchange, when: 'after the command' },
  }),
]);

export const HOSTILE_WIRES: readonly Model[] = [...USB, ...CARDS, ...UNPLUGGED];
