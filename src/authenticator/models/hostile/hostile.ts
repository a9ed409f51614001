/** Declares a hostile model: an honest key, and what is changed between it and its client. */
import type { Hostility } from '../../hostile/hostility.ts';
import { ctap23 } from '../generic.ts';
import type { Model } from '../model.ts';

/**
 * A CTAP 2.3 key with this hostility.
 * @param id without `hostile-`
 * @param on if it is a USB key only, or a card only, because what it does is not possible over the other transport
 */
export function hostile(id: string, description: string, hostility: Hostility, on?: 'usb' | 'nfc'): Model {
  const { usb, nfc, ...rest } = ctap23;
  const isCard = on === 'nfc' || hostility.apdus;
  const isKey = on === 'usb' || hostility.packets;
  return {
    ...rest,
    ...(usb && !isCard && { usb: { ...usb, wink: false, product: 'seckey hostile key (software)' } }),
    ...(nfc && !isKey && { nfc }),
    id: `hostile-${id}`,
    description,
    hostile: hostility,
  };
}
