/** `/codelist/<owner>/<slug>/<version>`: one version with its codes, hierarchy, sign-offs and history; beside others. */
import type { VNode } from 'preact';
import { readLine } from '../../src/codelists/codelists.ts';
import { personById } from '../../src/governance/governance.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import type { MembersDeps } from '../../src/members/members.ts';
import {
  entriesOf,
  historyOf,
  listOf,
  registryOf,
  underReview,
  versionOf,
  versionsOf,
  type ShownList,
  type ShownVersion,
} from '../../src/registry/registry.ts';
import { repositoryNames, type RecordDeps } from '../../src/record/record.ts';
import { PageHead, TimeOf } from '../ui/shell.tsx';
import { versionPath } from './codelists.tsx';
import { differenceFor, DifferencePage } from './codelist-difference.tsx';
import { readDecisions, ShownHistory } from './codelist-history.tsx';
import { Tree, treeFor, type ShownTree } from './codelist-tree.tsx';
import { Table } from './parts.tsx';
import { pageHead, siteName } from './record-parts.tsx';
import type { SitePages, Visit } from './visit.tsx';

const VIEWS = ['codes', 'tree', 'history'] as const;
type View = (typeof VIEWS)[number];
const VIEW_WORDS = { codes: 'Codes', tree: 'Hierarchy', history: 'Decisions' } as const satisfies Record<
  View,
  string
>;

export function codelistPage(add: SitePages, deps: MembersDeps, record: RecordDeps): void {
  const { db } = deps;
  add.open('/codelist/*parts', async (visit) => {
    const parts = (visit.request.params as unknown as { parts: string[] }).parts.filter(
      (part) => part !== '',
    );
    const at = parts.lastIndexOf('diff');
    if (at > 0 && at === parts.length - 2) return difference(visit, deps, parts.slice(0, at), parts[at + 1]!);
    const named = readLine(`${parts.join('/')}/0`);
    const list = named && (await listOf(db, named.list));
    if (list) return visit.go(versionPath(list.newest));
    const line = readLine(parts.join('/'));
    const version = line && (await versionOf(db, line.id));
    if (!line || !version) {
      const waits = line && (await underReview(db, [line.id])).has(line.id);
      return waits ? waiting(visit, line.id) : visit.notFound();
    }
    const asked = VIEWS.find((view) => view === visit.field('view')) ?? 'codes';
    await showVersion(visit, deps, record, { version, view: asked });
  });
}

function waiting(visit: Visit, id: string): void {
  visit.show(
    {
      title: id,
      body: (
        <>
          <PageHead title={id} about="This version is under review." />
          <p data-testid="waiting">
            Two people have to sign it off before it is published and can be downloaded.
          </p>
        </>
      ),
    },
    404,
  );
}

async function difference(
  visit: Visit,
  { db }: MembersDeps,
  parts: readonly string[],
  other: string,
): Promise<void> {
  const line = readLine(parts.join('/'));
  const beside = line && readLine(`${line.list}/${other}`);
  if (beside?.list !== line?.list) return visit.notFound();
  const [after, before] = [
    line && (await versionOf(db, line.id)),
    beside && (await versionOf(db, beside.id)),
  ];
  if (!after || !before) return visit.notFound();
  const found = await differenceFor(db, before.id, after.id);
  if (isRefusal(found)) return visit.refuse(found, 503);
  visit.show({
    title: `${before.version} and ${after.version} of ${after.list}`,
    body: <DifferencePage {...{ before, after, difference: found }} />,
  });
}

async function showVersion(
  visit: Visit,
  deps: MembersDeps,
  record: RecordDeps,
  { version, view }: { version: ShownVersion; view: View },
): Promise<void> {
  const { db } = deps;
  const governance = deps.governance();
  const list = (await listOf(db, version.list))!;
  const after = /^\d{1,9}$/.test(visit.field('after')) ? Number(visit.field('after')) : 0;
  const registry = registryOf(governance);
  const names = registry === undefined ? undefined : await repositoryNames(record, [registry]);
  const repository = registry === undefined ? undefined : names?.get(registry);
  const where = repository && `${record.github}/${repository}`;
  const seen: Seen = {
    list,
    version,
    view,
    versions: await versionsOf(db, list.id),
    nameOf: (id) => (governance && personById(governance, id)?.name) ?? `account ${id}`,
    where,
    ...(view === 'codes' && { entries: await entriesOf(db, version.id, after) }),
    ...(view === 'tree' && {
      tree: await treeFor(
        db,
        { version, system: list.system },
        visit.field('under').replaceAll('\u0000', ''),
      ),
    }),
    ...(view === 'history' && { decisions: readDecisions(await historyOf(db, version.id)) }),
  };
  visit.show({
    title: list.name,
    head: pageHead({
      origin: deps.origin,
      path: versionPath(version.id),
      title: `${list.name}: ${version.id}`,
      about: list.description.slice(0, 200) || `${version.codes} codes of ${list.system}.`,
      site: siteName(governance),
    }),
    body: <Version {...seen} />,
  });
}

