/** How a hostile model is declared: an honest key, and what is in between. */
import type { Hostility } from '../../hostile/hostility.ts';
import { ctap23 } from '../generic.ts';
import type { Model } from '../model.ts';

/**
 * What a CTAP 2.3 key behind this hostility is. `id` goes without `hostile-`.
 * @param on where it is only a key, or only a card: what it does cannot be done, or not be carried, on the other
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
