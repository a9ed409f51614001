/**
 * Records what test/recordings/ holds, anew: UPDATE_RECORDINGS=1 npx vitest run test/recordings, or with names instead of 1.
 * Most by the command line
 * as it is shipped, with software keys of several models on both transports; what takes a person who does something odd at
 * the right moment, in this process ({@link STAGED}).
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Scratch } from './built-cli.ts';
import { perform, STAGED, STAGED_PIN } from './stage-recordings.ts';

/** What the keys are given, none of which may be in a recording. */
export const PINS = { demo: '12345678', pin: STAGED_PIN, new: 'Größer-97531', wrong: '86427531', short: '1' };
export const NAMES = ['renamed@contoso.com', 'Renée Name', 'left thumb', 'intranet.example'];

interface Made {
  name: string;
  model: string;
  transport?: 'usb' | 'nfc';
  demo?: boolean;
  /** Shell lines before; `$K` is seckey with the key chosen. */
  before?: string;
  command: string;
  exit?: number;
}

const PIN = '--pin-file demo';
const ID = `$($K credentials list ${PIN} --json | grep -o '"credentialId":"[0-9a-f]*"' | cut -d'"' -f4 | tail -1)`;
const FINGER = `$($K fingerprints list ${PIN} --json | grep -o '"templateId":"[0-9a-f]*"' | cut -d'"' -f4 | tail -1)`;

const MADE: readonly Made[] = [
  { name: 'info', model: 'ctap-2.3', command: 'info' },
  { name: 'info-encrypted-members', model: 'ctap-2.3', demo: true, command: `info ${PIN}` },
  { name: 'info-card', model: 'hid-crescendo', transport: 'nfc', command: 'info --raw' },
  { name: 'identify', model: 'feitian-epass-nfc', command: 'identify' },
  { name: 'pin-set', model: 'yubikey-5-nfc', command: 'pin set --new-pin-file pin' },
  { name: 'pin-set-nfc', model: 'feitian-epass-nfc', transport: 'nfc', command: 'pin set --new-pin-file new' },
  { name: 'pin-too-short', model: 'yubikey-5-nfc-enhanced-pin', command: 'pin set --new-pin-file short', exit: 9 },
  { name: 'pin-too-simple', model: 'yubikey-5-nfc-enhanced-pin', command: 'pin set --new-pin-file demo', exit: 9 },
  { name: 'pin-change', model: 'yubikey-5-nfc', demo: true, command: `pin change ${PIN} --new-pin-file new` },
  { name: 'pin-wrong', model: 'ctap-2.3', demo: true, command: 'pin verify --pin-file wrong', exit: 6 },
  {
    name: 'pin-blocked-until-replug',
    model: 'yubikey-5-nfc',
    demo: true,
    before: '$K pin verify --pin-file wrong; $K pin verify --pin-file wrong',
    command: 'pin change --pin-file wrong --new-pin-file new',
    exit: 7,
  },
  { name: 'pin-protocol-one', model: 'ctap-2.0', demo: true, command: `pin verify ${PIN}` },
  {
    name: 'pin-min-length',
    model: 'ctap-2.3',
    demo: true,
    command: `pin min-length 6 --rp-id intranet.example ${PIN} --yes`,
  },
  { name: 'config-always-uv', model: 'ctap-2.3', demo: true, command: `config always-uv on ${PIN} --yes` },
  { name: 'config-lacking', model: 'hid-crescendo', demo: true, command: `config always-uv on ${PIN} --yes`, exit: 5 },
  { name: 'credentials-list', model: 'yubikey-5-nfc', demo: true, command: `credentials list ${PIN}` },
  {
    name: 'credentials-list-nfc',
    model: 'feitian-epass-nfc',
    transport: 'nfc',
    demo: true,
    command: `credentials list ${PIN} --rp example.com --json`,
  },
  { name: 'credentials-list-preview', model: 'ctap-2.1-pre', demo: true, command: `credentials list ${PIN}` },
  { name: 'credentials-list-finger', model: 'yubikey-bio', demo: true, command: 'credentials list' },
  { name: 'credentials-delete', model: 'yubikey-5-nfc', demo: true, command: `credentials delete ${ID} ${PIN} --yes` },
  {
    name: 'credentials-update-user',
    model: 'ctap-2.3',
    demo: true,
    command: `credentials update-user ${ID} --name renamed@contoso.com --display-name "Renée Name" ${PIN}`,
  },
  {
    name: 'credentials-not-found',
    model: 'ctap-2.3',
    demo: true,
    command: `credentials show abcdef0123 ${PIN}`,
    exit: 3,
  },
  {
    name: 'fingerprints-add',
    model: 'yubikey-bio',
    demo: true,
    command: `fingerprints add --name "left thumb" ${PIN}`,
  },
  { name: 'fingerprints-add-preview', model: 'feitian-biopass', demo: true, command: `fingerprints add ${PIN}` },
  {
    name: 'fingerprints-rename',
    model: 'ctap-2.3',
    demo: true,
    command: `fingerprints rename ${FINGER} "left thumb" ${PIN}`,
  },
  { name: 'blobs-list', model: 'ctap-2.3', demo: true, command: `blobs list ${PIN}` },
  {
    name: 'blobs-get-nfc',
    model: 'yubikey-5-nfc',
    transport: 'nfc',
    demo: true,
    command: `blobs get $($K blobs list ${PIN} --json | grep -o '"credentialId":"[0-9a-f]*"' | cut -d'"' -f4) -o blob ${PIN}`,
  },
  { name: 'reset', model: 'yubikey-5-nfc', demo: true, command: 'reset --confirm key' },
  { name: 'reset-two-touches', model: 'feitian-biopass', demo: true, command: 'reset --confirm key' },
  { name: 'reset-card', model: 'hid-crescendo', transport: 'nfc', demo: true, command: 'reset --confirm key' },
  { name: 'reset-blocked-by-piv', model: 'yubikey-bio-multi-protocol', command: 'reset --confirm key', exit: 5 },
  {
    name: 'reset-over-usb-only',
    model: 'ctap-2.3-usb-reset',
    transport: 'nfc',
    command: 'reset --confirm key',
    exit: 5,
  },
  { name: 'reset-another-name', model: 'ctap-2.0', command: 'reset --confirm another', exit: 8 },
  { name: 'reset-each', model: 'ctap-2.1-pre', demo: true, command: 'reset --each --yes --journal journal' },
];

