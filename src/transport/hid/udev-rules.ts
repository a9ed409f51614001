/** The udev rules that let people without administrator rights use security keys on Linux. Pure. */
import { MAKERS } from '../../makers/makers.ts';

export const UDEV_RULES_PATH = '/etc/udev/rules.d/70-seckey.rules';

/** udev (244 and later) recognises FIDO keys by their report descriptor, whoever made them; logind then lets the seat in. */
export const UDEV_RULE = 'KERNEL=="hidraw*", ENV{ID_FIDO_TOKEN}=="1", TAG+="uaccess"';

/**
 * A whole rules file. Its name must sort before 73-seat-late.rules, where the tag is acted upon.
 * @param group whose members get access without sitting at the machine, e.g. over SSH; it must exist, or udev complains
 */
export function udevRules(group?: string): string {
  const grant = `TAG+="uaccess"${group === undefined ? '' : `, GROUP="${group}", MODE="0660"`}`;
  const lines = MAKERS.flatMap(({ name, usb = [], udev = [] }) =>
    (udev === true ? usb : udev).map(({ vendorId, productIds }) => {
      const product = productIds === undefined ? '' : `, ATTRS{idProduct}=="${productIds.join('|')}"`;
      return `# ${name}\nATTRS{idVendor}=="${vendorId}"${product}, ${grant}`;
    }),
  );
  return `# Access to FIDO security keys for who sits at this machine${group === undefined ? '' : `, and for the group ${group}`}.
# Put into ${UDEV_RULES_PATH}, then:
#   sudo udevadm control --reload && sudo udevadm trigger

ACTION=="remove", GOTO="seckey_end"
SUBSYSTEM!="hidraw", GOTO="seckey_end"

# udev 244 and later knows a security key when it sees one.
ENV{ID_FIDO_TOKEN}=="1", ${grant}
TEST=="/usr/lib/udev/fido_id", GOTO="seckey_end"
TEST=="/lib/udev/fido_id", GOTO="seckey_end"

# An older one knows makers.
${lines.join('\n')}

LABEL="seckey_end"
`;
}
