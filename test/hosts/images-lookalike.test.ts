/**
 * Images that were made for another system run as they are: whatever user, folder, path, health check, signal, labels and size they
 * come with. What they would need of the host beyond a job's own folder they do not get.
 */
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import Docker from 'dockerode';
import { mkdtempSync, readFileSync, rmSync, chownSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tar from 'tar-stream';
import { dockerExecutor } from '../../agent/executor/docker.ts';
import type { Executor } from '../../agent/executor/executor.ts';
import { seenInEngine } from '../../agent/images/build/seen.ts';
import { checked } from '../../agent/images/build/verify.ts';
import { buildNodeImage } from '../../agent/images/node-image.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { requires } from '../support/require.ts';
import { must } from './support/built-images.ts';

/** Says what it sees, a line each. */
const ENTRY = `#!/bin/sh
echo "arguments: $*"
echo "folder: $(pwd)"
echo "home: $HOME"
echo "path: $PATH"
echo "backend: $OPENSAFELY_BACKEND"
echo "own: $IMAGE_OWN"
while read name value rest; do
  case "$name" in Uid:|CapEff:|NoNewPrivs:) echo "$name $value";; esac
done < /proc/self/status
echo row > written.csv && echo "workspace: written"
( echo x > /srv/elsewhere ) 2>/dev/null || echo "elsewhere: refused"
( echo x > "$HOME/kept" ) && echo "home: written"
`;

const BASE = {
  labels: 'LABEL org.opencontainers.image.version="v2" org.opencontainers.image.title="lookalike"',
  entry: 'ENTRYPOINT ["/opt/entry"]',
};
const IMAGES: Record<string, string[]> = {
  'as root, with everything': [
    'USER root',
    'WORKDIR /srv/home',
    'ENV HOME=/root PATH=/opt:/usr/local/bin:/bin::. IMAGE_OWN=kept',
    'HEALTHCHECK --interval=1s CMD /bin/false',
    'STOPSIGNAL SIGUSR1',
    'EXPOSE 8888',
    'CMD ["usual"]',
    'COPY big /srv/big',
    'COPY big /srv/bigger',
  ],
  'by another user’s name': ['USER nobody', 'ENV IMAGE_OWN="two words"'],
  'with labels of ours': [
    'LABEL sallyport.owner="somebody" sallyport.kind="relay" sallyport.job="zzzzzzzzzzzzzzzz" sallyport.user="0" sallyport.label.task="forged" sallyport.limits="{}"',
  ],
  'with a volume': ['VOLUME /data'],
};

const hosts = requires('docker', 'root');
const docker = new Docker();
const PREFIX = `sallyport-lookalike-${process.pid}`;
const names = new Map(Object.keys(IMAGES).map((name, at) => [name, `${PREFIX}:v${at + 1}`]));
let folder: string;
let executor: Executor;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sallyport-lookalike-'));
});
afterEach(async () => {
  for (const { id } of (await executor?.list()) ?? []) await executor.remove(id);
});
afterAll(async () => {
  for (const name of names.values())
    await docker
      .getImage(name)
      .remove({ force: true })
      .catch(() => undefined);
  rmSync(folder, { recursive: true, force: true });
});

async function make(name: string, base: string, lines: readonly string[]): Promise<void> {
  const context = tar.pack();
  context.entry({ name: 'entry', mode: 0o755 }, ENTRY);
  context.entry({ name: 'big' }, Buffer.alloc(24 * 1024 * 1024, name));
  const dockerfile = [`FROM ${base}`, 'COPY entry /opt/entry', BASE.labels, BASE.entry, ...lines].join('\n');
  context.entry({ name: 'Dockerfile' }, dockerfile);
  context.finalize();
  const answer = await docker.buildImage(context as unknown as NodeJS.ReadableStream, {
    t: names.get(name),
    networkmode: 'none',
  });
  await new Promise((resolve, reject) =>
    docker.modem.followProgress(answer, (fault: unknown, done: unknown) =>
      fault ? reject(fault as Error) : resolve(done),
    ),
  );
}

