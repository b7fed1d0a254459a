/** `/people.atom`, `/permissions.atom`, `/status.atom` and the same as JSON Feed: what changed, entry by entry. */
import {
  backendChangesShown,
  rightChanges,
  nameOf,
  type FeedItem,
  type RightChange,
} from '../../src/record/record.ts';
import type { Governance } from '../../src/governance/governance.ts';
import { feedPages, newest } from './feeds.ts';
import { siteName } from './record-parts.tsx';
import type { RecordSite } from './record-site.ts';
import type { SitePages } from './visit.tsx';

const MOST = 50;

export function rightFeeds(add: SitePages, { deps }: RecordSite): void {
  const { db, origin } = deps;
  const lists = [
    ['/people', 'membership', 'People'],
    ['/permissions', 'grant', 'Permissions'],
  ] as const;
  for (const [path, type, title] of lists)
    feedPages(add, origin, path, async () => {
      const g = deps.governance();
      const changes = await rightChanges(db, type, MOST);
      const items = changes.flatMap((change) => itemOf(change, g, origin));
      return { title: `${title} of ${siteName(g)}: changes`, updated: newest(items), items };
    });
  feedPages(add, origin, '/status', async () => {
    const g = deps.governance();
    const names = new Map((g?.backends ?? []).map(({ id, name }) => [id, name]));
    const changes = await backendChangesShown(deps);
    const items = changes.map(({ backend, word, at }) => ({
      url: `${origin}/status/${encodeURIComponent(backend)}#${at}`,
      title: `${names.get(backend) ?? backend}: ${word}`,
      summary: `Since then the backend ${backend} is ${word}.`,
      author: siteName(g),
      published: at,
      updated: at,
    }));
    return { title: `Backends of ${siteName(g)}`, updated: newest(items), items };
  });
}

/** One that has no place yet has no address either: it comes within seconds. */
function itemOf(change: RightChange, g: Governance | undefined, origin: string): FeedItem[] {
  const { place, time, event, until, reason } = change;
  if (place === null) return [];
  const about = rightText(change, g);
  const at = Date.parse(time);
  return [
    {
      url: `${origin}/ledger/${place}`,
      title: `${about}: ${event}`,
      summary: [until && `Until ${until}.`, reason && `Reason: ${reason}`].filter(Boolean).join(' ') || about,
      author: siteName(g),
      published: at,
      updated: at,
    },
  ];
}

const WHAT: Record<string, string> = {
  person: 'registered',
  team: 'role',
  member: 'member as',
  copilot: 'co-pilot',
  backend: 'use of',
  project: 'project',
  'project-backend': 'use of',
  repository: 'repository',
  dataset: 'dataset',
  population: 'population',
  component: 'component',
};

/** The name, the right and what it is about: `A Person, member as lead of a project`. */
export function rightText(
  { what, project, person, name }: Pick<RightChange, 'what' | 'project' | 'person' | 'name'>,
  g: Governance | undefined,
): string {
  const who = person && nameOf(g, person.id);
  const held = [WHAT[what] ?? what, name?.replaceAll('_', ' ')].filter(Boolean).join(' ');
  return [who, [held, project && `of ${project}`].filter(Boolean).join(' ')].filter(Boolean).join(', ');
}
