/**
 * The automatic checks as a service: files at job end and when they are added, whole requests after each
 * change. Author and checkers are shown what stands in the database, so they see the same.
 *
 * Wishes wait in a queue of this process only: what is missing after a restart is found again by whoever
 * asks for it (`wantRequest` at start, a page that shows a file). What could not be found out (a check that
 * did not come to an end, a scanner that is away, git out of reach) is tried again: by time (`tend`), and
 * when somebody asks (`asked`). Every question to somebody else has its own bounded end, so no wish waits
 * for ever.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, textArray } from '../../../src/db/open.ts';
import { ACTIVE, type ReleaseRequest } from '../../../src/release/release.ts';
import { groupContext } from '../context.ts';
import type { Core, Rules } from '../core.ts';
import type { FileOrigin } from '../face.ts';
import { requestsWhere } from '../persist.ts';
import type { WorkspaceIndex } from '../workspace-index.ts';
import { againAt, earliest } from './again.ts';
import {
  checkTries,
  isDue,
  keep,
  keptChecks,
  keptFor,
  nameOf,
  type CheckKey,
  type KeptCheck,
} from './cache.ts';
import { fates } from './fates.ts';
import { hintsOf } from './hints.ts';
import { checkedFiles, inputsOf, type CheckedFile, type Inputs, type Neighbour } from './inputs.ts';
import { knownFiles } from './known.ts';
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
  readonly #wishes: Wishes;
  readonly #scans: Scans;
  readonly #standings: Standings;
  readonly #requests = new Map<string, Due>();
  readonly #workspaces = new Map<string, Due>();

  constructor(core: Core) {
    this.#core = core;
    this.#wishes = new Wishes(core.logger);
    this.#scans = new Scans(core);
    this.#standings = new Standings(core);
  }

  get waiting(): number {
    return this.#wishes.waiting;
  }

  get failed(): number {
    return this.#wishes.failed;
  }

  wantRequest(request: string): void {
    this.#wishes.want(`request ${request}`, () => this.#checkRequest(request));
  }

  /** Every output of a workspace that has no report yet, and requests from it: where their files come from. */
  wantWorkspace(workspace: string): void {
    this.#wishes.want(`workspace ${workspace}`, () => this.#checkWorkspace(workspace));
  }

  /** Somebody looks at it: what may have another answer by now is asked again, beside. */
  asked(what: { request: string } | { workspace: string }): void {
    const now = this.#core.clock.now();
    const [due, want] =
      'request' in what
        ? [this.#requests.get(what.request), () => this.wantRequest(what.request)]
        : [this.#workspaces.get(what.workspace), () => this.wantWorkspace(what.workspace)];
    if ((earliest(due?.retry, due?.look) ?? Infinity) <= now) want();
  }

  /** By time. With other signatures in the scanner every open request is looked at again. */
  async tend(): Promise<void> {
    const now = this.#core.clock.now();
    const isPast = ([, { retry }]: [string, Due]): boolean => retry !== undefined && retry <= now;
    for (const [id] of [...this.#requests].filter(isPast)) this.wantRequest(id);
    for (const [name] of [...this.#workspaces].filter(isPast)) this.wantWorkspace(name);
    if (await this.#scans.changed()) await this.#wantOpen();
  }

  /** Resolves when nothing waits any more. */
  settled(): Promise<void> {
    return this.#wishes.settled();
  }

  /** What is under way is broken off and nothing of it kept; of what waits nothing is lost: see above. */
  async close(): Promise<void> {
    this.#wishes.drop();
    await this.#core.checks.close();
    await this.settled();
  }

  async #wantOpen(workspace?: string): Promise<void> {
    const rows = await rowsOf<{ id: string }>(
      this.#core.db,
      sql`select id from requests where state = any(${textArray(ACTIVE)})
        ${workspace === undefined ? sql`` : sql`and workspace = ${workspace}`}`,
    );
    for (const { id } of rows) this.wantRequest(id);
  }

  async #checkWorkspace(name: string): Promise<void> {
    const { workspaces, db, clock } = this.#core;
    const rules = this.#core.rules(clock.now());
    const index = await workspaces.fresh(name);
    if (!rules || !index) return;
    const wanted = index.files().filter(({ excluded }) => !excluded);
    let retry: number | undefined;
    for (let from = 0; from < wanted.length; from += BATCH) {
      // The embedded database answers without ever letting go: whoever waits gets a turn between two questions.
      await new Promise(setImmediate);
      if (this.#wishes.isClosing) return;
      const part = wanted.slice(from, from + BATCH);
      const keys = part.map(({ path, sha256 }) => bare(sha256, path));
      const there = await checkTries(db, keys, rules.disclosure);
      for (const { path, sha256 } of part) {
        const key = bare(sha256, path);
        const before = there.get(nameOf(key));
        if (!isDue(before, clock.now())) {
          retry = earliest(retry, before?.again);
          continue;
        }
        if (this.#wishes.isClosing) return;
        // A request that somebody waits for goes first.
        if (this.#wishes.isUrgent()) {
          this.wantWorkspace(name);
          return;
        }
        const made = await this.#report(key, `${index.medium}/${path}`, path, rules, before);
        retry = earliest(retry, made?.again);
      }
    }
    this.#workspaces.set(name, { retry, look: undefined });
    await this.#wantOpen(name);
    this.#core.changed();
  }

  async #checkRequest(id: string): Promise<void> {
    const { db, clock, workspaces } = this.#core;
    const rules = this.#core.rules(clock.now());
    const [stored] = await requestsWhere(db, sql`id = ${id}`);
    if (!rules || !stored) return;
    const { request } = stored;
    const index = await workspaces.ready(request.workspace);
    const isOpen = (ACTIVE as readonly string[]).includes(request.state);
    if (!isOpen) this.#requests.delete(id);
    const { look, scan } = isOpen
      ? await this.#others(request, rules, index)
      : { look: undefined, scan: undefined };
    const inputs = await inputsOf(this.#core, db, rules, request, index);
    const before = await lastCheck(db, id);
    const isSame = before?.inputs === inputs.digest;
    if (isSame && !isDue(before, clock.now())) {
      if (isOpen) this.#requests.set(id, { retry: earliest(scan, before.again), look });
      return;
    }
    const kept = await this.#reports(inputs, rules);
    if (!kept) return;
    const again = await this.#whole(request, inputs, kept, rules, isSame ? before.tries : 0);
    if (isOpen) this.#requests.set(id, { retry: earliest(scan, again), look });
    this.#core.changed();
  }

  /** What others say of the files: git of the commits behind them, the scanner of their bytes. */
  async #others(
    request: ReleaseRequest,
    rules: Rules,
    index: WorkspaceIndex | undefined,
  ): Promise<{ look: number | undefined; scan: number | undefined }> {
    const core = this.#core;
    const files = checkedFiles(request);
    const known = await knownFiles(core, core.db, rules, request.id, files, index);
    const look = await this.#standings.bring(known.flatMap(({ commit }) => commit ?? []));
    return { look, scan: isScanned(core, rules) ? await this.#scans.bring(files) : undefined };
  }

  /** Over all files together; when any of it is to be tried again. */
  async #whole(
    request: ReleaseRequest,
    { files, known, neighbours, digest }: Inputs,
    kept: ReadonlyMap<string, KeptCheck>,
    rules: Rules,
    tried: number,
  ): Promise<number | undefined> {
    const { db, clock } = this.#core;
    const { id } = request;
    const codeBefore = await this.#codeBefore(request, files, neighbours);
    const whole = {
      files: files.map((file, at) =>
        wholeFile(request, file, known[at]!, neighbours, kept, codeBefore.get(file.path)),
      ),
      contexts: request.groups.map(({ name, context }) => groupContext(name, context)),
      others: neighbours
        .filter(isCompared)
        .flatMap((other) => tablesAt(kept, other, nameBeside(other, request, neighbours))),
    };
    const { report, unfinished } = await this.#core.checks.request({
      kind: 'request',
      whole,
      policy: rules.disclosure,
    });
    if (!report) return undefined;
    const explained = Object.fromEntries(request.groups.map(({ name, context }) => [name, context]));
    const hints = hintsOf(report, files, explained);
    const at = clock.now();
    const tries = unfinished ? tried + 1 : 0;
    const again = earliest(
      unfinished ? againAt(tries, at) : undefined,
      ...files.map((file) => keptFor(kept, file)?.again),
    );
    await db.transaction(async (tx) => {
      await tx.execute(sql`
        insert into request_checks (request, inputs, hints, at, tries, again_at)
        values (${id}, ${digest}, ${JSON.stringify(hints)}, ${at}::bigint, ${tries}::int, ${again ?? null}::bigint)
        on conflict (request) do update set inputs = excluded.inputs, hints = excluded.hints, at = excluded.at,
          tries = excluded.tries, again_at = excluded.again_at`);
      await fates(tx, id, hints, at);
    });
    return again;
  }

  /** What every file of the request and around it came to, checking what has not been yet; undefined when closed. */
  async #reports({ files, neighbours }: Inputs, rules: Rules): Promise<Map<string, KeptCheck> | undefined> {
    const { db, copies, clock } = this.#core;
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
    return this.#wishes.isClosing ? undefined : kept;
  }

  async #report(
    key: CheckKey,
    place: string,
    path: string,
    { disclosure: policy }: Rules,
    before: Pick<KeptCheck, 'tries'> | undefined,
    declared?: CheckedFile,
  ): Promise<KeptCheck | undefined> {
    const { checks, db, clock, copies } = this.#core;
    const { report, tables, unfinished } = await checks.file({
      kind: 'file',
      place,
      path,
      sha256: key.sha256,
      policy,
      facts: declared?.facts ?? {},
      ...(declared?.evidence ? { evidence: copies.path(declared.evidence) } : {}),
    });
    if (!report) return undefined;
    const now = clock.now();
    const tries = unfinished ? (before?.tries ?? 0) + 1 : 0;
    const made = { report, tables, tries, again: (unfinished && againAt(tries, now)) ?? null };
    await keep(db, key, policy, made, now);
    return { ...key, ...made };
  }

  /** By path: the commit behind what was released last under it. */
  async #codeBefore(
    request: ReleaseRequest,
    files: readonly CheckedFile[],
    neighbours: readonly Neighbour[],
  ): Promise<Map<string, string>> {
    const earlier = files.flatMap(({ path }) => earlierOf(path, request, neighbours) ?? []);
    if (earlier.length === 0) return new Map();
    const rows = await rowsOf<{ request: string; path: string; origin: string }>(
      this.#core.db,
      sql`select request, path, origin from origins where request = any(${textArray([
        ...new Set(earlier.map((each) => each.request)),
      ])})`,
    );
    const commits = new Map(
      rows.map(({ request: from, path, origin }) => [
        `${from} ${path}`,
        (JSON.parse(origin) as { file: FileOrigin }).file.commit,
      ]),
    );
    return new Map(
      earlier.flatMap(({ request: from, path }) => {
        const commit = commits.get(`${from} ${path}`);
        return commit === undefined ? [] : [[path, commit] as const];
      }),
    );
  }
}

const BATCH = 1000;

async function lastCheck(
  db: Core['db'],
  request: string,
): Promise<{ inputs: string; tries: number; again: number | null } | undefined> {
  const rows = await rowsOf<{ inputs: string; tries: number; again: number | null }>(
    db,
    sql`select inputs, tries, again_at::float8 as again from request_checks where request = ${request}`,
  );
  return rows[0];
}
