import { udevRules } from '../transport/hid/udev-rules.ts';
import { ACCESS_GROUP } from './remedies.ts';
import type { System } from './system.ts';

/**
 * A udev rules file for this system: access for who sits at it, and for the group that is meant for it where there is one;
 * udev would complain about a group that does not exist.
 */
export async function accessRules(system: System): Promise<string> {
  const groups = (await system.readFile('/etc/group'))?.split('\n') ?? [];
  return udevRules(groups.some((line) => line.startsWith(`${ACCESS_GROUP}:`)) ? ACCESS_GROUP : undefined);
}
