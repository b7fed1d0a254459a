/**
 * Runtime images from Debian's packages to a job of an agent: built twice, pushed to a registry, verified there, pulled by the engine
 * by digest, and run by the real runner, which reads and writes tables in them.
 */
import { afterAll, beforeAll, expect } from '@jest/globals';
import Docker from 'dockerode';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dockerExecutor } from '../../agent/executor/docker.ts';
import type { Executor } from '../../agent/executor/executor.ts';
import { push } from '../../agent/images/build/push.ts';
import { openRegistry, repositoryAt, type Registry } from '../../agent/images/build/registry.ts';
import { seenInEngine, seenInFolder, seenInRegistry } from '../../agent/images/build/seen.ts';
import { checked } from '../../agent/images/build/verify.ts';
import type { RunContext } from '../../agent/runner/context.ts';
import { deriver } from '../../agent/runner/derive.ts';
import { Pins } from '../../agent/runner/pins.ts';
import { Mirrors } from '../../agent/store/mirror.ts';
import { gitFetch } from '../../src/lib/git.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { aGovernance, governanceFiles } from '../support/governance.ts';
import { requires } from '../support/require.ts';
import { aWorld, closeUpstream, type TestAgent, type World } from '../support/zone-world.ts';
import { builtImage, must, type BuiltImage } from './support/built-images.ts';
import { debianRegistry, type DebianRegistry } from './support/registry.ts';

const FILES = {
  'project.yaml': `version: 5
actions:
  make:
    run: python:v1 python analysis/make.py
    outputs: {highly_sensitive: {rows: output/rows.csv, inside: output/inside.json}}
  model:
    run: r:v1 analysis/model.R
    needs: [make]
    outputs: {moderately_sensitive: {table: output/means.csv}}
`,
  'analysis/make.py': `import csv, json, os, socket, stat
os.makedirs('output', exist_ok=True)
with open('output/rows.csv', 'w', newline='') as file:
    rows = csv.writer(file)
    rows.writerow(['group', 'score'])
    rows.writerows([['a', 1], ['a', 3], ['b', 10]])
privileged = []
for folder, _, files in os.walk('/', onerror=None):
    if folder.startswith(('/proc', '/sys', '/dev')): continue
    for name in files:
        found = os.lstat(os.path.join(folder, name))
        if stat.S_ISREG(found.st_mode) and found.st_mode & 0o6000: privileged.append(os.path.join(folder, name))
def attempt(deed):
    try: deed(); return 'done'
    except OSError as error: return error.strerror
inside = {
    'user': [os.getuid(), os.getgid()], 'folder': os.getcwd(), 'home': os.environ['HOME'],
    'backend': os.environ['OPENSAFELY_BACKEND'], 'privileged': privileged,
    'interfaces': [name for _, name in socket.if_nameindex()],
    'network': attempt(lambda: socket.create_connection(('192.0.2.1', 80), 1)),
    'root': attempt(lambda: open('/usr/bin/written', 'w')),
    'become root': attempt(lambda: os.setuid(0)),
}
json.dump(inside, open('output/inside.json', 'w'))`,
  'analysis/model.R': `rows <- read.csv("output/rows.csv")
means <- aggregate(score ~ group, data = rows, FUN = mean)
write.csv(means, "output/means.csv", row.names = FALSE, quote = FALSE)
`,
};

const hosts = requires('mmdebstrap', 'registry', 'docker', 'root');
const docker = new Docker();
/** Ends what is still being made when a test has ended otherwise. */
const stopping = new AbortController();
const { signal } = stopping;
/** A minute on a quiet machine; a busy one is no fault. */
const PATIENCE_MS = 900_000;
let folder: string;
let registry: DebianRegistry;
let images: Record<'python' | 'r', BuiltImage>;
let world: World | undefined;
let agent: TestAgent | undefined;
let executor: Executor | undefined;
const pulled: string[] = [];

const at = (name: string): Registry =>
  openRegistry(must(repositoryAt(`${registry.host}/our-images/${name}`)), { signal });

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sallyport-images-'));
});

afterAll(async () => {
  stopping.abort();
  for (const { id } of (await executor?.list()) ?? []) await executor?.remove(id);
  await agent?.stop();
  await world?.close();
  for (const name of pulled)
    await docker
      .getImage(name)
      .remove({ force: true })
      .catch(() => undefined);
  await registry?.stop();
  await closeUpstream();
  if (folder) rmSync(folder, { recursive: true, force: true });
}, PATIENCE_MS);

