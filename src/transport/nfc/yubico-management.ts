/** Yubico's management applet, the only place where their cards tell their serial number and more. */

import { fromHex } from '../../encoding/bytes.ts';
import { FidoError } from '../../errors.ts';
import { parseYubicoConfig, type YubicoConfig } from '../yubico.ts';
import { CLA, encodeApdu, INS, SW } from './apdu.ts';
import type { ApduChannel } from './apdu-channel.ts';
import type { Patience } from './patience.ts';

const MANAGEMENT_AID = fromHex('a000000527471117');
const INS_READ_CONFIG = 0x1d;

/** Selects the applet and reads its configuration. Another applet has to be selected afterwards. */
export async function readYubicoManagement(
  channel: ApduChannel,
  patience: Patience,
): Promise<YubicoConfig | undefined> {
  const select = { cla: CLA.ISO, ins: INS.SELECT, p1: 0x04, p2: 0x00, data: MANAGEMENT_AID, le: 0x100 };
  const selected = await channel.exchange(encodeApdu(select), patience, CLA.ISO);
  if (selected.sw !== SW.ok) return undefined;
  const read = { cla: CLA.ISO, ins: INS_READ_CONFIG, p1: 0x00, p2: 0x00, data: new Uint8Array(0), le: 0x100 };
  const { data, sw } = await channel.exchange(encodeApdu(read), patience, CLA.ISO);
  if (sw !== SW.ok) return undefined;
  return parsed(data);
}

/** A page that makes no sense tells nothing; that is no reason to fail. */
function parsed(page: Uint8Array): YubicoConfig | undefined {
  try {
    return parseYubicoConfig(page);
  } catch (error) {
    if (error instanceof FidoError) return undefined;
    throw error;
  }
}
