/**
 * The automatic checks as a service: files at job end and when they are added, whole requests after each
 * change. Author and checkers are shown what stands in the database, so they see the same.
 *
 * Wishes wait in a queue of this process only: what is missing after a restart is found again by whoever
 * asks for it (`wantRequest` at start, a page that shows a file).
 */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../../src/db/open.ts';
import type { FileReport, RequestFile } from '../../../src/disclosure/disclosure.ts';
import { suffixOf, type ReleaseRequest } from '../../../src/release/release.ts';
import { groupContext } from '../context.ts';
import type { Core, Rules } from '../core.ts';
import { requestsWhere } from '../persist.ts';
import type { FileOrigin } from '../face.ts';
import {
  checkCounts,
  countsFor,
  keep,
  keptChecks,
  keptFor,
  nameOf,
  type CheckKey,
  type KeptCheck,
} from './cache.ts';
import { fates } from './fates.ts';
import { hintsOf } from './hints.ts';
import { inputsOf, type CheckedFile, type Inputs, type Neighbour } from './inputs.ts';
import { Wishes } from './queue.ts';
import { isScanned, Scans } from './scans.ts';
import { Standings } from './standings.ts';
import { bare, earlierOf, isCompared, nameBeside, tablesAt, wholeFile } from './whole.ts';

/** When there is something to be tried again. */
interface Due {
  /** By itself. */
  retry: number | undefined;
  /** When somebody asks. */
  look: number | undefined;
}

export class Checks {
  readonly #core: Core;
  readonly #waiting = new Map<string, () => Promise<void>>();
  #working: Promise<void> | undefined;
  #isClosing = false;
  failed = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  wantRequest(request: string): void {
    // The newest wish goes to the end: what is being edited is looked at when it has come to rest.
    this.#waiting.delete(`request ${request}`);
    this.#want(`request ${request}`, () => this.#checkRequest(request));
  }

