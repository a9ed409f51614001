/** The udev rules that let people without administrator rights use security keys on Linux. Pure. */

export const UDEV_RULES_PATH = '/etc/udev/rules.d/70-seckey.rules';

/** udev (244 and later) recognises FIDO keys by their report descriptor, whoever made them; logind then lets the seat in. */
export const UDEV_RULE = 'KERNEL=="hidraw*", ENV{ID_FIDO_TOKEN}=="1", TAG+="uaccess"';

/**
 * For an older udev, which has to be told the makers: USB vendor ids, and product ids where the maker makes, or shares the
 * number with makers of, other things.
 */
const MAKERS: readonly { name: string; vendor: string; products?: string }[] = [
  { name: 'Yubico', vendor: '1050' },
  { name: 'Feitian', vendor: '096e' },
  { name: 'TrustKey', vendor: '311f' },
  { name: 'Nitrokey', vendor: '20a0' },
  { name: 'Token2', vendor: '349e' },
  { name: 'Google Titan', vendor: '18d1', products: '5026|9470' },
  { name: 'SoloKeys', vendor: '0483', products: 'a2ca|cdab' },
  { name: 'SoloKeys', vendor: '1209', products: '5070|50b0|beee' },
  { name: 'OnlyKey', vendor: '1d50', products: '60fc' },
  { name: 'Thetis', vendor: '1ea8', products: 'f025' },
];

/**
 * A whole rules file. Its name must sort before 73-seat-late.rules, where the tag is acted upon.
 * @param group whose members get access without sitting at the machine, e.g. over SSH; it must exist, or udev complains
 */
export function udevRules(group?: string): string {
  const grant = `TAG+="uaccess"${group === undefined ? '' : `, GROUP="${group}", MODE="0660"`}`;
  const makers = MAKERS.map(({ name, vendor, products }) => {
    const product = products === undefined ? '' : `, ATTRS{idProduct}=="${products}"`;
    return `# ${name}\nATTRS{idVendor}=="${vendor}"${product}, ${grant}`;
  });
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
${makers.join('\n')}

LABEL="seckey_end"
`;
}
