/**
 * The escape drill: what a hostile job tries, and what it meets. Said once, for every runtime that jobs run in; each test file
 * brings an engine and says whose kernel answers.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Executor, JobSpec } from '../../agent/executor/executor.ts';
import { requires } from '../support/require.ts';
import { appears, JOB_USER, jobSpec } from './contract.ts';
import type { DockerHarness } from './docker-harness.ts';
import { inside as lookInside } from './inside.ts';
import { PROGRAMS } from './programs.ts';

const { test: asRoot } = requires('docker', 'root');

/** A kernel of the runtime's own has other words for the same, and says less about itself. */
const ANSWERS = {
  host: {
    unreachable: 'ENETUNREACH',
    tmp: ['rw', 'nosuid', 'nodev', 'noexec'],
    capabilities: ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'],
  },
  own: {
    unreachable: 'EHOSTUNREACH',
    tmp: ['rw', 'noexec'],
    capabilities: ['CapInh', 'CapPrm', 'CapEff', 'CapBnd'],
  },
} as const;

/** `kernel`: the host's, or the runtime's own. `filtersCalls`: whether the engine filters system calls of the host's. */
export function hostileJobs(
  open: () => Promise<DockerHarness>,
  { kernel, filtersCalls }: { kernel: keyof typeof ANSWERS; filtersCalls: boolean },
): void {
  const answers = ANSWERS[kernel];
  let harness: DockerHarness;
  let executor: Executor;
  const root = mkdtempSync(path.join(tmpdir(), 'sallyport-drill-'));
  chmodSync(root, 0o755);

  beforeAll(async () => {
    harness = await open();
    executor = harness.open();
  });
  afterEach(async () => {
    for (const { id } of await executor.list()) await executor.remove(id);
    expect(harness.docker('ps', '-aq', '--filter', `label=sallyport.owner=${harness.owner}`)).toBe('');
  });
  afterAll(async () => {
    await harness.close();
    rmSync(root, { recursive: true, force: true });
  });

  const inside = <T>(script: string, over: Partial<JobSpec> = {}) =>
    lookInside<T>(executor, { root, image: harness.image }, script, over);
  const limits = (over: Partial<JobSpec['limits']>) => ({ limits: over as JobSpec['limits'] });

  test('has no capability, cannot gain one, and its calls are filtered where the engine can', async () => {
    const { told } = await inside<string>(`tell(fs.readFileSync('/proc/self/status', 'utf8'))`);

    const value = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(told)?.[1];
    for (const name of answers.capabilities) expect([name, value(name)]).toEqual([name, '0'.repeat(16)]);
    expect(value('Uid')?.split('\t')).toEqual(Array(4).fill(String(JOB_USER.uid)));
    expect(value('Gid')?.split('\t')).toEqual(Array(4).fill(String(JOB_USER.gid)));
    expect(['', String(JOB_USER.gid)]).toContain(value('Groups')?.trim() ?? '');
    if (kernel === 'own') return;
    expect(value('NoNewPrivs')).toBe('1');
    if (filtersCalls) expect(value('Seccomp')).toBe('2');
  });

  (kernel === 'host' && filtersCalls && process.arch === 'x64' ? test : test.skip)(
    'can neither trace, nor read another’s memory, nor ask the kernel for rings, keys, namespaces or strange sockets',
    async () => {
      // Numbers of calls and their arguments; all of these but a few would work without the filter.
      const { told } = await inside<Record<string, number>>(`
        const calls = {
          'ptrace traceme': [101, 0, 0, 0, 0], 'process_vm_readv': [310, 0, 0, 0, 0, 0, 0], 'kcmp': [312, 1, 1, 0, 0, 0],
          'io_uring_setup': [425, 1, 0], 'userfaultfd': [323, 1], 'perf_event_open': [298, 0, 0, -1, -1, 0], 'bpf': [321, 0, 0, 0],
          'keyctl': [250, 0, -3, 0, 0, 0], 'unshare user': [272, 0x10000000], 'clone user': [56, 0x10000000, 0, 0, 0, 0],
          'clone3': [435, 0, 0], 'setns': [308, 0, 0], 'mount': [165, 0, 0, 0, 0, 0], 'modify_ldt': [154, 0, 0, 0],
          'personality without protections': [135, 0x0040000], 'AF_ALG': [41, 38, 5, 0], 'AF_VSOCK': [41, 40, 1, 0],
          'AF_PACKET': [41, 17, 3, 0], 'netlink audit': [41, 16, 3, 9], 'memfd_secret': [447, 0], 'pidfd_getfd': [438, 0, 0, 0],
        };
        const answers = {};
        for (const [name, words] of Object.entries(calls)) {
          const ran = spawnSync('/usr/bin/perl', ['-e', 'my @w = map { 0 + $_ } @ARGV; my $n = shift @w; $! = 0; my $r = syscall($n, @w); print $r >= 0 ? 0 : 0 + $!;', ...words.map(String)]);
          answers[name] = Number(String(ran.stdout));
        }
        tell(answers)`);

      const EPERM = 1;
      const ENOSYS = 38;
      const { clone3, io_uring_setup: rings, ...others } = told;
      expect([clone3, rings]).toEqual([ENOSYS, ENOSYS]);
      expect(Object.keys(others)).toHaveLength(19);
      expect(Object.entries(others).filter(([, errno]) => errno !== EPERM)).toEqual([]);
    },
  );

  test('writes nowhere but in its workspace and its temporary folders', async () => {
    const { told } = await inside<{ outside: Record<string, unknown>; root: string; tmp: string[] }>(`
      const outside = {};
      for (const folder of ['/', '/app', '/bin', '/etc', '/proc', '/proc/sys/kernel', '/sys', '/sys/fs/cgroup', '/dev', '/var', '/root'])
        outside[folder] = attempt(() => fs.writeFileSync(folder + '/planted', 'x')).code ?? 'written';
      const mounts = fs.readFileSync('/proc/mounts', 'utf8').split('\\n').map((line) => line.split(' '));
      const at = (place) => mounts.find((mount) => mount[1] === place)?.[3].split(',') ?? [];
      fs.writeFileSync('/tmp/mine', 'x');
      tell({ outside, root: at('/')[0], tmp: at('/tmp') })`);

    expect(Object.values(told.outside)).not.toContain('written');
    expect(told.root).toBe('ro');
    expect(told.tmp).toEqual(expect.arrayContaining([...answers.tmp]));
    expect(told.tmp.some((option) => option.startsWith('size='))).toBe(true);
  });

  test('finds no network but its own loopback: no address, no name, no metadata service, no neighbour', async () => {
    const neighbour = jobSpec(root, harness.image, [
      '-e',
      `require('net').createServer().listen(7777, '0.0.0.0', () => require('fs').writeFileSync('ready', '')); ${PROGRAMS.wait}`,
    ]);
    await executor.create(neighbour);
    await executor.start(neighbour.id);
    await appears(path.join(neighbour.workDir, 'ready'));

    const { job, told } = await inside<{
      interfaces: string[];
      tried: Record<string, string>;
      name: string;
    }>(`
      const tried = {};
      for (const [host, port] of [['169.254.169.254', 80], ['172.17.0.1', 22], ['1.1.1.1', 53], ['127.0.0.1', 7777], ['::1', 7777]])
        console.log(host, tried[host] = await connect(host, port));
      const name = await require('dns/promises').lookup('example.org').then(() => 'answered', (error) => error.code);
      tell({ interfaces: Object.keys(os.networkInterfaces()), tried, name })`);

    expect(told.interfaces).toEqual(['lo']);
    expect(told.tried).toMatchObject({
      '169.254.169.254': answers.unreachable,
      '172.17.0.1': answers.unreachable,
      '1.1.1.1': answers.unreachable,
      '127.0.0.1': 'ECONNREFUSED',
    });
    expect(told.name).toMatch(/^(EAI_AGAIN|ENOTFOUND)$/);
    expect(await executor.log(job.id)).toContain(`169.254.169.254 ${answers.unreachable}`);
  });

  test('sees only its own processes, and not the memory or kernel of the host', async () => {
    const { told } = await inside<{ processes: number[]; closed: Record<string, string>; parent: number }>(`
      const processes = fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).map(Number);
      const closed = {};
      for (const file of ['/proc/kcore', '/proc/1/mem', '/proc/1/root/etc/shadow', '/proc/sysrq-trigger', '/dev/mem', '/dev/sda', '/dev/kmsg'])
        closed[file] = attempt(() => fs.readSync(fs.openSync(file, 'r'), Buffer.alloc(16)) || undefined).code ?? 'read';
      tell({ processes, closed, parent: process.ppid })`);

    expect(told.parent).toBe(1);
    expect(told.processes.length).toBeLessThanOrEqual(2);
    const { '/proc/kcore': kcore, ...closed } = told.closed;
    expect(Object.values(closed)).not.toContain('read');
    // Masked by an empty file, or closed altogether.
    expect(kcore === 'read' || /^E/.test(kcore ?? '')).toBe(true);
  });

  test('finds nothing of a job of another project beside it: no file, process, shared memory or store', async () => {
    const store = path.join(root, 'store');
    mkdirSync(store, { recursive: true });
    writeFileSync(path.join(store, 'object'), 'CANARY', { mode: 0o644 });
    const other = jobSpec(root, harness.image, [
      '-e',
      `const leave = require('fs').writeFileSync; process.title = 'CANARY';
       for (const place of ['/dev/shm', '/tmp', '.']) leave(place + '/canary', 'CANARY'); ${PROGRAMS.wait}`,
    ]);
    await executor.create(other);
    await executor.start(other.id);
    await appears(path.join(other.workDir, 'ready'));
    expect(readFileSync(path.join(other.workDir, 'canary'), 'utf8')).toBe('CANARY');
    const places = [
      other.workDir,
      store,
      root,
      '/var/lib/docker',
      '/run/docker.sock',
      '/var/run/docker.sock',
    ];

    const { told } = await inside<{ reached: string[]; left: string[]; commands: string; segments: number }>(`
      const reached = ${JSON.stringify(places)}.filter((place) => fs.existsSync(place));
      const left = ['/dev/shm', '/tmp', '/workspace'].flatMap((place) => fs.readdirSync(place));
      const processes = fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
      const commands = processes.map((id) => attempt(() => fs.readFileSync('/proc/' + id + '/comm', 'utf8')).done ?? '');
      const shm = '/proc/sysvipc/shm';
      const segments = fs.existsSync(shm) ? fs.readFileSync(shm, 'utf8').trim().split('\\n').length - 1 : 0;
      tell({ reached, left, commands: commands.join(), segments })`);

    expect(told).toMatchObject({ reached: [], left: [], segments: 0 });
    expect(told.commands).not.toContain('CANARY');
  });

  test('cannot become root by a setuid program that would make it so elsewhere', async () => {
    const control = spawnSync(
      'docker',
      [
        ...harness.where,
        'run',
        '--rm',
        '--network',
        'none',
        '--entrypoint',
        '/bin/rootsh',
        harness.image,
        '-p',
        '-c',
        'exec /bin/cat /proc/self/status',
      ],
      { encoding: 'utf8' },
    );
    expect(control.stdout).toMatch(/^Uid:\s+65534\s+0\s/m);

    const { told } = await inside<string>(
      `tell(spawnSync('/bin/rootsh', ['-p', '-c', 'exec /bin/cat /proc/self/status'], { encoding: 'utf8' }).stdout)`,
    );

    expect(told).toMatch(new RegExp(`^Uid:\\s+${JOB_USER.uid}\\s+${JOB_USER.uid}\\s`, 'm'));
  });

  test('can make no device, mount nothing, and run nothing from its temporary folder', async () => {
    const { told } = await inside<{ device: number; mount: number; script: string; exists: boolean }>(`
      const device = spawnSync('/bin/mknod', ['/workspace/disk', 'b', '8', '0']).status;
      const mount = spawnSync('/bin/mount', ['-t', 'tmpfs', 'none', '/workspace']).status;
      fs.copyFileSync('/bin/cat', '/tmp/cat');
      fs.chmodSync('/tmp/cat', 0o755);
      const script = spawnSync('/tmp/cat', ['/etc/passwd']).error?.code ?? 'ran';
      tell({ device, mount, script, exists: fs.existsSync('/workspace/disk') })`);

    expect(told.device).not.toBe(0);
    expect(told.mount).not.toBe(0);
    expect(told).toMatchObject({ script: 'EACCES', exists: false });
  });

  test('forks only so far', async () => {
    const { told, exit } = await inside<{ started: number; code: string }>(
      `let started = 0;
       const more = () => {
         const child = spawn('/bin/cat', { stdio: ['pipe', 'ignore', 'ignore'] });
         child.on('spawn', () => { started += 1; more() });
         child.on('error', (error) => { tell({ started, code: error.code }); process.exit(0) });
       };
       more()`,
      limits({ pids: 48 }),
    );

    // A kernel of its own that gets no more threads of the host ends with 2 (Go's), and the job with it.
    if (kernel === 'own') {
      expect([exit.code, told]).toEqual([2, undefined]);
      expect(exit).toMatchObject({ interrupted: false });
      expect(await executor.healthy()).toBe(true);
      return;
    }
    expect(exit.code).toBe(0);
    expect(told.code).toBe('EAGAIN');
    expect(told.started).toBeLessThan(48);
  });

  test('that fills memory is ended, and the reason is known', async () => {
    const { exit } = await inside(
      `const held = []; for (;;) held.push(Buffer.alloc(16 * 1024 ** 2, 1))`,
      limits({ memoryBytes: 96 * 1024 ** 2 }),
    );

    expect(exit).toMatchObject({ code: 137, outOfMemory: true, interrupted: false });
  });

  test('fills neither the temporary folder nor shared memory beyond their size', async () => {
    const { told } = await inside<Record<string, number>>(
      `const wrote = {};
       for (const folder of ['/tmp', '/dev/shm']) {
         wrote[folder] = 0;
         try { for (;;) { fs.appendFileSync(folder + '/fill', Buffer.alloc(1024 ** 2)); wrote[folder] += 1 } } catch {}
         fs.rmSync(folder + '/fill');
       }
       tell(wrote)`,
      limits({ memoryBytes: 160 * 1024 ** 2, diskBytes: 1024 ** 3 }),
    );

    expect(told['/tmp']).toBeLessThanOrEqual(80);
    expect(told['/dev/shm']).toBeLessThanOrEqual(64);
  });

  test('cannot write one file above the disk limit, not even for a moment', async () => {
    const { told } = await inside<string>(
      `tell(attempt(() => { for (;;) fs.appendFileSync('big', Buffer.alloc(1024 ** 2)) }).code)`,
      limits({ diskBytes: 8 * 1024 ** 2 }),
    );

    expect(told).toBe('EFBIG');
  });

  test('that makes endless empty files is ended as one that fills the disk', async () => {
    const { exit } = await inside(
      `for (let n = 0; ; n++) fs.writeFileSync('f' + n, '')`,
      limits({ diskBytes: 1_000_000 }),
    );

    expect(exit).toMatchObject({ diskFull: true, interrupted: false });
  });

  asRoot('with a huge log takes no more disk than the cap, and the end of it is kept', async () => {
    const { job } = await inside(
      `const line = 'x'.repeat(1000) + '\\n';
       for (let n = 0; n < 30_000; n++) fs.writeSync(1, line); fs.writeSync(1, 'the end\\n')`,
      limits({ logBytes: 600_000 }),
    );

    const id = harness.docker('inspect', '--format', '{{.Id}}', `sallyport-${job.id}`);
    const folder = path.join(
      harness.docker('info', '--format', '{{.DockerRootDir}}'),
      'containers',
      id,
      'local-logs',
    );
    expect(existsSync(folder)).toBe(true);
    const used = Number(spawnSync('du', ['-sb', folder], { encoding: 'utf8' }).stdout.split('\t')[0]);
    expect(used).toBeLessThan(1_200_000);
    const log = await executor.log(job.id);
    expect(log.trimEnd().split('\n').at(-1)).toContain('the end');
    expect(log.length).toBeLessThan(601_000);
  });

  test('is not made from an image that declares a volume, which no limit would hold for', async () => {
    const made = harness.docker('create', harness.image);
    const tag = `sallyport/test-volume:${harness.owner}`;
    harness.docker('commit', '--change', 'VOLUME /data', made, tag);
    harness.docker('rm', made);
    try {
      const job = jobSpec(root, tag, ['-e', '']);

      expect(await executor.create(job)).toMatchObject({
        code: 'executor.image-volumes',
        says: expect.stringContaining('/data'),
      });
      expect(await executor.findImage(tag)).toBeDefined();
      expect(await executor.create(job)).toMatchObject({ code: 'executor.image-volumes' });
      expect(await executor.phase(job.id)).toBe('absent');
    } finally {
      harness.docker('rmi', tag);
    }
  });

  test('plants nothing in an input that was mounted read-only', async () => {
    const source = path.join(root, 'input.csv');
    spawnSync('sh', ['-c', `echo original > ${source}; chmod 666 ${source}`]);

    const { told } = await inside<string>(
      `tell(attempt(() => fs.writeFileSync('input.csv', 'forged')).code ?? 'written')`,
      { readOnlyFiles: [{ path: 'input.csv', source }] },
    );

    expect(told).toBe('EROFS');
    expect(readFileSync(source, 'utf8')).toBe('original\n');
  });
}
