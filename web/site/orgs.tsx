/** `/orgs` and `/orgs/<id>`: of which organisations projects and people are. */
import type { VNode } from 'preact';
import type { Governance, Organisation } from '../../src/governance/governance.ts';
import { csvOf, organisation, organisations, type FeedItem } from '../../src/record/record.ts';
import { PageHead } from '../ui/shell.tsx';
import { feedPages, feedsAt, newest } from './feeds.ts';
import { pageHead, siteName } from './record-parts.tsx';
import type { RecordSite } from './record-site.ts';
import type { SitePages } from './visit.tsx';

const ABOUT = 'Of which the projects and the people are.';

/** By its id, when `orgs.yml` says no more. */
export const orgNamed = (g: Governance, id: string): Organisation =>
  g.orgs.find((org) => org.id === id) ?? { id, name: id };

export function orgPages(add: SitePages, { deps }: RecordSite): void {
  const { origin } = deps;
  const head = (g: Governance, path: string, title: string, about: string, feeds = false) =>
    pageHead({ origin, path, title, about, site: siteName(g), ...(feeds && { feeds: feedsAt('/orgs') }) });
  add.open('/orgs', (visit) => {
    const g = deps.governance();
    if (!g) return visit.notFound();
    visit.show({
      title: 'Organisations',
      head: head(g, '/orgs', 'Organisations', ABOUT, true),
      body: <Orgs g={g} />,
    });
  });
  feedPages(add, origin, '/orgs', () => {
    const g = deps.governance();
    if (!g) return undefined;
    const items = organisations(g).map((id) => itemOf(g, id, origin));
    return { title: `Organisations of ${siteName(g)}`, updated: newest(items), items };
  });
  add.open('/orgs.json', (visit) => {
    const g = deps.governance();
    if (!g) return visit.notFound();
    visit.response.json({ policy: g.commit, orgs: rowsOf(g) });
  });
  add.open('/orgs.csv', (visit) => {
    const g = deps.governance();
    if (!g) return visit.notFound();
    visit.response.type('text/csv; charset=utf-8').send(csvOf(rowsOf(g)));
  });
  add.open('/orgs/:id', (visit) => {
    const g = deps.governance();
    const id = String(visit.request.params['id']);
    if (!g || !organisations(g).includes(id)) return visit.notFound();
    const org = orgNamed(g, id);
    visit.show({
      title: org.name,
      ...(org.logo && { images: [new URL(org.logo).origin] }),
      head: head(
        g,
        `/orgs/${encodeURIComponent(id)}`,
        org.name,
        `${org.name}: its projects and people here.`,
      ),
      body: <OneOrg g={g} org={org} />,
    });
  });
}

const rowsOf = (g: Governance) =>
  organisations(g).map((id) => {
    const { projects = [], people = [] } = organisation(g, id) ?? {};
    return { id, name: orgNamed(g, id).name, projects: projects.length, people: people.length };
  });

/** Organisations have no days of their own: the newest approval of a project of theirs is when something changed. */
function itemOf(g: Governance, id: string, origin: string): FeedItem {
  const { projects = [] } = organisation(g, id) ?? {};
  const at = projects.reduce(
    (last, { approval }) => Math.max(last, Date.parse(`${approval.on}T00:00:00Z`)),
    0,
  );
  return {
    url: `${origin}/orgs/${encodeURIComponent(id)}`,
    title: orgNamed(g, id).name,
    summary: projects.map(({ title }) => title).join('; ') || 'No project yet.',
    author: siteName(g),
    published: at,
    updated: at,
  };
}

function Orgs({ g }: { g: Governance }): VNode {
  return (
    <>
      <PageHead title="Organisations" about={ABOUT} />
      <ul class="ml-4 mb-3" data-testid="orgs">
        {rowsOf(g).map(({ id, name, projects, people }) => (
          <li>
            <a href={`/orgs/${encodeURIComponent(id)}`}>{name}</a>{' '}
            <span class="color-fg-muted">
              {projects} {projects === 1 ? 'project' : 'projects'}, {people}{' '}
              {people === 1 ? 'person' : 'people'}
            </span>
          </li>
        ))}
      </ul>
      <p class="color-fg-muted">
        For programs: <a href="/orgs.atom">Atom</a>, <a href="/orgs.feed">JSON Feed</a>,{' '}
        <a href="/orgs.csv">CSV</a> and <a href="/orgs.json">JSON</a>.
      </p>
    </>
  );
}

function OneOrg({ g, org }: { g: Governance; org: Organisation }): VNode {
  const { id, name, logo, membersLabel } = org;
  const { projects = [], people = [] } = organisation(g, id) ?? {};
  return (
    <>
      <PageHead title={name} about="An organisation, by the governance in use." />
      {logo ? <img class="sp-logo mb-3" src={logo} alt="" referrerpolicy="no-referrer" /> : null}
      <h2 class="f4 mb-2">Projects</h2>
      {projects.length === 0 ? <p>None yet.</p> : null}
      <ul class="ml-4 mb-3">
        {projects.map((project) => (
          <li>
            <a href={`/projects/${encodeURIComponent(project.id)}`}>{project.title}</a>
            {project.orgs.lead === id ? ', leads it' : ''}
          </li>
        ))}
      </ul>
      <h2 class="f4 mb-2">{membersLabel ?? 'People'}</h2>
      {people.length === 0 ? <p>None yet.</p> : null}
      <ul class="ml-4 mb-3">
        {people.map((person) => (
          <li>
            <a href={`/people/${person.id}`}>{person.name}</a>
          </li>
        ))}
      </ul>
    </>
  );
}
