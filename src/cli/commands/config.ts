import { config } from '../../index.ts';
import type { Context } from '../context.ts';
import * as words from '../messages/config.ts';
import { askConsent } from '../terminal/consent.ts';
import { table } from '../terminal/table.ts';

/** `seckey config show` */
export async function show(context: Context): Promise<void> {
  const { out } = context;
  const settings = await config.settings(await context.openKey());
  out.document(settings);
  for (const line of table(words.settingRows(settings), { width: out.width, whole: [0, 1] })) out.data(line);
}

/** What is now true, for a person and for a program. */
export function report({ out }: Context, { changed, settings }: config.SettingsChange, now: string): void {
  out.document(settings);
  out.data(words.outcome(changed, now));
}

/** `seckey config always-uv on|off` */
export async function alwaysUv(context: Context, state: 'on' | 'off'): Promise<void> {
  const on = state === 'on';
  const change = await config.setAlwaysUv(await context.openKey(), on, context.interaction);
  report(context, change, on ? words.ALWAYS_UV_ON : words.ALWAYS_UV_OFF);
  if (on && change.changed) context.out.say(words.UNDO_ALWAYS_UV);
}

/** `seckey config enterprise-attestation enable` */
export async function enterpriseAttestation(context: Context, _action: 'enable'): Promise<void> {
  const confirm = () => askConsent(context, words.ENTERPRISE_ATTESTATION_CONSENT);
  const change = await config.enableEnterpriseAttestation(await context.openKey(), context.interaction, { confirm });
  report(context, change, words.ENTERPRISE_ATTESTATION_ON);
}

/** `seckey config long-touch-reset enable` */
export async function longTouchReset(context: Context, _action: 'enable'): Promise<void> {
  const confirm = () => askConsent(context, words.LONG_TOUCH_CONSENT);
  const change = await config.enableLongTouchForReset(await context.openKey(), context.interaction, { confirm });
  report(context, change, words.LONG_TOUCH_ON);
}
