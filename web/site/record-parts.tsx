/** What pages of the public record share: states, times, links, rows, the head for programs. */
import type { ComponentChildren, VNode } from 'preact';
import { backendById, type Governance } from '../../src/governance/governance.ts';
import { recordWords, type ShownRequest } from '../../src/record/record.ts';
import { CARD_SAYS, CARD_SIZE, linkCard } from '../ui/card.ts';
import { TimeOf } from '../ui/shell.tsx';

const TONE = {
  pending: '',
  running: 'Label--attention',
  succeeded: 'Label--success',
  failed: 'Label--danger',
  cancelled: 'Label--secondary',
  nothing_to_do: 'Label--secondary',
  refused: 'Label--danger',
} as const satisfies Record<ShownRequest['state'], string>;

export function StateOf({ state }: Pick<ShownRequest, 'state'>): VNode {
  return <span class={`Label ${TONE[state]}`}>{recordWords.STATE_WORDS[state]}</span>;
}

/** Of whom governance knows nothing, there is only what was asked for. */
export function PersonLink({ person }: Pick<ShownRequest, 'person'>): VNode {
  if (person.name === `account ${person.id}`)
    return <a href={`/requests?person=${person.id}`}>{person.name}</a>;
  return <a href={`/people/${person.id}`}>{person.name}</a>;
}

/** Of whatever is given for a time: the columns, and the cells of a row. */
export const GIVEN_HEADS = [['From', 'short'], ['Until', 'short'], ['Reason']] as const;

export function GivenCells({
  from,
  until,
  reason,
}: Record<'from' | 'until' | 'reason', string | null | undefined>): VNode {
  return (
    <>
      <td class="sp-short">{from}</td>
      <td class="sp-short">{until}</td>
      <td>{reason}</td>
    </>
  );
}

export function ProjectLink({ id }: { id: string | null }): VNode {
  return id === null ? (
    <>–</>
  ) : (
    <a class="sp-id" href={`/projects/${encodeURIComponent(id)}`}>
      {id}
    </a>
  );
}

/** By its name, where governance keeps one. */
export function OrgLink({ id, g }: { id: string; g?: Governance }): VNode {
  const name = g?.orgs.find((org) => org.id === id)?.name ?? id;
  return <a href={`/orgs/${encodeURIComponent(id)}`}>{name}</a>;
}

export function BackendLink({
  id,
  governance,
}: {
  id: string | null;
  governance: Governance | undefined;
}): VNode {
  if (id === null) return <>–</>;
  const known = governance && backendById(governance, id);
  return known ? <a href={`/status/${encodeURIComponent(id)}`}>{id}</a> : <>{id}</>;
}

/** One line of a list; a live page puts a new one in its place by `data-id` and `data-number`. */
export function RequestRow(props: { request: ShownRequest; governance: Governance | undefined }): VNode {
  const { request, governance } = props;
  return (
    <tr data-id={request.id} data-number={request.number}>
      <td class="sp-short">
        <StateOf state={request.state} />
      </td>
      <td class="sp-name">
        <a href={`/requests/${request.id}`}>
          {request.actions.length > 0 ? request.actions.slice(0, 3).join(', ') : request.id}
        </a>
        {request.actions.length > 3 ? ` and ${request.actions.length - 3} more` : ''}
        {request.kind === 'dummy' ? <span class="Label Label--secondary ml-1">dummy data</span> : null}
      </td>
      <td>
        <ProjectLink id={request.project} />
      </td>
      <td>
        <BackendLink id={request.backend} governance={governance} />
      </td>
      <td>
        <PersonLink person={request.person} />
      </td>
      <td class="sp-short">
        <TimeOf at={request.createdAt} />
      </td>
    </tr>
  );
}

/** What a page is when it is spoken of elsewhere, and where it stands as a feed. */
export function pageHead(of: {
  origin: string;
  path: string;
  title: string;
  about: string;
  site: string;
  feeds?: { atom: string; json: string };
}): ComponentChildren {
  const url = `${of.origin}${of.path}`;
  return (
    <>
      <link rel="canonical" href={url} />
      <meta name="description" content={of.about} />
      <meta property="og:type" content="website" />
      <meta property="og:title" content={of.title} />
      <meta property="og:description" content={of.about} />
      <meta property="og:url" content={url} />
      <meta property="og:site_name" content={of.site} />
      <meta property="og:locale" content="en" />
      <meta property="og:image" content={`${of.origin}${linkCard().href}`} />
      <meta property="og:image:type" content="image/png" />
      <meta property="og:image:width" content={String(CARD_SIZE.width)} />
      <meta property="og:image:height" content={String(CARD_SIZE.height)} />
      <meta property="og:image:alt" content={CARD_SAYS} />
      <meta name="twitter:card" content="summary_large_image" />
      {of.feeds ? (
        <>
          <link rel="alternate" type="application/atom+xml" title={of.title} href={of.feeds.atom} />
          <link rel="alternate" type="application/feed+json" title={of.title} href={of.feeds.json} />
        </>
      ) : null}
    </>
  );
}

export const siteName = (governance: Governance | undefined): string =>
  governance?.deployment.id ?? 'Sallyport';

/** `3 min 20 s` */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}