interface Seen {
  list: ShownList;
  version: ShownVersion;
  view: View;
  versions: readonly ShownVersion[];
  nameOf(person: number): string;
  /** The registry on GitHub. */
  where: string | undefined;
  entries?: Awaited<ReturnType<typeof entriesOf>>;
  tree?: ShownTree;
  decisions?: ReturnType<typeof readDecisions>;
}

function Version(seen: Seen): VNode {
  const { list, version, view, entries, tree, decisions } = seen;
  return (
    <>
      <PageHead title={list.name} about={list.description || `Codes of ${list.system}.`} />
      {version.newest ? null : (
        <div class="flash flash-warn mb-3" data-testid="outdated">
          This version is outdated: no action that reads the database can run with it. The newest is{' '}
          <a href={versionPath(list.newest)}>{list.newest}</a>.
        </div>
      )}
      <Facts {...seen} />
      <p>
        <a class="btn btn-primary" href={`${versionPath(version.id)}/download.csv`} data-testid="download">
          Download CSV
        </a>{' '}
        <a class="btn" href={`/codelists/build?since=${encodeURIComponent(version.id)}`}>
          Build the next version
        </a>
      </p>
      <nav class="UnderlineNav mb-3" aria-label="Views of the codelist">
        <div class="UnderlineNav-body">
          {VIEWS.map((each) => (
            <a
              class="UnderlineNav-item"
              href={`${versionPath(version.id)}${each === 'codes' ? '' : `?view=${each}`}`}
              aria-current={each === view ? 'page' : undefined}
            >
              {VIEW_WORDS[each]}
            </a>
          ))}
        </div>
      </nav>
      {entries ? <Entries version={version} entries={entries} /> : null}
      {tree ? <Tree id={version.id} tree={tree} /> : null}
      {decisions ? <ShownHistory decisions={decisions} nameOf={seen.nameOf} /> : null}
      <Versions {...seen} />
    </>
  );
}

function Facts({ list, version, nameOf, where }: Seen): VNode {
  return (
    <dl class="sp-facts" data-testid="facts">
      <dt>In codelists.txt</dt>
      <dd>
        <code>{version.id}</code>
      </dd>
      <dt>System</dt>
      <dd>{list.system}</dd>
      <dt>Codes</dt>
      <dd>{version.codes.toLocaleString('en')}</dd>
      {list.source ? (
        <>
          <dt>Source</dt>
          <dd>{list.source}</dd>
        </>
      ) : null}
      <dt>Published</dt>
      <dd>
        <TimeOf at={version.publishedAt} />
      </dd>
      <dt>Signed off by</dt>
      <dd data-testid="signers">{version.signers.map(nameOf).join(', ')}</dd>
      <dt>On GitHub</dt>
      <dd>
        {where ? (
          <a href={`${where}/pull/${version.pull}`}>pull request {version.pull}</a>
        ) : (
          `pull request ${version.pull}`
        )}
        {version.tagRefused === null ? null : `, no tag (${version.tagRefused})`}
        {version.taggedAt === null ? null : (
          <>
            {', tag '}
            {where ? <a href={`${where}/tree/${version.id}`}>{version.id}</a> : version.id}
          </>
        )}
      </dd>
      <dt>SHA-256</dt>
      <dd>
        <code class="wb-break-all">{version.sha256}</code>
      </dd>
    </dl>
  );
}

function Entries({
  version,
  entries,
}: {
  version: ShownVersion;
  entries: NonNullable<Seen['entries']>;
}): VNode {
  return (
    <>
      <Table
        label="Codes"
        name="codes"
        heads={[
          ['Code', 'short'],
          ['Term', 'name'],
        ]}
      >
        {entries.entries.map(({ code, term }) => (
          <tr>
            <td class="sp-short">
              <code>{code}</code>
            </td>
            <td class="sp-name">{term}</td>
          </tr>
        ))}
      </Table>
      {entries.next === undefined ? null : (
        <a class="btn mb-3" rel="next" href={`${versionPath(version.id)}?after=${entries.next}`}>
          Further codes
        </a>
      )}
    </>
  );
}

function Versions({ versions, version, nameOf }: Seen): VNode {
  return (
    <section>
      <h2 class="f4 mb-2">Versions</h2>
      <Table
        label="Versions"
        name="versions"
        heads={[
          ['Version', 'name'],
          ['Codes', 'num'],
          ['Published', 'short'],
        ]}
      >
        {versions.map((each) => (
          <tr>
            <td class="sp-name">
              <a href={versionPath(each.id)} aria-current={each.id === version.id ? 'page' : undefined}>
                {each.version}
              </a>
              {each.newest ? <span class="Label Label--success ml-1">newest</span> : null}
              <div class="text-small color-fg-muted">
                signed off by {each.signers.map(nameOf).join(', ')}
                {each.id === version.id ? null : (
                  <>
                    {'; '}
                    <a href={`${versionPath(version.id)}/diff/${encodeURIComponent(each.version)}`}>
                      compare with {each.version}
                    </a>
                  </>
                )}
              </div>
            </td>
            <td class="sp-num">{each.codes.toLocaleString('en')}</td>
            <td class="sp-short">
              <TimeOf at={each.publishedAt} />
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
