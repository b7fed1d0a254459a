/** `/projects`, `/people`, `/orgs`, `/permissions`: who may do what, and until when, by the governance in use. */
import type { VNode } from 'preact';
import { personById, projectById, type Governance } from '../../src/governance/governance.ts';
import {
  atomOf,
  csvOf,
  datasetGrants,
  jsonFeedOf,
  nameOf,
  organisation,
  organisations,
  pausedFor,
  pausedNow,
  repositoryNames,
  rightsOf,
  WHO_LISTS,
  whoRows,
  type Feed,
  type WhoList,
} from '../../src/record/record.ts';
import { PageHead } from '../ui/shell.tsx';
import { Heads, Scroll } from './parts.tsx';
import { Grants } from './grants.tsx';
import { OneProject } from './one-project.tsx';
import { GIVEN_HEADS, GivenCells, OrgLink, pageHead, ProjectLink, siteName } from './record-parts.tsx';
import type { RecordSite } from './record-site.ts';
import type { SitePages, Visit } from './visit.tsx';

export function whoPages(add: SitePages, { deps }: RecordSite): void {
  /** Without governance nothing is known of anybody. */
  const open = (path: string, work: (visit: Visit, g: Governance) => Promise<void> | void): void =>
    add.open(path, (visit) => {
      const governance = deps.governance();
      return governance ? work(visit, governance) : visit.notFound();
    });
  const head = (g: Governance, path: string, title: string, about: string, feeds?: Feeds) =>
    pageHead({ origin: deps.origin, path, title, about, site: siteName(g), ...(feeds && { feeds }) });

  open('/projects', (visit, g) => {
    const feeds = { atom: '/projects.atom', json: '/projects.feed' };
    visit.show({
      title: 'Projects',
      head: head(g, '/projects', 'Projects', PROJECTS, feeds),
      body: <Projects g={g} />,
    });
  });
  open('/projects.atom', (visit, g) => {
    visit.response.type('application/atom+xml').send(atomOf(projectFeed(g, deps.origin, 'atom')));
  });
  open('/projects.feed', (visit, g) => {
    const feed = jsonFeedOf(projectFeed(g, deps.origin, 'feed'));
    visit.response.type('application/feed+json').send(JSON.stringify(feed));
  });
  for (const list of WHO_LISTS) {
    open(`/${list}.json`, (visit, g) => {
      visit.response.json({ policy: g.commit, [list]: whoRows(g, list) });
    });
    open(`/${list}.csv`, (visit, g) => {
      visit.response.type('text/csv; charset=utf-8').send(csvOf(whoRows(g, list)));
    });
  }
  open('/projects/:id', async (visit, g) => {
    const project = projectById(g, String(visit.request.params['id']));
    if (!project) return visit.notFound();
    const path = `/projects/${encodeURIComponent(project.id)}`;
    // A former id leads to the present one.
    if (visit.request.params['id'] !== project.id) return visit.go(path);
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

  open('/people', (visit, g) => {
    visit.show({ title: 'People', head: head(g, '/people', 'People', PEOPLE), body: <People g={g} /> });
  });
  open('/people/:id', (visit, g) => {
    const id = Number(visit.request.params['id']);
    if (!personById(g, id)) return visit.notFound();
    const title = nameOf(g, id);
    visit.show({
      title,
      head: head(g, `/people/${id}`, title, PEOPLE),
      body: <OnePerson {...{ g, id, github: deps.github }} />,
    });
  });

  open('/orgs', (visit, g) => {
    visit.show({ title: 'Organisations', body: <Orgs g={g} /> });
  });
  open('/orgs/:id', (visit, g) => {
    const id = String(visit.request.params['id']);
    if (!organisation(g, id)) return visit.notFound();
    visit.show({ title: id, body: <OneOrg g={g} id={id} /> });
  });

  open('/permissions', (visit, g) => {
    visit.show({
      title: 'Permissions',
      head: head(g, '/permissions', 'Permissions', PERMISSIONS),
      body: <Permissions g={g} />,
    });
  });
}

type Feeds = { atom: string; json: string };
const PROJECTS = 'What is studied here, by whom, and until when.';
const PEOPLE = 'Who may do what here, and until when.';
const PERMISSIONS = 'Which project may read which dataset, why, and until when.';

interface Of {
  g: Governance;
}

/** By the day of their approval, newest first. */
function projectFeed(g: Governance, origin: string, form: 'atom' | 'feed'): Feed {
  const newest = [...g.projects].sort((a, b) => (a.approval.on < b.approval.on ? 1 : -1)).slice(0, 50);
  const at = (day: string): number => Date.parse(`${day}T00:00:00Z`);
  return {
    title: `Projects of ${siteName(g)}`,
    page: `${origin}/projects`,
    self: `${origin}/projects.${form}`,
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

function Projects({ g }: Of): VNode {
  return (
    <>
      <PageHead title="Projects" about={PROJECTS} />
      <Scroll label="Projects">
        <table class="sp-table" data-testid="projects">
          <Heads
            of={[['Project', 'name'], ['Number', 'short'], ['Led by'], ['Status'], ['Until', 'short']]}
          />
          <tbody>
            {g.projects.map(({ id, title, number, orgs, status, until }) => (
              <tr>
                <td class="sp-name">
                  <a href={`/projects/${encodeURIComponent(id)}`}>{title}</a>
                </td>
                <td class="sp-short">{number}</td>
                <td>
                  <OrgLink id={orgs.lead} />
                </td>
                <td>{status.replaceAll('_', ' ')}</td>
                <td class="sp-short">{until}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="color-fg-muted">
        Also: <a href="/people">people</a>, <a href="/orgs">organisations</a>,{' '}
        <a href="/permissions">permissions</a>; as <a href="/projects.atom">Atom</a> and{' '}
        <a href="/projects.feed">JSON Feed</a>, <Copies of="projects" />.
      </p>
    </>
  );
}

function People({ g }: Of): VNode {
  return (
    <>
      <PageHead title="People" about={PEOPLE} />
      <Scroll label="People">
        <table class="sp-table" data-testid="people">
          <Heads of={[['Name', 'name'], ['Login'], ['Organisations'], ['Until', 'short']]} />
          <tbody>
            {g.people.map(({ id, name, login, orgs, until }) => (
              <tr>
                <td class="sp-name">
                  <a href={`/people/${id}`}>{name}</a>
                </td>
                <td>{login}</td>
                <td>{orgs.join(', ')}</td>
                <td class="sp-short">{until}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="color-fg-muted">
        With all they may do, for programs: <Copies of="people" />.
      </p>
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
              {person.orgs.map((org, at) => (
                <>
                  {at > 0 ? ', ' : ''}
                  <OrgLink id={org} />
                </>
              ))}
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

function Orgs({ g }: Of): VNode {
  return (
    <>
      <PageHead title="Organisations" about="Of which the projects and the people are." />
      <ul class="ml-4" data-testid="orgs">
        {organisations(g).map((id) => (
          <li>
            <OrgLink id={id} />
          </li>
        ))}
      </ul>
    </>
  );
}

function OneOrg({ g, id }: Of & { id: string }): VNode {
  const { projects = [], people = [] } = organisation(g, id) ?? {};
  return (
    <>
      <PageHead title={id} about="An organisation, by the governance in use." />
      <h2 class="f4 mb-2">Projects</h2>
      <ul class="ml-4 mb-3">
        {projects.map((project) => (
          <li>
            <a href={`/projects/${encodeURIComponent(project.id)}`}>{project.title}</a>
            {project.orgs.lead === id ? ', leads it' : ''}
          </li>
        ))}
      </ul>
      <h2 class="f4 mb-2">People</h2>
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

function Permissions({ g }: Of): VNode {
  return (
    <>
      <PageHead title="Permissions" about={PERMISSIONS} />
      <Grants grants={datasetGrants(g)} />
      <p class="color-fg-muted">
        For programs: <Copies of="permissions" />.
      </p>
    </>
  );
}
