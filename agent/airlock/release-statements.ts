/** The signed statements of a batch, from what was kept when its files were added. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { CHECKER_VERSION } from '../../src/disclosure/disclosure.ts';
import { backendById } from '../../src/governance/governance.ts';
import type { Refusal } from '../../src/lib/refusal.ts';
import { readProjectBytes } from '../../src/pipeline/pipeline.ts';
import type { Envelope } from '../../src/protocol/airlock.ts';
import { CHECKERS, releaseId, type Batch, type ReleaseRequest } from '../../src/release/release.ts';
import type { Core, Rules } from './core.ts';
import type { FileOrigin } from './face.ts';
import type { MadeBy, StatedFile } from './statement-facts.ts';
import { signStatements } from './statements.ts';
import { no } from './words.ts';

interface Kept {
  file: FileOrigin;
  madeBy: MadeBy | null;
}

export async function statementsFor(
  core: Core,
  request: ReleaseRequest,
  batch: Batch,
): Promise<{ repository: number; envelopes: Envelope[] } | Refusal> {
  const rules = core.rules(core.clock.now());
  if (!rules) return no.governance();
  const kept = await originsAt(core, request, batch);
  const warned = await answeredHints(core, request.id);
  const files: StatedFile[] = [];
  for (const file of batch.files) {
    const origin = kept.get(file.path);
    if (!origin?.madeBy) return no.deeds();
    const patterns = await patternsAt(core, origin.file);
    files.push({
      path: file.path,
      sha256: file.sha256,
      rewritten: request.files.find(({ path }) => path === file.path)?.source !== file.sha256,
      madeBy: origin.madeBy,
      patternsOf: (action) => patterns.get(action) ?? [],
      signers: file.approvals.map(({ checker }) => checker),
      hints: warned.has(file.path) || warned.has(''),
    });
  }
  const repository = [...kept.values()][0]!.file.repository;
  const release = {
    release: releaseId(request.id, batch.number),
    request: request.id,
    batch: batch.number,
    workspace: request.workspace,
    project: request.project,
    backend: core.zone.backend,
    repository,
    author: request.author,
    releasedAt: await releasedAt(core, request.id, batch.number),
    files,
    ...governed(core, rules),
  };
  return {
    repository,
    envelopes: signStatements(release, { signing: core.signing, zoneKey: core.zoneKey }),
  };
}

function governed(core: Core, { governance, release, disclosure }: Rules) {
  const limits = backendById(governance, core.zone.backend)?.limits;
  return {
    deployment: governance.deployment.base_url,
    policy: {
      commit: governance.commit,
      trust: release.trust,
      checkers: CHECKERS,
      suppressAtOrBelow: disclosure.threshold,
      roundTo: disclosure.base,
    },
    limits: {
      cpus: limits?.cpus ?? 0,
      memoryBytes: limits?.memoryBytes ?? 0,
      timeMs: limits?.timeMs ?? 0,
    },
    checksVersion: String(CHECKER_VERSION),
    digestOfImage: (image: string): string | undefined =>
      governance.images.find(({ name, version }) => `${name}:${version}` === image)?.digest,
  };
}

/** Of the bytes that were released: the copy on the request may have been replaced before. */
async function originsAt(core: Core, request: ReleaseRequest, batch: Batch): Promise<Map<string, Kept>> {
  const sources = new Map(request.files.map(({ path, source }) => [path, source]));
  const rows = await rowsOf<{ path: string; source: string; origin: string }>(
    core.db,
    sql`select path, source, origin from origins where request = ${request.id}`,
  );
  const wanted = new Set(batch.files.map(({ path }) => path));
  return new Map(
    rows
      .filter(({ path, source }) => wanted.has(path) && sources.get(path) === source)
      .map(({ path, origin }) => [path, JSON.parse(origin) as Kept]),
  );
}

async function answeredHints(core: Core, request: string): Promise<Set<string>> {
  const rows = await rowsOf<{ path: string | null }>(
    core.db,
    sql`select distinct path from hint_fates where request = ${request} and fate <> 'heeded'`,
  );
  return new Set(rows.map(({ path }) => path ?? ''));
}

async function releasedAt(core: Core, request: string, batch: number): Promise<number> {
  const rows = await rowsOf<{ at: number }>(
    core.db,
    sql`select min(at)::float8 as at from released where request = ${request} and batch = ${batch}::int`,
  );
  return rows[0]?.at ?? core.clock.now();
}

/** Patterns of outputs by action, as project.yaml at the commit writes them. Throws when git cannot say. */
async function patternsAt(core: Core, origin: FileOrigin): Promise<Map<string, string[]>> {
  const bytes = await core.code.file(origin, 'project.yaml');
  const reading = bytes && readProjectBytes(bytes);
  const actions = reading?.pipeline?.actions ?? [];
  return new Map(actions.map(({ name, outputs }) => [name, outputs.map(({ pattern }) => pattern)]));
}
