/** Kernel and initramfs of the guest, made once from Debian's packages and kept in node_modules/.cache. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must } from '../program.ts';
import { Cpio } from './cpio.ts';
import { collectModules, extractVmlinux } from './kernel.ts';

export interface GuestImage {
  kernel: string;
  initramfs: string;
}

const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/seckey-guest', import.meta.url));
const INIT = fileURLToPath(new URL('init', import.meta.url));

const MODULES = [
  ...['virtio_pci', 'virtio_console', 'virtio_rng', '9pnet_virtio', '9p', 'overlay'],
  ...['uhid', 'hid_generic', 'usbhid', 'dummy_hcd', 'usb_f_hid'],
];
/** Where those and their dependencies are: unpacking all 300 MB would take longer than everything else. */
const FOLDERS = ['drivers/hid', 'drivers/virtio', 'drivers/char', 'drivers/usb', 'net/9p', 'fs'];
const APPLETS = ['sh', 'mount', 'insmod', 'mkdir', 'cat', 'echo', 'sleep'];

/** @throws with the reason when the image cannot be made here */
export async function guestImage(): Promise<GuestImage> {
  if (process.arch !== 'x64') throw new Error(`the guest is an amd64 machine, this is ${process.arch}`);
  const kernelPackage = await findKernelPackage();
  const directory = join(CACHE, kernelPackage);
  const image = { kernel: join(directory, 'vmlinux'), initramfs: join(directory, 'modules') };
  if (!existsSync(directory)) await buildKernel(kernelPackage, directory);
  // The initramfs is quick to make and holds the project's own /init, so that is never taken from a cache.
  const initramfs = join(mkdtempSync(join(tmpdir(), 'seckey-initramfs-')), 'initramfs.cpio');
  process.once('exit', () => rmSync(join(initramfs, '..'), { recursive: true, force: true }));
  writeFileSync(initramfs, makeInitramfs(image.initramfs));
  return { kernel: image.kernel, initramfs };
}

async function findKernelPackage(): Promise<string> {
  const [, name] = /Depends: (linux-image-\S+)/.exec(await must('apt-cache', ['depends', 'linux-image-amd64'])) ?? [];
  if (name === undefined) throw new Error('apt knows no linux-image-amd64: run apt-get update on a Debian system');
  return name;
}

async function buildKernel(kernelPackage: string, directory: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, 'building-'));
  try {
    await must('apt-get', ['download', '-qq', kernelPackage], { cwd: work, timeoutMs: 300_000 });
    const [archive] = readdirSync(work);
    const wanted = ['boot/vmlinuz*', '*modules.builtin', ...FOLDERS.map((folder) => `*/kernel/${folder}/*`)];
    const unpack = 'archive=$1; shift; dpkg-deb --fsys-tarfile "$archive" | tar -x --wildcards "$@"';
    await must('bash', ['-o', 'pipefail', '-c', unpack, '-', `${archive}`, ...wanted.map((path) => `./${path}`)], {
      cwd: work,
    });
    const boot = readdirSync(join(work, 'boot')).find((name) => name.startsWith('vmlinuz'));
    if (boot === undefined) throw new Error(`${kernelPackage} has no kernel`);
    const version = boot.slice('vmlinuz-'.length);
    const root = ['lib/modules', 'usr/lib/modules']
      .map((path) => join(work, path, version))
      .find((path) => existsSync(path));
    if (root === undefined) throw new Error(`${kernelPackage} has no modules`);
    const made = join(work, 'made');
    mkdirSync(join(made, 'modules'), { recursive: true });
    writeFileSync(join(made, 'vmlinux'), extractVmlinux(readFileSync(join(work, 'boot', boot))));
    collectModules(root, MODULES).forEach(({ name, content }, index) => {
      writeFileSync(join(made, 'modules', `${String(index).padStart(2, '0')}-${name}.ko`), content);
    });
    // Whole or not at all, also with two builders.
    if (!existsSync(directory)) renameSync(made, directory);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function makeInitramfs(modules: string): Uint8Array {
  const busybox = '/bin/busybox';
  if (!existsSync(busybox)) throw new Error('no /bin/busybox: apt-get install busybox-static');
  const cpio = new Cpio();
  for (const name of ['bin', 'dev', 'proc', 'sys', 'modules', 'newroot', 'lower', 'rw']) cpio.directory(name);
  cpio.characterDevice('dev/console', 5, 1);
  cpio.file('bin/busybox', readFileSync(busybox), 0o755);
  for (const applet of APPLETS) cpio.link(`bin/${applet}`, 'busybox');
  cpio.file('init', readFileSync(INIT), 0o755);
  for (const name of readdirSync(modules).sort()) cpio.file(`modules/${name}`, readFileSync(join(modules, name)));
  return cpio.finish();
}
