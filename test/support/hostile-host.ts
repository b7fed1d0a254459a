/** The host of a zone under attack: zone.yml, keys, and an agent's folder with a signed manifest and two outputs. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { signManifest, type Manifest } from '../../agent/store/manifest.ts';
import { readZoneFile, type ZoneFile } from '../../agent/zone-file.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { writePrivateKey } from '../../src/lib/keys.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { reviewPolicy } from '../../src/release/release.ts';
import { airlockFiles, airlockGovernance, WHO, WORKSPACE } from './airlock.ts';
import { KEYS, REPOSITORY } from './governance.ts';
import { freePort } from '../../src/sandbox/demo/ports.ts';

/** Names and values that nothing else in the world has. */
export const FILES: Record<string, string> = Object.fromEntries(
  [
    'quiet-lantern',
    'amber-thicket',
    'silver-meadow',
    'broken-compass',
    'painted-ladder',
    'northern-kettle',
    'velvet-anchor',
    'crooked-mirror',
  ].map((name, at) => [`output/${name}.csv`, table(name, 431 + at * 67)]),
);
/** What the author asks for, what nobody ever asks for, and others. */
export const [ASKED = '', KEPT = '', ...OTHERS] = Object.keys(FILES);
export const CONTEXT =
  'Absence by year group for the board. The heron-marsh cohort.\nPopulation size: 120000\nn: 118000';
export const POLICY_TEXT = reviewPolicy(airlockGovernance(), { trust: 'hub' }).policyText;

function table(name: string, seed: number): string {
  const rows = [1, 2, 3, 4, 5, 6, 7].map(
    (at) => `${name} ${'x'.repeat(seed)} ${at},${(at * 35 + seed * 15) * 10}`,
  );
  return `group of ${name},count\n${rows.join('\n')}\n`;
}

/** The example's governance; commits of the study are the author's. */
export function goodGovernance(): Record<string, string> {
  const files = Object.fromEntries(airlockFiles());
  const people = files['people.yml']!.replace('[rowan@example.edu]', '[rowan@example.edu, a@example.org]');
  return { ...files, 'people.yml': people };
}

/** As a job of the author's left them. */
export function writeWorkspace(dir: string, commit: string, at: number): void {
  const medium = path.join(dir, 'agent', 'workspaces', WORKSPACE, 'medium');
  const job = 'job0000000000001';
  const repo = 'https://github.com/northshire-research/study';
  const entry = (content: string) => ({
    level: 'moderately_sensitive' as const,
    job_id: job,
    job_request: 'req0000000000001',
    action: 'tables',
    user: WHO.author,
    repo,
    commit,
    size: Buffer.byteLength(content),
    timestamp: at,
    content_hash: sha256(content),
    excluded: false,
    message: null,
    row_count: null,
    col_count: null,
  });
  for (const [file, content] of Object.entries(FILES)) {
    mkdirSync(path.dirname(path.join(medium, file)), { recursive: true });
    writeFileSync(path.join(medium, file), content);
  }
  const manifest: Manifest = {
    workspace: WORKSPACE,
    repo,
    repository: REPOSITORY,
    branch: 'main',
    sequence: 1,
    previous: null,
    outputs: Object.fromEntries(Object.entries(FILES).map(([file, content]) => [file, entry(content)])),
    jobs: {
      [job]: {
        task_id: 'task000000000001',
        action: 'tables',
        commit,
        image: 'python:v2',
        image_id: `sha256:${'2'.repeat(64)}`,
        inputs: [],
        completed_at: at,
      },
    },
    runs: {
      tables: {
        task_id: 'task000000000001',
        job_id: job,
        job_request: 'req0000000000001',
        user: WHO.author,
        commit,
        state: 'succeeded',
        completed_at: at,
      },
    },
  };
  mkdirSync(path.join(medium, 'metadata'), { recursive: true });
  const signed = JSON.stringify(signManifest(manifest, KEYS.agent));
  writeFileSync(path.join(medium, 'metadata', 'manifest.json'), signed);
}

export interface Host {
  zone: ZoneFile;
  appOrigin: string;
  contentOrigin: string;
}

/** zone.yml in `dir`, read back as the program reads it. Signers' keys lie beside it. */
export async function writeZone(given: {
  dir: string;
  trust: 'hub' | 'zone';
  hub: { origin: string; key: string };
  proxy: { url: string; pinned: string };
  /** Address of a PostgreSQL database; PGlite without. */
  database?: string | undefined;
}): Promise<Host> {
  const { dir, trust, hub, proxy, database } = given;
  const [app, content] = [await freePort(), await freePort()];
  const appOrigin = `http://localhost:${app}`;
  const contentOrigin = `http://127.0.0.1:${content}`;
  writePrivateKey(path.join(dir, 'airlock.pem'), KEYS.viewer);
  if (database) writeFileSync(path.join(dir, 'database.url'), database, { mode: 0o600 });
  const settings = {
    governance: {
      repository: 9001,
      owner: 'northshire-research',
      name: 'governance',
      commit: proxy.pinned,
    },
    hub: { url: hub.origin, key: hub.key },
    proxy: { url: proxy.url },
    agent: { id: 'attainment', key_file: 'agent.pem', state_dir: 'agent' },
    airlock: {
      id: 'attainment',
      key_file: 'airlock.pem',
      state_dir: 'airlock',
      ...(database ? { database_url_file: 'database.url' } : {}),
      app: { origin: appOrigin, listen: { port: app } },
      content: { origin: contentOrigin, listen: { port: content } },
    },
    review: { trust },
    ...(trust === 'zone' ? { signers: [0, 1].map((at) => newSigner(path.join(dir, `signer${at}`))) } : {}),
    backend: 'attainment',
    data: 'real',
  };
  const file = path.join(dir, 'zone.yml');
  writeFileSync(file, stringify(settings), { mode: 0o600 });
  const zone = readZoneFile(file);
  if (isRefusal(zone)) throw new Error(zone.says);
  return { zone, appOrigin, contentOrigin };
}

/** Its public line. */
function newSigner(file: string): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', path.basename(file), '-f', file]);
  return readFileSync(`${file}.pub`, 'utf8').trim();
}
