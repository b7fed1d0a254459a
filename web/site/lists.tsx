/** Tables of releases and publications, as several pages show them, and the way to older ones. */
import type { VNode } from 'preact';
import type { Governance } from '../../src/governance/governance.ts';
import type { ShownPublication, ShownRelease } from '../../src/record/record.ts';
import { WITHDRAWAL_WORDS } from '../../src/publication/publication.ts';
import { TimeOf } from '../ui/shell.tsx';
import { Table } from './parts.tsx';
import { BackendLink, ProjectLink } from './record-parts.tsx';

interface Seen {
  governance: Governance | undefined;
}

export const RECALLED_SAYS = {
  nothing: 'released',
  part: 'recalled in part',
  all: 'recalled',
} as const satisfies Record<ShownRelease['recalled'], string>;

export function ReleaseTable({ releases, governance }: Seen & { releases: readonly ShownRelease[] }): VNode {
  return (
    <Table
      label="Releases, newest first"
      name="releases"
      heads={[['Released', 'short'], ['Workspace', 'name'], ['Project'], ['Backend'], ['State', 'short']]}
    >
      {releases.map(({ id, workspace, project, backend, releasedAt, recalled }) => (
        <tr>
          <Placed href={`/releases/${id}`} at={releasedAt} {...{ workspace, project }} />
          <td>
            <BackendLink id={backend} governance={governance} />
          </td>
          <td class="sp-short">
            <span class={`Label ${recalled === 'nothing' ? 'Label--success' : 'Label--danger'}`}>
              {RECALLED_SAYS[recalled]}
            </span>
          </td>
        </tr>
      ))}
    </Table>
  );
}

export function PublicationTable({ publications }: { publications: readonly ShownPublication[] }): VNode {
  return (
    <Table
      label="Published outputs, newest first"
      name="publications"
      heads={[['Published', 'short'], ['Workspace', 'name'], ['Project'], ['On GitHub'], ['State']]}
    >
      {publications.map(({ id, workspace, project, publishedAt, url, tag, withdrawnAt, why }) => (
        <tr>
          <Placed href={`/publications/${id}`} at={publishedAt} {...{ workspace, project }} />
          <td>{url ? <a href={url}>{tag}</a> : '–'}</td>
          <td>
            {withdrawnAt === null ? (
              <span class="Label Label--success">public</span>
            ) : (
              <>
                <span class="Label Label--danger">withdrawn</span> {whyText(why)}
              </>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** When, with its page, and where. */
function Placed(props: { href: string; at: number; workspace: string; project: string }): VNode {
  return (
    <>
      <td class="sp-short">
        <a href={props.href}>
          <TimeOf at={props.at} />
        </a>
      </td>
      <td class="sp-name">
        <WorkspaceLink name={props.workspace} />
      </td>
      <td>
        <ProjectLink id={props.project} />
      </td>
    </>
  );
}

/** Of a category that is known; whatever else stands there is nobody's sentence. */
export function whyText(why: string | null): string {
  if (why === 'recalled') return 'all its files were recalled';
  const known = Object.keys(WITHDRAWAL_WORDS).find((each) => each === why) as
    | keyof typeof WITHDRAWAL_WORDS
    | undefined;
  return known ? WITHDRAWAL_WORDS[known] : '';
}

export function WorkspaceLink({ name }: { name: string }): VNode {
  return <a href={`/workspaces/${encodeURIComponent(name)}`}>{name}</a>;
}

export function Turn(props: {
  path: string;
  of: string;
  isNewest: boolean;
  next: string | undefined;
}): VNode {
  const { path, of, isNewest, next } = props;
  return (
    <nav aria-label={`Pages of ${of}`} class="mb-3">
      {isNewest ? null : (
        <a class="btn mr-2" href={path}>
          Newest
        </a>
      )}
      {next === undefined ? null : (
        <a class="btn" rel="next" data-testid="older" href={`${path}?before=${encodeURIComponent(next)}`}>
          Older
        </a>
      )}
    </nav>
  );
}
