/** seckey doctor for somebody who came by SSH: a real sshd on loopback, in the namespaces of a pcscd whose readers are empty. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DOCTOR, findingsOf } from './support/doctor.ts';
import { Pcscd } from './support/pcscd.ts';
import { InstalledSeckey } from './support/seckey.ts';

let pcscd: Pcscd;
let installed: InstalledSeckey;

beforeAll(async () => {
  pcscd = await Pcscd.start();
  installed = new InstalledSeckey(pcscd);
  const at = installed.directory;
  // /run/sshd is where sshd locks itself up before somebody has logged in; only here, not on the machine.
  const { code, stderr } = await pcscd.exec('bash', [
    '-ec',
    `mkdir ${at}/pcscd; mount --bind /run/pcscd ${at}/pcscd; mount -t tmpfs -o mode=755 tmpfs /run
    mkdir /run/sshd /run/pcscd; mount --bind ${at}/pcscd /run/pcscd
    ssh-keygen -q -t ed25519 -N '' -f ${at}/host; ssh-keygen -q -t ed25519 -N '' -f ${at}/person
    printf '%s\\n' 'HostKey ${at}/host' 'AuthorizedKeysFile ${at}/person.pub' 'ListenAddress 127.0.0.1' 'UsePAM no' \\
      'StrictModes no' 'PidFile none' > ${at}/sshd_config`,
  ]);
  expect(`${code} ${stderr}`).toBe('0 ');
  await pcscd
    .spawn('/usr/sbin/sshd', ['-D', '-e', '-f', `${at}/sshd_config`])
    .complains('listening on 127.0.0.1 port 22');
});

afterAll(async () => {
  await installed?.close();
  await pcscd?.stop();
});

const ssh = (options: string, command: string) =>
  pcscd.exec('bash', [
    '-c',
    `ssh -F none ${options} -i ${installed.directory}/person -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \\
      -o LogLevel=ERROR root@127.0.0.1 "$1"`,
    '-',
    command,
  ]);

test('no key here: it may be in the machine at the other end', async () => {
  const { code, stdout } = await ssh('-T', `${DOCTOR} -t nfc --json`);
  expect(code).toBe(0);
  const finding = findingsOf({ stdout, stderr: '' }).find(({ id }) => id === 'ssh-session');
  expect(finding).toMatchObject({
    severity: 'warning',
    mend: expect.stringMatching(/^Run seckey on the machine that/),
  });
});

test('the same on a terminal, in words', async () => {
  const { stdout } = await ssh('-tt', `${DOCTOR} -t nfc`);
  expect(stdout).toContain('  This is an SSH session: only keys that are plugged into the remote\r\n         machine');
});

test('without SSH it is not said', async () => {
  const { stdout } = await pcscd.exec('bash', ['-c', `unset \${!SSH_*}; ${DOCTOR} -t nfc --json`]);
  expect(findingsOf({ stdout, stderr: '' }).map(({ id }) => id)).not.toContain('ssh-session');
});