hosts.describe('runtime images', () => {
  beforeAll(async () => {
    registry = await debianRegistry(path.join(folder, 'registry'));
    const python = await builtImage('python', folder, signal);
    const r = await builtImage('r', folder, signal);
    images = { python, r };
    for (const [name, { facts }] of Object.entries(images))
      must(await push(facts.folder, facts, at(name), () => undefined));
  }, PATIENCE_MS);

  hosts.test(
    'the same recipe makes the same bytes a second time',
    async () => {
      const { facts, again } = images.python;
      const second = await again(path.join(folder, 'second'));
      expect({ ...second, folder: '' }).toEqual({ ...facts, folder: '' });
      for (const file of ['sbom.spdx.json', 'index.json'])
        expect(readFileSync(path.join(second.folder, file))).toEqual(
          readFileSync(path.join(facts.folder, file)),
        );
    },
    PATIENCE_MS,
  );

  hosts.test(
    'what a registry has is verified against digest, lock and SBOM',
    async () => {
      const { facts, written } = images.r;
      const seen = must(await seenInRegistry(at('r'), facts.digest));
      const checks = checked(seen, { digest: facts.digest, lockText: written.lockText });
      expect(checks.filter(({ state }) => state !== 'right')).toEqual([]);
      expect(checks.map(({ what }) => what)).toEqual(
        expect.arrayContaining(['digest', 'contents', 'volumes', 'user', 'rights', 'SBOM', 'lock']),
      );
      expect(must(await seenInRegistry(at('r'), 'v1')).digest).toBe(facts.digest);
    },
    PATIENCE_MS,
  );

  hosts.test(
    'a layer that somebody changed is found, in a registry and in a folder',
    async () => {
      const { facts } = images.python;
      const copy = path.join(folder, 'forged');
      cpSync(facts.folder, copy, { recursive: true });
      const [first] = must(await seenInFolder(copy)).layers;
      const hex = first!.digest.replace('sha256:', '');
      // A gzip file may be followed by another: what unpacks is the same, and it is not the same file.
      appendFileSync(path.join(copy, 'blobs/sha256', hex), emptyGzip());
      const forged = checked(must(await seenInFolder(copy)), {});
      expect(forged.find(({ what }) => what === 'contents')).toEqual({
        what: 'contents',
        state: 'wrong',
        says: `layer ${first!.digest}: not what the digest says`,
      });
      const kept = registry.blob(first!.digest);
      const before = path.join(folder, 'before');
      copyFileSync(kept, before);
      try {
        writeFileSync(kept, readFileSync(path.join(copy, 'blobs/sha256', hex)));
        const seen = must(await seenInRegistry(at('python'), facts.digest));
        expect(checked(seen, {}).find(({ what }) => what === 'contents')?.state).toBe('wrong');
      } finally {
        copyFileSync(before, kept);
      }
    },
    PATIENCE_MS,
  );

  hosts.test(
    'pulled by digest, they run the actions of a study as an agent runs them',
    async () => {
      const entries = Object.entries(images).map(([name, { facts }]) => ({ name, digest: facts.digest }));
      for (const { name, digest } of entries) {
        const image = `${registry.host}/our-images/${name}@${digest}`;
        pulled.push(image);
        await new Promise((resolve, reject) => {
          docker.pull(image, {}, (error: unknown, stream?: NodeJS.ReadableStream) =>
            stream
              ? docker.modem.followProgress(stream, (fault: unknown, done: unknown) =>
                  fault ? reject(fault as Error) : resolve(done),
                )
              : reject(error as Error),
          );
        });
      }
      const lines = entries.map(
        ({ name, digest }) =>
          `- {name: ${name}, version: v1, image: our-images/${name}, digest: '${digest}'}\n`,
      );
      const governance = aGovernance(governanceFiles({ 'images.yml': lines.join('') }));
      world = await aWorld({ files: FILES, governance });
      const { upstream, layout, clock, hub } = world;
      executor = dockerExecutor({ owner: `test-${randomIds.id()}`, stateDir: path.join(folder, 'state') });
      const patch = (context: RunContext): RunContext => ({
        ...context,
        executor: executor!,
        derive: deriver({
          governance: { forTask: async () => governance, lookSince: async () => undefined },
          mirrors: new Mirrors(
            layout.mirrors,
            ({ dir, owner, name, refspecs }) =>
              gitFetch({ dir, url: `${upstream.origin}/${owner}/${name}`, refspecs }),
            clock,
          ),
          pins: new Pins(layout),
          executor: executor!,
          registry: registry.host,
          zone: { backend: 'rehearsal', data: 'dummy', hasDatabase: false },
          floors: {},
          origin: 'https://github.com',
          clock,
          at: context.at,
        }),
      });
      agent = world.agent({ data: 'dummy', patch });
      for (const action of ['make', 'model']) {
        const task = world.task(action, { id: randomIds.id(), job: randomIds.id() });
        hub.give(task);
        const [end] = await hub.end(task.id);
        expect(end).toMatchObject({ state: 'succeeded' });
      }
      const { high } = layout.workspace('study-main');
      expect(readFileSync(path.join(high, 'output/means.csv'), 'utf8')).toBe('group,score\na,2\nb,10\n');
      expect(JSON.parse(readFileSync(path.join(high, 'output/inside.json'), 'utf8'))).toEqual({
        user: [10_001, 10_001],
        folder: '/workspace',
        home: '/tmp',
        backend: 'expectations',
        privileged: [],
        interfaces: ['lo'],
        network: 'Network is unreachable',
        root: 'Read-only file system',
        'become root': 'Operation not permitted',
      });
    },
    PATIENCE_MS,
  );

  hosts.test(
    'the engine has what was built, by the id of its configuration',
    async () => {
      const { facts, written } = images.python;
      const seen = must(await seenInEngine(docker, `${registry.host}/our-images/python@${facts.digest}`));
      expect(seen.id).toBe(facts.id);
      const checks = checked(seen, { lockText: written.lockText });
      expect(checks.filter(({ state }) => state === 'wrong')).toEqual([]);
      expect(checks.find(({ what }) => what === 'contents')?.state).toBe('right');
    },
    PATIENCE_MS,
  );
});

/** Of nothing, as gzip writes it. */
const emptyGzip = (): Buffer => Buffer.from('1f8b080000000000000303000000000000000000', 'hex');
