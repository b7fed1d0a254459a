/** A request with everything that its page is made of, in a handful of queries however many files it has. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../../src/db/open.ts';
import type { ColumnSummary } from '../../../src/disclosure/disclosure.ts';
import { isRefusal, type Refusal } from '../../../src/lib/refusal.ts';
import { PHASE, type Facts, type ReleaseRequest, type Viewer } from '../../../src/release/release.ts';
import { summaries, summaryFor } from '../checks/cache.ts';
import type { KeptHint } from '../checks/hints.ts';
import { checkedFiles, inputsOf } from '../checks/inputs.ts';
import { deedsOf } from '../command.ts';
import type { Core, Rules } from '../core.ts';
import { listedFiles, standingFacts, viewsOf } from '../facts.ts';
import type { FileOrigin } from '../face.ts';
import { endedIn, viewerIn } from '../where.ts';
import { no } from '../words.ts';
import type { WorkspaceIndex } from '../workspace-index.ts';

export interface Commitment {
  turn: number;
  checker: number;
  seq: number;
  at: number;
  commitment: string;
  nonce: string;
  record: string;
}

export interface ReleasedRow {
  request: string;
  path: string;
  workspace: string;
  sha256: string;
  source: string;
  at: number;
  revoked: number;
  uploaded: number;
}

export interface RequestData {
  request: ReleaseRequest;
  rules: Rules;
  facts: Facts;
  viewer: Viewer;
  index: WorkspaceIndex | undefined;
  origins: FileOrigin[];
  hints: KeptHint[];
  /** The hints are about the present state. */
  current: boolean;
  texts: Map<string, string>;
  commitments: Commitment[];
  released: ReleasedRow[];
  /** Of the last return or rejection. */
  category: string | null;
  columns(path: string): readonly ColumnSummary[];
}

interface Bundle {
  folded: string;
  origins: string;
  texts: string;
  reviews: string;
  inputs: string | null;
  hints: string | null;
  ended: string | null;
}

export async function requestData(core: Core, person: number, id: string): Promise<RequestData | Refusal> {
  const at = core.clock.now();
  const rules = core.rules(at);
  if (!rules) return no.governance();
  const bundle = await bundleOf(core, id);
  if (!bundle) return no.request();
  const request = JSON.parse(bundle.folded) as ReleaseRequest;
  const origins = (JSON.parse(bundle.origins) as string[]).map(
    (text) => (JSON.parse(text) as { file: FileOrigin }).file,
  );
  const deeds = await deedsOf(core, origins);
  if (isRefusal(deeds)) return deeds;
  const standing = { ...standingFacts(rules, request.workspace, request.project, at), deeds };
  const viewer = viewerIn(core, rules, person, request, { ...EMPTY, ...standing });
  if (viewer.as === 'stranger') return endedIn(core, rules, request.project, person, at) ?? no.request();
  const index = await core.workspaces.ready(request.workspace);
  const hints = bundle.hints === null ? [] : (JSON.parse(bundle.hints) as KeptHint[]);
  const files = checkedFiles(request);
  const released = await releasedNear(core, request);
  const current = await isCurrent(core, rules, request, bundle.inputs, index);
  // A summary is the same whatever is declared: until the checks have run anew, that of the bare file does.
  const bare = files.map(({ sha256, suffix }) => ({ sha256, suffix, factsKey: '' }));
  const reports = await summaries(core.db, [...files, ...bare], rules.disclosure);
  const checkable = new Map(files.map((file) => [file.path, file]));
  const out = released.filter((row) => row.request !== id);
  const facts: Facts = {
    ...EMPTY,
    ...standing,
    files: listedFiles(
      index,
      request.files.map(({ path }) => path),
    ),
    released: both(out.filter(({ revoked }) => revoked === 0)),
    revoked: both(released.filter(({ revoked }) => revoked === 1)),
    hints,
    unchecked: current ? [] : files.filter(({ output }) => output).map(({ sha256 }) => sha256),
    views: viewer.as === 'checker' ? await viewsOf(core.db, id, person) : [],
  };
  return {
    request,
    rules,
    facts,
    viewer,
    index,
    origins,
    hints,
    current,
    texts: new Map(
      (JSON.parse(bundle.texts) as [string, string][]).map(([key, text]) => [
        key,
        JSON.parse(text) as string,
      ]),
    ),
    commitments: JSON.parse(bundle.reviews) as Commitment[],
    released,
    category:
      bundle.ended === null ? null : ((JSON.parse(bundle.ended) as { category?: string }).category ?? null),
    columns: (path) => {
      const file = checkable.get(path);
      if (!file) return [];
      const own = summaryFor(reports, file);
      return own.length > 0 ? own : summaryFor(reports, { ...file, factsKey: '' });
    },
  };
}

const EMPTY: Facts = {
  at: 0,
  projectOngoing: false,
  workspaceArchived: false,
  frozen: false,
  people: {},
  deeds: [],
  activeRequest: null,
  files: {},
  released: [],
  revoked: [],
  hints: [],
  unchecked: [],
  views: [],
};

const both = (rows: readonly ReleasedRow[]): string[] =>
  rows.flatMap(({ sha256, source }) => [sha256, source]);

async function bundleOf(core: Core, id: string): Promise<Bundle | undefined> {
  const rows = await rowsOf<Bundle>(
    core.db,
    sql`
      select r.folded,
        (select coalesce(json_agg(o.origin), '[]')::text from origins o where o.request = r.id) as origins,
        (select coalesce(json_agg(json_build_array(t.id, t.text)), '[]')::text
          from comment_texts t where t.request = r.id) as texts,
        (select coalesce(json_agg(json_build_object('turn', v.turn, 'checker', v.checker, 'seq', v.seq, 'at', v.at,
            'commitment', v.commitment, 'nonce', v.nonce, 'record', v.record) order by v.seq), '[]')::text
          from reviews v where v.request = r.id) as reviews,
        c.inputs, c.hints,
        (select e.entry from entries e where e.request = r.id
            and e.type in ('REQUEST_RETURN', 'REQUEST_EARLY_RETURN', 'REQUEST_REJECT')
          order by e.seq desc limit 1) as ended
      from requests r left join request_checks c on c.request = r.id where r.id = ${id}`,
  );
  return rows[0];
}

/** Everything out under the same hashes, or under the same paths of the workspace. */
async function releasedNear(core: Core, request: ReleaseRequest): Promise<ReleasedRow[]> {
  return rowsOf<ReleasedRow>(
    core.db,
    sql`
      select r.request, r.path, r.workspace, r.sha256, r.source, r.at::float8 as at, r.revoked, r.uploaded
      from released r where r.state <> 'halted' and exists (
        select 1 from request_files f where f.request = ${request.id}
          and (f.sha256 in (r.sha256, r.source) or f.source in (r.sha256, r.source)
            or (f.path = r.path and r.workspace = ${request.workspace})))
      order by r.at desc`,
  );
}

/** Only its authors are told to wait; for everybody else the last answer is the answer. */
async function isCurrent(
  core: Core,
  rules: Rules,
  request: ReleaseRequest,
  inputs: string | null,
  index: WorkspaceIndex | undefined,
): Promise<boolean> {
  if (inputs === null) return false;
  if (PHASE[request.state] !== 'author') return true;
  return inputs === (await inputsOf(core, core.db, rules, request, index)).digest;
}
