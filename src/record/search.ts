/** One box for everything: a request or job by id, a commit by sha, a project, a person. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import type { Governance } from '../governance/types.ts';
import { requestsNamed } from './list.ts';
import type { RecordDeps, ShownRequest } from './types.ts';

const MOST = 20;
const LONGEST = 100;
/** Fewer characters of an id, or of a sha, would name anything. */
const FEWEST = { id: 4, sha: 7 };

export interface Found {
  requests: ShownRequest[];
  job: string | undefined;
  projects: { id: string; title: string }[];
  people: { id: number; login: string; name: string }[];
}

export async function search(deps: RecordDeps, asked: string): Promise<Found> {
  const text = asked.trim().slice(0, LONGEST);
  const governance = deps.governance();
  const word = text.toLowerCase();
  const find = (by: 'id' | 'commit') => requestsNamed(deps.db, governance, by, word, MOST);
  const byId = word.length >= FEWEST.id && /^[a-z0-9]{1,16}$/.test(word) ? await find('id') : [];
  const byCommit = word.length >= FEWEST.sha && /^[0-9a-f]{1,40}$/.test(word) ? await find('commit') : [];
  return {
    requests: [...byId, ...byCommit.filter(({ id }) => !byId.some((one) => one.id === id))],
    job: /^[a-z0-9]{16}$/.test(word) ? await jobNamed(deps, word) : undefined,
    projects: governance && word ? projectsLike(governance, word) : [],
    people: governance && word ? peopleLike(governance, word.replace(/^@/, '')) : [],
  };
}

/** Where to go at once, when there is only one thing it can be. */
export function onlyPlace({ requests, job, projects, people }: Found): string | undefined {
  const places = [
    ...requests.map(({ id }) => `/requests/${id}`),
    ...(job ? [`/jobs/${job}`] : []),
    ...projects.map(({ id }) => `/projects/${encodeURIComponent(id)}`),
    ...people.map(({ id }) => `/people/${id}`),
  ];
  return places.length === 1 ? places[0] : undefined;
}

async function jobNamed({ db }: RecordDeps, id: string): Promise<string | undefined> {
  const [row] = await rowsOf<{ id: string }>(db, sql`select id from jobs where id = ${id}`);
  return row?.id;
}

function projectsLike({ projects }: Governance, word: string): Found['projects'] {
  return projects
    .filter(({ id, number, aliases, title }) =>
      [id, number, title, ...aliases].some((name) => name.toLowerCase().includes(word)),
    )
    .slice(0, MOST)
    .map(({ id, title }) => ({ id, title }));
}

function peopleLike({ people }: Governance, word: string): Found['people'] {
  return people
    .filter(
      ({ id, login, name }) =>
        login.toLowerCase().includes(word) || name.toLowerCase().includes(word) || String(id) === word,
    )
    .slice(0, MOST)
    .map(({ id, login, name }) => ({ id, login, name }));
}
