/**
 * A throw-away Linux machine with uhid and a USB bus, whatever kernel this one runs: Debian's, under qemu without KVM,
 * on a discardable overlay of this machine's root. Programs run 15 to 60 times slower in it than outside.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GuestImage, guestImage } from './guest/image.ts';
import { Program } from './program.ts';

const QEMU = 'qemu-system-x86_64';
const JOB_LIBRARY = fileURLToPath(new URL('guest/job.sh', import.meta.url));

export interface GuestResult {
  /** Exit status of the job. */
  code: number;
  stdout: string;
  stderr: string;
}

let image: Promise<GuestImage> | undefined;

/**
 * Boots the guest and runs a bash script in it, as root, with `guest/job.sh` sourced. Files of this machine are there
 * under their paths; changes are lost.
 * @throws with the guest's last words when it gives no exit status in time
 */
export async function inGuest(script: string, { timeoutMs = 120_000 } = {}): Promise<GuestResult> {
  image ??= guestImage();
  const { kernel, initramfs } = await image;
  const directory = mkdtempSync(join(tmpdir(), 'seckey-guest-'));
  try {
    const file = (name: string) => join(directory, name);
    const content = (name: string) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '');
    writeFileSync(file('job'), `PATH=${dirname(process.execPath)}:$PATH\nsource ${JOB_LIBRARY}\n${script}\n`);
    const ports = ['out', 'err', 'status'].flatMap((name, index) => [
      ...['-chardev', `file,id=${name},path=${file(name)}`],
      ...['-device', `virtserialport,chardev=${name},nr=${index + 1}`],
    ]);
    const qemu = new Program(QEMU, [
      // /dev/kvm may exist and yet not work.
      ...['-accel', 'tcg,thread=multi', '-cpu', 'max', '-M', 'q35', '-smp', '2', '-m', '1024'],
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-nic', 'none'],
      ...['-kernel', kernel, '-initrd', initramfs, '-serial', `file:${file('console')}`],
      ...[
        '-append',
        `console=ttyS0 quiet panic=-1 mitigations=off nokaslr random.trust_cpu=on seckey.job=${file('job')}`,
      ],
      ...['-object', 'rng-random,id=rng,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=rng'],
      ...['-device', 'virtio-serial-pci', ...ports],
      ...['-virtfs', 'local,path=/,mount_tag=hostroot,security_model=none,readonly=on,multidevs=remap'],
    ]);
    let end: string;
    try {
      const { code, stdout, stderr } = await qemu.result(timeoutMs);
      end = `qemu ended with ${code}: ${stdout}${stderr}`;
    } catch (error) {
      end = `${error}`;
    }
    const status = content('status').trim();
    if (status !== '') return { code: Number(status), stdout: content('out'), stderr: content('err') };
    const words = ['out', 'err', 'console'].map((name) => `${name}: ${content(name).slice(-4_000)}`);
    throw new Error(`the guest gave no exit status. ${end}\n${words.join('\n')}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Like {@link inGuest}, for a job that has to succeed; returns its standard output. */
export async function mustInGuest(script: string, options: { timeoutMs?: number } = {}): Promise<string> {
  const { code, stdout, stderr } = await inGuest(script, options);
  if (code !== 0) throw new Error(`the job ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}
