/**
 * The topic `publication`: the issue on which a publisher decides. It stands in the review repository, since
 * what is not public yet is nobody's business outside; files are named by number.
 */
import { queueOutbox } from '../../db/outbox.ts';
import { personById, projectById } from '../../governance/governance.ts';
import { publicationById, publicationsOf, type PublicationView } from '../../publication/publication.ts';
import { codeCell, marker } from '../markdown.ts';
import { findRepository, OutOfReach, showFor } from '../reach.ts';
import { instant } from '../request-view.ts';
import type { Room } from '../room.ts';
import { reviewRepository } from './facts.ts';
import { knownIssue, showIssue } from './show-issue.ts';

export const publicationKey = (id: string): string => `issue:publication:${id}`;

const STATE = {
  draft: 'waits for a publisher',
  approved: 'is approved; the files are being published',
  published: 'is published',
  rejected: 'is rejected',
  withdrawn: 'is withdrawn',
} as const satisfies Record<PublicationView['state'], string>;

export async function showPublication(room: Room, id: string, force: boolean): Promise<void> {
  const publication = await publicationById(room.publications, id);
  if (!publication) return;
  const governance = room.governance.current();
  const project = governance && projectById(governance, publication.project);
  const known = await knownIssue({ room }, publicationKey(id));
  const repository = known?.repository ?? reviewRepository(governance, project);
  if (!repository || !(await findRepository(room, repository)))
    throw new OutOfReach(
      'no review repository that the App is installed on: see review_repos in deployment.yml',
    );
  const show = await showFor(room, repository, force);
  const login = (person: number) =>
    (governance && personById(governance, person)?.login) ?? `account ${person}`;
  await showIssue(show, {
    key: publicationKey(id),
    mark: marker('publication', id),
    title: `Publication ${id}`,
    body: ({ replaces }) => publicationBody(publication, login, replaces, governance?.deployment.base_url),
    labels: [],
    open: publication.state === 'draft' || publication.state === 'approved',
    reason: publication.state === 'published' ? 'completed' : 'not_planned',
  });
  // The release issue lists it.
  await room.db.transaction((tx) =>
    queueOutbox(tx, [{ topic: 'review', subject: publication.request }], room.clock.now()),
  );
}

export function publicationBody(
  publication: PublicationView,
  login: (person: number) => string,
  replaces: number | undefined,
  hub: string | undefined,
): string {
  const { id, state, release, project, files, approvals, needed } = publication;
  const where = hub ? `: ${hub}/releases/${release}` : '';
  const decides =
    state === 'draft'
      ? `**To decide**: look at the released files on the hub${where}. Then write \`/approve\` or \`/reject\` here. Whoever asked for it, wrote it or checked it cannot decide.`
      : undefined;
  const rows = [
    ['release', codeCell(release)],
    ['project', codeCell(project)],
    ['asked for by', `${codeCell(login(publication.requestedBy))}, ${instant(publication.requestedAt)}`],
    ['files', files.map((file) => `${file.number}${file.recalled ? ' (recalled)' : ''}`).join(', ')],
    ['approvals', `${approvals.length} of ${needed}`],
    ...publication.editions.map(({ number, tag, state: edition, url, code: trouble }) => [
      `edition ${number}`,
      `${codeCell(tag)}: ${edition}${trouble ? ` (${trouble})` : ''}${url ? ` ${url}` : ''}`,
    ]),
  ];
  return [
    marker('publication', id),
    `**Publication ${codeCell(id)}** ${STATE[state]}.${replaces ? ` This issue replaces #${replaces}.` : ''}`,
    ['| | |', '| --- | --- |', ...rows.map(([name, says]) => `| ${name} | ${says} |`)].join('\n'),
    ...(decides ? [decides] : []),
    "<sub>Written from Sallyport's record: what is changed here by hand is put back.</sub>",
  ].join('\n\n');
}

/** What the release issue says of a request's publications. */
export async function publicationRows(room: Room, request: string): Promise<(readonly [string, string])[]> {
  const all = await publicationsOf(room.publications, { request });
  return all.map(({ id, state, editions }) => {
    const url = editions.filter((each) => each.state === 'published').at(-1)?.url;
    return [`publication ${codeCell(id)}`, `${STATE[state]}${url ? `: ${url}` : ''}`] as const;
  });
}
