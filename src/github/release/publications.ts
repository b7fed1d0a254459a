/**
 * The topic `publication`: the issue on which a publisher decides. It stands in the review repository, since
 * what is not public yet is nobody's business outside; files are named by number.
 */
import { queueOutbox } from '../../db/outbox.ts';
import { personById, projectById } from '../../governance/governance.ts';
import {
  publicationById,
  publicationsOf,
  WITHDRAWAL_WORDS,
  type PublicationView,
} from '../../publication/publication.ts';
import { codeCell, marker } from '../markdown.ts';
import { OutOfReach, showFor } from '../reach.ts';
import { instant } from '../request-view.ts';
import type { Room } from '../room.ts';
import { reviewRepository } from './facts.ts';
import { findReviewRepository } from './review-repository.ts';
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
  const named = known?.repository ?? reviewRepository(governance, project);
  const repository = await findReviewRepository(room, named);
  if (!repository)
    throw new OutOfReach(
      'no review repository that the App is installed on: see review_repos in deployment.yml',
    );
  const show = await showFor(room, repository.id, force);
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
  // The release issues list it.
  const issues = publication.requests.map((subject) => ({ topic: 'review', subject }));
  await room.db.transaction((tx) => queueOutbox(tx, issues, room.clock.now()));
}

export function publicationBody(
  publication: PublicationView,
  login: (person: number) => string,
  replaces: number | undefined,
  hub: string | undefined,
): string {
  const { id, state, releases, project, approvals, needed } = publication;
  const where = hub ? `: ${hub}/publications/${id}` : '';
  const rows = [
    ['project', codeCell(project)],
    ['workspace', `${codeCell(publication.workspace)} on ${codeCell(publication.backend)}`],
    ['asked for by', `${codeCell(login(publication.requestedBy))}, ${instant(publication.requestedAt)}`],
    ...releases.map((release) => [`release ${codeCell(release)}`, filesOf(publication, release)]),
    ...ownerRow(publication, login),
    ['approvals', `${approvals.length} of ${needed}`],
    ...publication.editions.map(({ number, tag, state: edition, url, code: trouble }) => [
      `edition ${number}`,
      `${codeCell(tag)}: ${edition}${trouble ? ` (${trouble})` : ''}${url ? ` ${url}` : ''}`,
    ]),
  ];
  return [
    marker('publication', id),
    `**Publication ${codeCell(id)}** ${stateWords(publication)}.${replaces ? ` This issue replaces #${replaces}.` : ''}`,
    ['| what | how it is |', '| --- | --- |', ...rows.map(([name, says]) => `| ${name} | ${says} |`)].join(
      '\n',
    ),
    ...(state === 'draft' ? [toDecide(publication, where)] : []),
    ...(state === 'approved' || state === 'published'
      ? [
          `**To withdraw it**: its page on the hub${where}, for whoever asked, leads, publishers and governance.`,
        ]
      : []),
    "<sub>Written from Sallyport's record: what is changed here by hand is put back.</sub>",
  ].join('\n\n');
}

function filesOf({ files }: PublicationView, release: string): string {
  const theirs = files.filter((file) => file.release === release);
  const numbers = theirs.map(({ number, recalled }) => `${number}${recalled ? ' (recalled)' : ''}`);
  return `${theirs.length === 1 ? 'file' : 'files'} ${numbers.join(', ')}`;
}

function ownerRow(
  { owner, ownerMissing }: PublicationView,
  login: (person: number) => string,
): (readonly [string, string])[] {
  const name = "data owner's approval";
  if (owner)
    return [[name, `${codeCell(owner.reference)}, ${owner.on}, told by ${codeCell(login(owner.by))}`]];
  return ownerMissing ? [[name, 'not told yet']] : [];
}

function toDecide({ ownerMissing }: PublicationView, where: string): string {
  const approve = ownerMissing
    ? "`/approve` with where the data owner's approval is written down and its day, like `/approve REF-12 2026-11-03`,"
    : '`/approve`';
  return `**To decide**: look at the released files on the hub${where}. Then write ${approve} or \`/reject\` here. Whoever asked for it, wrote it or reviewed it cannot decide.`;
}

function stateWords({ state, why }: PublicationView): string {
  const category = Object.entries(WITHDRAWAL_WORDS).find(([each]) => each === why);
  return state === 'withdrawn' && category ? `${STATE[state]}: ${category[1]}` : STATE[state];
}

/** What the release issue says of a request's publications. */
export async function publicationRows(room: Room, request: string): Promise<(readonly [string, string])[]> {
  const all = await publicationsOf(room.publications, { request });
  return all.map((publication) => {
    const url = publication.editions.filter((each) => each.state === 'published').at(-1)?.url;
    return [
      `publication ${codeCell(publication.id)}`,
      `${stateWords(publication)}${url ? `: ${url}` : ''}`,
    ] as const;
  });
}
