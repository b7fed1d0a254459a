/** `/projects`, `/people`, `/permissions`: who may do what, and until when, by the governance in use. */
import type { VNode } from 'preact';
import {
  personById,
  projectById,
  type Governance,
  type Person,
  type Project,
} from '../../src/governance/governance.ts';
import {
  csvOf,
  grantsOf,
  nameOf,
  entriesAbout,
  pausedFor,
  pausedNow,
  repositoryNames,
  rightsOf,
  WHO_LISTS,
  whoRows,
  type Paused,
  type ShownGrant,
  type WhoList,
} from '../../src/record/record.ts';
import { PageHead } from '../ui/shell.tsx';
import { Heads, Scroll } from './parts.tsx';
import { feedPages, feedsAt, type FeedContent } from './feeds.ts';
import { GonePage } from './gone.tsx';
import { Grants } from './grants.tsx';
import { dayCopied, DayForm, shownOnDay } from './on-day.tsx';
import { OneProject } from './one-project.tsx';
import { PausedBanner } from './paused.tsx';
import { GIVEN_HEADS, GivenCells, OrgLink, pageHead, ProjectLink, siteName } from './record-parts.tsx';
import type { RecordSite } from './record-site.ts';
import { sliceOf, Slices, type Slice } from './slices.tsx';
import type { SitePages, Visit } from './visit.tsx';

export function whoPages(add: SitePages, { deps }: RecordSite): void {
  /** Without governance nothing is known of anybody. */
  const open = (path: string, work: (visit: Visit, g: Governance) => Promise<void> | void): void =>
    add.open(path, (visit) => {
      const governance = deps.governance();
      return governance ? work(visit, governance) : visit.notFound();
    });
  /** The record keeps what governance forgets. */
  const gone = async (visit: Visit, subject: string): Promise<void> => {
    const [kind = '', id = ''] = subject.split(':');
    const entries = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/.test(id) ? await entriesAbout(deps.db, subject) : [];
    if (entries.length === 0) return visit.notFound();
    const title = kind === 'project' ? `Project ${id}` : `Account ${id}`;
    const says = 'Governance names it no more. It was there, and what it did stays on record.';
    const requests = `/requests?${kind}=${encodeURIComponent(id)}`;
    visit.show({ title, body: <GonePage {...{ title, says, requests, entries }} /> });
  };
  const head = (g: Governance, path: string, title: string, about: string, feeds?: Feeds) =>
    pageHead({ origin: deps.origin, path, title, about, site: siteName(g), ...(feeds && { feeds }) });

  open('/projects', async (visit, g) => {
    const paused = await pausedNow(deps);
    const feeds = { atom: '/projects.atom', json: '/projects.feed' };
    visit.show({
      title: 'Projects',
      head: head(g, '/projects', 'Projects', PROJECTS, feeds),
      body: <Projects g={g} slice={sliceOf(visit, g.projects)} paused={paused} />,
    });
  });
  feedPages(add, deps.origin, '/projects', () => {
    const g = deps.governance();
    return g && projectFeed(g, deps.origin);
  });
  for (const list of WHO_LISTS) {
    open(`/${list}.json`, async (visit, g) => {
      if (list !== 'projects' && (await dayCopied(visit, deps, ON_DAY[list]))) return;
      visit.response.json({ policy: g.commit, [list]: whoRows(g, list) });
    });
    open(`/${list}.csv`, (visit, g) => {
      visit.response.type('text/csv; charset=utf-8').send(csvOf(whoRows(g, list)));
    });
  }
  open('/projects/:id', async (visit, g) => {
    const project = projectById(g, String(visit.request.params['id']));
    if (!project) return gone(visit, `project:${String(visit.request.params['id'])}`);
    const path = `/projects/${encodeURIComponent(project.id)}`;
    // A former id leads to the present one.
    if (visit.request.params['id'] !== project.id) return visit.moved(path);
    const names = await repositoryNames(
      deps,
      project.repos.map(({ id }) => id),
    );
    const paused = pausedFor(await pausedNow(deps), {
      projects: [project.id],
      backends: project.backends,
    });
    visit.show({
      title: project.title,
      about: { projects: [project.id], backends: project.backends },
      head: head(g, path, project.title, project.summary),
      body: <OneProject {...{ project, g, names, github: deps.github, paused }} />,
    });
  });

  open('/people', async (visit, g) => {
    if (await shownOnDay(visit, deps, ON_DAY.people)) return;
    visit.show({
      title: 'People',
      head: head(g, '/people', 'People', PEOPLE, feedsAt('/people')),
      body: <People g={g} slice={sliceOf(visit, g.people)} />,
    });
  });
  open('/people/:id', async (visit, g) => {
    const id = Number(visit.request.params['id']);
    const title = nameOf(g, id);
    const path = `/people/${id}`;
    if (Number.isSafeInteger(id) && (await shownOnDay(visit, deps, { path, title, of: id }))) return;
    if (!personById(g, id)) return gone(visit, `person:${id}`);
    visit.show({
      title,
      head: head(g, `/people/${id}`, title, PEOPLE),
      body: <OnePerson {...{ g, id, github: deps.github }} />,
    });
  });

  open('/permissions', async (visit, g) => {
    if (await shownOnDay(visit, deps, ON_DAY.permissions)) return;
    visit.show({
      title: 'Permissions',
      head: head(g, '/permissions', 'Permissions', PERMISSIONS, feedsAt('/permissions')),
      body: <Permissions g={g} slice={sliceOf(visit, grantsOf(g))} />,
    });
  });
}

