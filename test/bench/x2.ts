/**
 * X2: an image of 300 MB, pulled by the real engine through the proxy against one from the registry itself, both over TLS;
 * and what the bytes alone cost the proxy.
 */
import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { connectEngine } from '../../agent/executor/engine.ts';
import { pullImage } from '../../agent/executor/pulling.ts';
import { IMAGE, imagesWorld, type ImagesWorld } from '../proxy/images-world.ts';
import { freePort } from '../../src/sandbox/demo/ports.ts';
import { selfSigned } from '../support/certificate.ts';
import { dockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { entry } from '../support/registry.ts';
import { figure, type Figure, type Measure } from './figure.ts';
import { pairs, spread, timed } from './stats.ts';

const MB = 300;
const PAIRS = 6;
const MUST = { is: '>=', than: 0.8 } as const;
const STRETCH = { is: '>=', than: 0.95 } as const;
const NOBODY_STOPS = new AbortController().signal;
const run = promisify(execFile);

interface Stage {
  registry: DockerRegistry;
  manifest: string;
  layer: string;
  dir: string;
}

export const x2: Measure = {
  id: 'X2',
  async run() {
    const absent = (['docker', 'docker-registry', 'curl'] as const).find(
      (name) => spawnSync(name, [name === 'docker' ? 'version' : '--version']).status !== 0,
    );
    if (absent !== undefined)
      return KINDS.map(({ id, title }) => line(id, title, undefined, `no ${absent} here`));
    const registry = await dockerRegistry();
    const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-bench-'));
    try {
      const stage = { registry, dir, ...(await push(registry, dir)) };
      const figures: Figure[] = [];
      for (const kind of KINDS) figures.push(...(await measure(kind, stage)));
      return figures;
    } finally {
      await registry.close();
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

const KINDS = [
  { id: 'X2', title: 'pull of 300 MB by the engine, times the speed of a direct one', cached: false },
  { id: 'X2c', title: 'the same out of the proxy’s store', cached: true },
] as const;

async function measure(kind: (typeof KINDS)[number], stage: Stage): Promise<Figure[]> {
  const world = await imagesWorld({
    registry: stage.registry,
    images: entry(stage.manifest),
    door: { address: '127.0.0.1', port: await freePort(), ...selfSigned() },
    limits: { headers_seconds: 60, idle_seconds: 60 },
    ...(kind.cached ? { settings: { cache: { dir: path.join(stage.dir, 'cache'), bytes: 1024 ** 3 } } } : {}),
  });
  try {
    const proxied = pulled(stage, world);
    const direct = pulled(stage, undefined);
    const { a, b, ratios } = await pairs(
      PAIRS,
      1,
      () => timed(direct),
      () => timed(proxied),
    );
    const { median, q1, q3 } = spread(ratios);
    const seconds = (times: number[]): string => (spread(times).median / 1000).toFixed(1);
    const detail = `${seconds(b)} against ${seconds(a)} s, quartiles ${q1.toFixed(2)} to ${q3.toFixed(2)}, ${PAIRS} pairs`;
    return [line(kind.id, kind.title, median, detail), await cost(kind, stage, world)];
  } finally {
    await world.close();
  }
}

/** What the bytes alone cost the proxy: on one machine it shares the processors with both ends, so time says nothing. */
async function cost(
  { id, cached }: (typeof KINDS)[number],
  stage: Stage,
  world: ImagesWorld,
): Promise<Figure> {
  const url = `${world.origin}/v2/${IMAGE}/blobs/${stage.layer}`;
  const rates: number[] = [];
  for (let round = 0; round < PAIRS; round += 1) {
    const authorization = `authorization: Bearer ${await world.pullToken()}`;
    const before = process.cpuUsage();
    await run('curl', ['-skf', '-o', '/dev/null', '-H', authorization, url]);
    const { user, system } = process.cpuUsage(before);
    rates.push(MB / ((user + system) / 1e6));
  }
  return figure({
    id: `${id}-cost`,
    title: `MB of a layer in a second of processor time${cached ? ', out of the store' : ''}`,
    value: spread(rates).median,
    unit: ' MB',
    must: { is: '>=', than: 200 },
    stretch: { is: '>=', than: 400 },
    detail: 'TLS on both sides and the hash; this process is the proxy alone',
  });
}

function line(id: string, title: string, value: number | undefined, detail: string): Figure {
  return figure({
    id,
    title,
    ...(value === undefined ? {} : { value }),
    unit: '×',
    must: MUST,
    stretch: STRETCH,
    detail,
  });
}

/** An image of random bytes in one layer. */
async function push(registry: DockerRegistry, dir: string): Promise<{ manifest: string; layer: string }> {
  const name = `${registry.host}/${IMAGE}:bench`;
  writeFileSync(path.join(dir, 'bytes'), randomBytes(MB * 1e6));
  await run('tar', ['-C', dir, '-cf', path.join(dir, 'a.tar'), 'bytes']);
  await run('docker', ['import', path.join(dir, 'a.tar'), name]);
  try {
    const { stdout } = await run('docker', ['push', name]);
    const manifest = /digest: (sha256:[0-9a-f]{64})/.exec(stdout)?.[1] ?? '';
    const { stdout: text } = await run('cat', [registry.fileOf(manifest)]);
    const { layers } = JSON.parse(text) as { layers: { digest: string }[] };
    return { manifest, layer: layers[0]?.digest ?? '' };
  } finally {
    await run('docker', ['rmi', name]);
  }
}

const hostOf = (stage: Stage, world: ImagesWorld | undefined): string =>
  world ? new URL(world.origin).host : stage.registry.host;

/** The engine takes this machine's addresses for trustworthy. Removing the image is counted on both sides. */
function pulled(stage: Stage, world: ImagesWorld | undefined): () => Promise<void> {
  const engine = connectEngine();
  const name = `${hostOf(stage, world)}/${IMAGE}@${stage.manifest}`;
  return async () => {
    const login = world ? { username: 'attainment', password: await world.token() } : undefined;
    const fault = await pullImage(engine, name, login, () => undefined, NOBODY_STOPS);
    if (fault !== undefined) throw new Error(fault);
    await run('docker', ['rmi', name]);
  };
}
