/** How the smart card service is started on this system, in one sentence; the doctor says the same, with more around it. */
import { existsSync } from 'node:fs';
import type { Advice } from '../../errors.ts';

export interface PcscdSetup {
  platform: NodeJS.Platform;
  /** root, or elevated rights. */
  administrator: boolean;
  /** The service is installed; Linux. */
  installed: boolean;
  /** systemd starts services; Linux. */
  systemd: boolean;
}

export const PCSCD_PATHS = ['/usr/sbin/pcscd', '/usr/bin/pcscd', '/usr/local/sbin/pcscd'] as const;
/** There where systemd runs (sd_booted). */
export const SYSTEMD_PATH = '/run/systemd/system';

/** The command that does it, for good where there is systemd. Not for macOS, where nothing needs to be typed. */
export function pcscdStartCommand({ platform, administrator, systemd }: Omit<PcscdSetup, 'installed'>): string {
  if (platform === 'win32') return 'Start-Service SCardSvr';
  const command = systemd ? 'systemctl enable --now pcscd.socket' : 'pcscd';
  return administrator ? command : `sudo ${command}`;
}

/** What comes before that command, or does without it. */
export function pcscdStartSentence({ platform, installed }: Pick<PcscdSetup, 'platform' | 'installed'>): string {
  if (platform === 'darwin') return 'Connect the reader again, or restart the computer.';
  if (platform === 'win32') {
    return 'Connect the reader: Windows starts the service by itself. If it does not, as administrator:';
  }
  return installed ? 'Start it:' : 'Install pcscd first.';
}

/** What there is to do where the service does not run. */
export function pcscdAdvice(setup: PcscdSetup): Advice {
  const isMissing = setup.platform !== 'darwin' && setup.platform !== 'win32' && !setup.installed;
  return { hint: pcscdStart(setup), ...(isMissing ? { situation: { id: 'smart-card-service-missing' } } : {}) };
}

/** Both, in one line. */
export function pcscdStart(setup: PcscdSetup): string {
  const sentence = pcscdStartSentence(setup);
  return sentence.endsWith(':') ? `${sentence} ${pcscdStartCommand(setup)}` : sentence;
}

export function thisPcscdSetup(): PcscdSetup {
  return {
    platform: process.platform,
    administrator: process.getuid?.() === 0,
    installed: PCSCD_PATHS.some((path) => existsSync(path)),
    systemd: existsSync(SYSTEMD_PATH),
  };
}