/** Of people: what somebody may; of permissions: what projects may. Together they are all. */
const ON_DAY = {
  people: { path: '/people', title: 'People', of: 'people' },
  permissions: { path: '/permissions', title: 'Permissions', of: 'projects' },
} as const;

type Feeds = { atom: string; json: string };
const PROJECTS = 'What is studied here, by whom, and until when.';
const PEOPLE = 'Who may do what here, and until when.';
const PERMISSIONS = 'Which project may use which dataset, population or component, why, and until when.';

interface Of {
  g: Governance;
}

/** By the day of their approval, newest first. */
function projectFeed(g: Governance, origin: string): FeedContent {
  const newest = [...g.projects].sort((a, b) => (a.approval.on < b.approval.on ? 1 : -1)).slice(0, 50);
  const at = (day: string): number => Date.parse(`${day}T00:00:00Z`);
  return {
    title: `Projects of ${siteName(g)}`,
    updated: newest.reduce((last, { approval }) => Math.max(last, at(approval.on)), 0),
    items: newest.map(({ id, title, summary, orgs, approval }) => ({
      url: `${origin}/projects/${encodeURIComponent(id)}`,
      title,
      summary,
      author: orgs.lead,
      published: at(approval.on),
      updated: at(approval.on),
    })),
  };
}

type Sliced<T> = { slice: Slice & { shown: readonly T[] } };

