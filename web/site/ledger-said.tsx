/** What an entry of the ledger says, in words, above the entry itself. Of an entry that is not one of ours: nothing. */
import type { VNode } from 'preact';
import { saysOf } from '../../src/ledger/ledger.ts';
import { TimeOf } from '../ui/shell.tsx';

interface Right {
  event: string;
  what: string;
  project: string | null;
  person: { id: number; login: string | null } | null;
  name: string | null;
  repository: { id: number } | null;
  scope: { orgs: string[]; projects: string[] } | { count: number } | null;
  from: string | null;
  until: string | null;
  reason: string | null;
  ref: string | null;
  was_until?: string | null;
}

interface Entry {
  time: string;
  type: string;
  actor: string;
  policy_commit: string | null;
  body: Record<string, unknown>;
}

export function Said({ entry }: { entry: string }): VNode | null {
  const read: unknown = JSON.parse(entry);
  const says = saysOf(read);
  if (says === undefined) return null;
  const { time, type, actor, policy_commit: policy, body } = read as Entry;
  return (
    <>
      <dt>What</dt>
      <dd data-testid="says">{says}</dd>
      <dt>When</dt>
      <dd>
        <TimeOf at={Date.parse(time)} />
      </dd>
      <dt>By</dt>
      <dd>{actor.startsWith('person:') ? <Person id={actor.slice('person:'.length)} /> : actor}</dd>
      {policy === null ? null : (
        <>
          <dt>Governance version</dt>
          <dd>
            <code>{policy}</code>
          </dd>
        </>
      )}
      {type === 'grant' || type === 'membership' ? <RightSaid right={body as unknown as Right} /> : null}
    </>
  );
}

function Person({ id, login }: { id: string | number; login?: string | null }): VNode {
  return <a href={`/people/${id}`}>{login ? `${login} (${id})` : id}</a>;
}

const WHAT: Record<string, string> = {
  person: 'Registered',
  backend: 'Backend',
  team: 'Role',
  member: 'Role in the project',
  copilot: 'Co-pilot of the project',
  project: 'The project itself',
  'project-backend': 'Backend of the project',
  repository: 'Repository of the project',
  dataset: 'Dataset',
  population: 'Population',
  component: 'Component',
};

function RightSaid({ right }: { right: Right }): VNode {
  const { event, what, project, person, name, repository, scope, from, until, reason, ref, was_until } =
    right;
  const rows: [string, VNode | string | null][] = [
    ['Right', [WHAT[what], name ?? repository?.id, event].filter(Boolean).join(', ')],
    ['Person', person && <Person {...person} />],
    ['Project', project === null ? null : <a href={`/projects/${encodeURIComponent(project)}`}>{project}</a>],
    ['Only for', scope && scoped(scope)],
    ['From', from],
    ['Until', until],
    ['Until, before', event === 'changed' ? (was_until ?? 'without end') : null],
    ['Reason', reason],
    ['Reference', ref],
  ];
  return (
    <>
      {rows.map(([head, held]) =>
        held === null ? null : (
          <>
            <dt>{head}</dt>
            <dd>{held}</dd>
          </>
        ),
      )}
    </>
  );
}

const scoped = (scope: NonNullable<Right['scope']>): string =>
  'count' in scope
    ? `${scope.count} organisations and projects`
    : [...scope.orgs, ...scope.projects].join(', ');