/**
 * Writes `<name>.jsonl`.
 * @param which `1` for all of them, or names with commas between
 * @throws {Error} if one does not end as it should
 */
export async function makeRecordings(directory: string, which: string): Promise<void> {
  const failures: string[] = [];
  const note = (error: Error) => void failures.push(error.message);
  const isWanted = ({ name }: { name: string }) => which === '1' || which.split(',').includes(name);
  for (const made of MADE.filter(isWanted)) await make(made, directory).catch(note);
  for (const staged of STAGED.filter(isWanted)) await perform(staged, directory).catch(note);
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

async function make({ name, model, transport, demo, before = ':', command, exit = 0 }: Made, directory: string) {
  const scratch = new Scratch();
  try {
    for (const [file, pin] of Object.entries(PINS)) writeFileSync(path.join(scratch.directory, file), `${pin}\n`);
    await scratch.sh(`seckey virtual create key --model ${model} ${demo ? '--demo' : ''}`);
    const K = `seckey --key virtual:key ${transport ? `--transport ${transport}` : ''}`;
    const trace = path.join(directory, `${name}.jsonl`);
    const line = `K='${K}'; { ${before}; } >/dev/null 2>&1; $K --trace '${trace}' ${command}`;
    const { code, stderr } = await scratch.sh(line);
    if (code !== exit) throw new Error(`${name} ended with ${code}, not ${exit}: ${stderr}`);
  } finally {
    scratch.remove();
  }
}