/** As an agent runs an action of it. */
async function ran(name: string, command: string[]): Promise<Record<string, string>> {
  const id = randomIds.id();
  const workDir = mkdtempSync(path.join(folder, 'work-'));
  chownSync(workDir, 10_001, 10_001);
  const image = must({ image: await executor.findImage(names.get(name)!) }).image!;
  const fault = await executor.create({
    ...{ id, image, command, workDir, labels: { task: id }, readOnlyFiles: [], network: { kind: 'none' } },
    environment: { OPENSAFELY_BACKEND: 'north' },
    limits: {
      cpus: 1,
      memoryBytes: 2 ** 28,
      pids: 64,
      diskBytes: 2 ** 27,
      timeMs: 60_000,
      logBytes: 2 ** 20,
    },
    user: { uid: 10_001, gid: 10_001 },
  });
  if (fault) return { refused: fault.code, says: fault.says };
  const inspected = await docker.getContainer(`sallyport-${id}`).inspect();
  must({ refused: await executor.start(id) }.refused ?? { id });
  const exit = await executor.wait(id, new AbortController().signal);
  const log = await executor.log(id);
  const said = log
    .split('\n')
    .map((line) => line.replace(/^\S+ /, ''))
    .filter((line) => line.includes(': '))
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const);
  return {
    ...Object.fromEntries(said.reverse()),
    exit: String(exit.code),
    rows: readFileSync(path.join(workDir, 'written.csv'), 'utf8'),
    signal: (inspected.Config as { StopSignal?: string }).StopSignal ?? '',
    health: JSON.stringify(inspected.Config.Healthcheck ?? null),
    ports: JSON.stringify(inspected.NetworkSettings.Ports),
    listed: JSON.stringify(
      (await executor.list()).map(({ id: of, labels }) => [of === id, labels['task'] === id]),
    ),
  };
}

hosts.describe('images made for another system', () => {
  beforeAll(async () => {
    executor = dockerExecutor({ owner: `test-${randomIds.id()}`, stateDir: path.join(folder, 'state') });
    const { image } = await buildNodeImage({
      ...{ name: 'test-lookalike', files: [], entry: ['node'], programs: ['/bin/sh', '/bin/false'] },
    });
    for (const [name, lines] of Object.entries(IMAGES)) await make(name, image, lines);
  }, 600_000);

  const COMMON = {
    arguments: 'analysis/model.R one two words',
    folder: '/workspace',
    home: '/tmp',
    backend: 'north',
    Uid: '10001',
    CapEff: '0000000000000000',
    NoNewPrivs: '1',
    workspace: 'written',
    elsewhere: 'refused',
    exit: '0',
    rows: 'row\n',
    signal: 'SIGKILL',
    health: expect.stringMatching(/^\{"Test":\["NONE"\]/),
    ports: '{}',
    listed: '[[true,true]]',
  };

  hosts.test.each([
    ['as root, with everything', { path: '/opt:/usr/local/bin:/bin::.', own: 'kept' }],
    ['by another user’s name', { own: 'two words' }],
    ['with labels of ours', {}],
  ])(
    '%s: the words become arguments, and the job is held like any other',
    async (name, more) => {
      expect(await ran(name, ['analysis/model.R', 'one', 'two words'])).toMatchObject({ ...COMMON, ...more });
    },
    300_000,
  );

  hosts.test('one that declares a volume is refused before anything is made', async () => {
    const answer = await ran('with a volume', ['x']);
    expect(answer['refused']).toMatch(/volume/);
    expect(await executor.list()).toEqual([]);
  });

  hosts.test(
    'are verified for what would harm, and the rest is worth a look',
    async () => {
      const of = async (name: string) =>
        checked(must(await seenInEngine(docker, names.get(name)!)), {})
          .filter(({ state }) => state !== 'right')
          .map(({ what, state }) => `${state} ${what}`);
      expect(await of('as root, with everything')).toEqual([
        'look user',
        'look folder',
        'look labels',
        'look SBOM',
      ]);
      expect(await of('with a volume')).toEqual(['wrong volumes', 'look labels', 'look SBOM']);
    },
    300_000,
  );
});