function Projects({ g, slice, paused }: Of & Sliced<Project> & { paused: readonly Paused[] }): VNode {
  const still = (id: string): boolean => pausedFor(paused, { projects: [id] }).length > 0;
  return (
    <>
      <PageHead title="Projects" about={PROJECTS} />
      <PausedBanner paused={pausedFor(paused, {})} />
      <Scroll label="Projects">
        <table class="sp-table" data-testid="projects">
          <Heads
            of={[['Project', 'name'], ['Number', 'short'], ['Led by'], ['Status'], ['Until', 'short']]}
          />
          <tbody>
            {slice.shown.map(({ id, title, number, orgs, status, until }) => (
              <tr>
                <td class="sp-name">
                  <a href={`/projects/${encodeURIComponent(id)}`}>{title}</a>
                </td>
                <td class="sp-short">{number}</td>
                <td>
                  <OrgLink id={orgs.lead} g={g} />
                </td>
                <td>
                  {status.replaceAll('_', ' ')}
                  {still(id) ? (
                    <>
                      {' '}
                      <span class="Label Label--attention">paused</span>
                    </>
                  ) : null}
                </td>
                <td class="sp-short">{until}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <Slices path="/projects" of="projects" slice={slice} />
      <p class="color-fg-muted">
        Also: <a href="/people">people</a>, <a href="/orgs">organisations</a>,{' '}
        <a href="/permissions">permissions</a>; as <a href="/projects.atom">Atom</a> and{' '}
        <a href="/projects.feed">JSON Feed</a>, <Copies of="projects" />.
      </p>
    </>
  );
}

function People({ g, slice }: Of & Sliced<Person>): VNode {
  return (
    <>
      <PageHead title="People" about={PEOPLE} />
      <Scroll label="People">
        <table class="sp-table" data-testid="people">
          <Heads of={[['Name', 'name'], ['Login'], ['Organisations'], ['Until', 'short']]} />
          <tbody>
            {slice.shown.map(({ id, name, login, orgs, until }) => (
              <tr>
                <td class="sp-name">
                  <a href={`/people/${id}`}>{name}</a>
                </td>
                <td>{login}</td>
                <td>
                  <Orgs g={g} ids={orgs} />
                </td>
                <td class="sp-short">{until}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <Slices path="/people" of="people" slice={slice} />
      <p class="color-fg-muted">
        With all they may do, for programs: <Copies of="people" />; changes as <a href="/people.atom">Atom</a>{' '}
        and <a href="/people.feed">JSON Feed</a>.
      </p>
      <DayForm path="/people" />
    </>
  );
}

/** The whole list for programs. */
function Copies({ of }: { of: WhoList }): VNode {
  return (
    <>
      <a href={`/${of}.csv`}>CSV</a> and <a href={`/${of}.json`}>JSON</a>
    </>
  );
}

function OnePerson({ g, id, github }: Of & { id: number; github: string }): VNode | null {
  const person = personById(g, id);
  if (!person) return null;
  return (
    <>
      <PageHead title={person.name} about={PEOPLE} />
      <dl class="sp-facts">
        <dt>On GitHub</dt>
        <dd>
          <a href={`${github}/${person.login}`}>{person.login}</a>
        </dd>
        {person.orgs.length > 0 ? (
          <>
            <dt>Organisations</dt>
            <dd>
              <Orgs g={g} ids={person.orgs} />
            </dd>
          </>
        ) : null}
        <dt>Until</dt>
        <dd>{person.until}</dd>
        <dt>Requests</dt>
        <dd>
          <a href={`/requests?person=${id}`}>what {person.name} asked for</a>
        </dd>
      </dl>
      <h2 class="f4 mb-2">Rights</h2>
      <Scroll label="Rights">
        <table class="sp-table" data-testid="rights">
          <Heads of={[['What', 'name'], ['Project'], ...GIVEN_HEADS]} />
          <tbody>
            {rightsOf(g, person).map(({ what, project, from, until, reason }) => (
              <tr>
                <td class="sp-name">{what.replaceAll('_', ' ')}</td>
                <td>
                  <ProjectLink id={project} />
                </td>
                <GivenCells from={from} until={until} reason={reason} />
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

function Orgs({ g, ids }: Of & { ids: readonly string[] }): VNode {
  return (
    <>
      {ids.map((id, at) => (
        <>
          {at > 0 ? ', ' : ''}
          <OrgLink id={id} g={g} />
        </>
      ))}
    </>
  );
}

function Permissions({ g, slice }: Of & Sliced<ShownGrant>): VNode {
  return (
    <>
      <PageHead title="Permissions" about={PERMISSIONS} />
      <Grants grants={slice.shown} g={g} />
      <Slices path="/permissions" of="permissions" slice={slice} />
      <p class="color-fg-muted">
        For programs: <Copies of="permissions" />; changes as <a href="/permissions.atom">Atom</a> and{' '}
        <a href="/permissions.feed">JSON Feed</a>.
      </p>
      <DayForm path="/permissions" />
    </>
  );
}
