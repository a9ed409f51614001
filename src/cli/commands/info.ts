import { formatAaguid, toHex } from '../../ctap2/index.ts';
import {
  type AuthenticatorInfo,
  decryptedInfoMembers,
  describeSession,
  type KeyDescription,
  makers,
} from '../../index.ts';
import type { Context } from '../context.ts';
import { DECRYPTED, infoLines, optionLines, plain, THIS_KEY } from '../messages/info.ts';
import { allNames } from '../messages/keys.ts';
import { escaped } from '../terminal/escape.ts';
import { wrapped } from '../terminal/text.ts';
import { keyDocument } from './list.ts';

/** `seckey info` */
export async function info(context: Context, { raw: withRaw }: { raw?: true }): Promise<void> {
  const { out } = context;
  const session = await context.openKey();
  const key = await describeSession(session);
  // A PIN that is at hand opens what the key says only to those who know it.
  const opened = context.options.pinFile === undefined ? {} : await decryptedInfoMembers(session, context.interaction);
  const members = await session.info();
  const raw = withRaw ? toHex(session.infoBytes) : undefined;
  const decrypted = Object.fromEntries(Object.entries(opened).map(([name, value]) => [name, toHex(value)]));
  out.document({
    key: keyDocument(key),
    ...infoDocument(members, key.model),
    ...decrypted,
    ...(raw === undefined ? {} : { raw }),
  });

  out.data(out.styled('bold', escaped(key.model ?? key.name ?? key.id)));
  out.data(allNames(key));
  out.data();
  for (const { label, value, name } of infoLines({ ...members })) {
    print(context, label, SHOWN_OTHERWISE[name]?.(members, key) ?? value, name);
  }
  for (const [name, value] of Object.entries(decrypted)) print(context, DECRYPTED[name] ?? name, value, name);
  const options = optionLines(members.options ?? {});
  if (options.length > 0) {
    out.data();
    out.data(THIS_KEY);
  }
  for (const { label, value, name } of options) printOption(context, label, `${name}: ${value}`);
  if (raw !== undefined) {
    out.data();
    out.data(raw);
  }
}

/** Members whose words depend on more than their value. */
const SHOWN_OTHERWISE: Readonly<
  Record<string, (members: AuthenticatorInfo, key: KeyDescription) => string | undefined>
> = {
  aaguid: ({ aaguid }) => formatAaguid(aaguid),
  firmwareVersion: ({ firmwareVersion = 0 }, key) => makers.find(key, key.model)?.formatFirmware?.(firmwareVersion),
};

const LABEL_WIDTH = 34;
const OPTION_WIDTH = 50;
const WIDTH = 80;
const VALUE_LINE = new RegExp(`.{1,${WIDTH - LABEL_WIDTH}}`, 'gu');

/** Label, value and the specification's name, in as many lines of 80 columns as that takes. */
function print({ out }: Context, label: string, value: string, name: string): void {
  // Hex has no spaces to break at.
  const lines = wrapped(value, WIDTH - LABEL_WIDTH).flatMap((line) => line.match(VALUE_LINE) ?? ['']);
  const last = lines.length - 1;
  const fits = LABEL_WIDTH + (lines[last] ?? '').length + 2 + name.length <= WIDTH;
  for (const [i, line] of lines.entries()) {
    const left = (i === 0 ? label : '').padEnd(LABEL_WIDTH);
    out.data(`${left}${line}${i === last && fits ? `  ${out.styled('dim', name)}` : ''}`);
  }
  if (!fits) out.data(`${' '.repeat(LABEL_WIDTH)}${out.styled('dim', name)}`);
}

/** In one line where that has 80 columns; a long name takes room from its label, and then a line of its own. */
function printOption({ out }: Context, label: string, name: string): void {
  const room = WIDTH - '  '.length - ' '.length - name.length;
  if (label.length <= room) {
    out.data(`  ${label.padEnd(Math.min(OPTION_WIDTH, room))} ${out.styled('dim', name)}`);
    return;
  }
  out.data(`  ${label}`);
  for (const line of wrapped(name, WIDTH - LABEL_WIDTH))
    out.data(`${' '.repeat(LABEL_WIDTH)}${out.styled('dim', line)}`);
}

/** The JSON shape of getInfo: names as in the specification, byte strings in hex. */
export function infoDocument({ unknownMembers, ...members }: AuthenticatorInfo, model: string | undefined): object {
  const json = Object.entries(members).map(([name, value]) => {
    if (name === 'aaguid') return [name, formatAaguid(members.aaguid)];
    return [name, jsonValue(value)];
  });
  const unknown = [...(unknownMembers ?? [])].map(([key, value]) => [plain(key), plain(value)]);
  return {
    ...Object.fromEntries(json),
    ...(model === undefined ? {} : { model }),
    ...(unknown.length ? { unknownMembers: Object.fromEntries(unknown) } : {}),
  };
}

function jsonValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(jsonValue);
  // Vendor command ids have 64 bits; beyond 2^53 only text keeps them whole.
  if (typeof value === 'bigint') return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
  return value;
}