  /** Every output of a workspace that has no report yet. */
  wantWorkspace(workspace: string): void {
    this.#want(`workspace ${workspace}`, () => this.#checkWorkspace(workspace));
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    while (this.#working) await this.#working;
  }

  /** What is under way comes to its end; of what waits, nothing is lost: it is found again at the next start. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#waiting.clear();
    await this.settled();
  }

  #want(name: string, work: () => Promise<void>): void {
    if (this.#isClosing) return;
    this.#waiting.set(name, work);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  async #work(): Promise<void> {
    // The transaction that wished for it is to be over.
    await new Promise(setImmediate);
    for (let next = this.#next(); next; next = this.#next()) {
      const [name, work] = next;
      this.#waiting.delete(name);
      try {
        await work();
      } catch (error) {
        this.failed += 1;
        this.#core.logger.error({ err: error, code: 'airlock.checks' }, 'Automatic checks could not be run');
      }
    }
  }

  /** Requests before workspaces: somebody waits for them. */
  #next(): [string, () => Promise<void>] | undefined {
    const all = [...this.#waiting];
    return all.find(([name]) => name.startsWith('request ')) ?? all[0];
  }

  async #checkWorkspace(name: string): Promise<void> {
    const { workspaces, db, clock } = this.#core;
    const rules = this.#core.rules(clock.now());
    const index = await workspaces.fresh(name);
    if (!rules || !index) return;
    const wanted = index.files().filter(({ excluded }) => !excluded);
    for (let from = 0; from < wanted.length; from += BATCH) {
      // The embedded database answers without ever letting go: whoever waits gets a turn between two questions.
      await new Promise(setImmediate);
      if (this.#isClosing) return;
      const part = wanted.slice(from, from + BATCH);
      const keys = part.map(({ path, sha256 }) => bare(sha256, path));
      const there = await checkCounts(db, keys, rules.disclosure);
      for (const { path, sha256 } of part) {
        const key = bare(sha256, path);
        const before = there.get(nameOf(key));
        if (!isDue(before, clock.now())) {
          retry = earliest(retry, before?.again);
          continue;
        }
        if (this.#wishes.isClosing) return;
        // A request that somebody waits for goes first.
        if ([...this.#waiting.keys()].some((each) => each.startsWith('request '))) {
          this.#want(`workspace ${name}`, () => this.#checkWorkspace(name));
          return;
        }
        const made = await this.#report(key, `${index.medium}/${path}`, path, rules, before);
        retry = earliest(retry, made?.again);
      }
    }
    this.#core.changed();
  }

  async #checkRequest(id: string): Promise<void> {
    const { db, clock, workspaces } = this.#core;
    const rules = this.#core.rules(clock.now());
    const [stored] = await requestsWhere(db, sql`id = ${id}`);
    if (!rules || !stored) return;
    const { request } = stored;
    const files = checkedFiles(request, await workspaces.ready(request.workspace));
    const neighbours = await neighboursOf(db, request);
    const inputs = inputsDigest(request, files, neighbours, rules);
    if (await isCurrent(db, id, inputs)) return;
    const kept = await this.#reports(files, neighbours, rules);
    const whole = {
      files: files.map((file) => this.#wholeFile(request, file, neighbours, kept)),
      contexts: request.groups.map(({ name, context }) => groupContext(name, context)),
      others: neighbours
        .filter(isCompared)
        .flatMap((other) => tablesAt(kept, other, nameBeside(other, request, neighbours))),
    };
    await this.#addOrigins(id, whole.files, neighbours);
    const report = await this.#core.checks.request({ kind: 'request', whole, policy: rules.disclosure });
    const explained = Object.fromEntries(request.groups.map(({ name, context }) => [name, context]));
    const hints = hintsOf(report, files, explained);
    const at = clock.now();
    await db.transaction(async (tx) => {
      await tx.execute(sql`
        insert into request_checks (request, inputs, hints, at)
        values (${id}, ${inputs}, ${JSON.stringify(hints)}, ${at}::bigint)
        on conflict (request) do update set inputs = excluded.inputs, hints = excluded.hints, at = excluded.at`);
      await fates(tx, id, hints, at);
    });
    this.#core.changed();
  }

  /** What every file of the request and around it came to, checking what has not been yet. */
  async #reports(
    files: readonly CheckedFile[],
    neighbours: readonly Neighbour[],
    rules: Rules,
  ): Promise<Map<string, KeptCheck>> {
    const { db, copies } = this.#core;
    const near = neighbours.filter(isCompared);
    const keys = [...files, ...[...files, ...near].map(({ sha256, path }) => bare(sha256, path))];
    const kept = await keptChecks(db, keys, rules.disclosure);
    const bring = async (key: CheckKey, path: string, declared?: CheckedFile): Promise<void> => {
      const before = keptFor(kept, key);
      if (!isDue(before, clock.now())) return;
      const made = await this.#report(key, copies.path(key.sha256), path, rules, before, declared);
      if (made) kept.set(nameOf(key), made);
    };
    // What left under an earlier policy, or before the checks were as they are, is read once more.
    for (const { sha256, path } of near) if (copies.has(sha256)) await bring(bare(sha256, path), path);
    for (const file of files) {
      await bring(bare(file.sha256, file.path), file.path);
      await bring(file, file.path, file);
    }
    return kept;
  }

  async #report(
    key: CheckKey,
    place: string,
    path: string,
    { disclosure: policy }: Rules,
    declared?: CheckedFile,
  ): Promise<KeptCheck | undefined> {
    const { checks, db, clock, copies } = this.#core;
    const { report, tables } = await checks.file({
      kind: 'file',
      place,
      path,
      sha256: key.sha256,
      policy,
      facts: declared?.facts ?? {},
      ...(declared?.evidence ? { evidence: copies.path(declared.evidence) } : {}),
    });
    if (!report) return undefined;
    await keep(db, key, policy, { report, tables }, clock.now());
    return { ...key, report, tables };
  }

  #wholeFile(
    request: ReleaseRequest,
    file: CheckedFile,
    neighbours: readonly Neighbour[],
    kept: ReadonlyMap<string, KeptCheck>,
  ): RequestFile {
    const held = keptFor(kept, file);
    const tables = tablesAt(kept, file);
    const same = neighbours.filter(({ sha256 }) => sha256 === file.sha256);
    const before = (['revoked', 'rejected'] as const).find((kind) => same.some((each) => each.kind === kind));
    const earlier = earlierOf(file.path, request, neighbours);
    return {
      path: file.path,
      group: file.group,
      output: file.output,
      size: file.size,
      sha256: file.sha256,
      report: held ? { ...held.report, path: file.path } : missing(file.path),
      tables,
      ...(before ? { before } : {}),
      ...(earlier ? { earlier: { tables: tablesAt(kept, earlier), newCode: false } } : {}),
      origin: {
        action: file.action,
        merged: true,
        unmodified: true,
        realData: this.#core.zone.data === 'real',
        succeeded: true,
      },
    };
  }

  /** Whether the branch is the main one, and whether other code made what was released before. */
  async #addOrigins(id: string, files: RequestFile[], neighbours: readonly Neighbour[]): Promise<void> {
    const rows = await rowsOf<{ request: string; path: string; origin: string }>(
      this.#core.db,
      sql`select request, path, origin from origins where request = ${id} or request in (
        select jsonb_array_elements_text(${JSON.stringify(neighbours.map(({ request }) => request))}::jsonb))`,
    );
    const origins = new Map(
      rows.map(({ request, path, origin }) => [
        `${request} ${path}`,
        JSON.parse(origin) as { file: FileOrigin },
      ]),
    );
    for (const file of files) {
      const own = origins.get(`${id} ${file.path}`)?.file;
      if (own && file.origin) file.origin = { ...file.origin, merged: MAIN.includes(own.branch) };
      const before = neighbours.find(({ kind, path }) => kind === 'released' && path === file.path);
      const theirs = before && origins.get(`${before.request} ${before.path}`)?.file;
      if (own && theirs && file.earlier)
        file.earlier = { ...file.earlier, newCode: own.commit !== theirs.commit };
    }
  }
}

const BATCH = 1000;

async function isCurrent(db: Core['db'], request: string, inputs: string): Promise<boolean> {
  const rows = await rowsOf<{ inputs: string }>(
    db,
    sql`select inputs from request_checks where request = ${request}`,
  );
  return rows[0]?.inputs === inputs;
}
