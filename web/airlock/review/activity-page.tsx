/** What happened to a request, as far as this person may know; filtered by kind, person, turn and group. */
import type { VNode } from 'preact';
import type { AirlockRoom } from '../../../agent/airlock/face.ts';
import type { Refusal } from '../../../src/lib/refusal.ts';
import { words } from '../../../src/release/release.ts';
import { Heading } from '../shell/frame.tsx';
import { Time } from '../shell/marks.tsx';
import { ACTIVITY_KINDS, KIND_LABELS, kindOf, sayingOf, type ActivityKind } from './activity-words.ts';
import { groupUrl } from './links.ts';
import { count } from './words.ts';

export type ActivityRow = Exclude<Awaited<ReturnType<AirlockRoom['activityOf']>>, Refusal>[number];

export interface ActivityFilter {
  kind: ActivityKind | undefined;
  person: string;
  turn: string;
  group: string;
}

export function filterOf(query: Readonly<Record<string, unknown>>): ActivityFilter {
  const text = (name: string): string => (typeof query[name] === 'string' ? query[name] : '');
  return {
    kind: ACTIVITY_KINDS.find((kind) => kind === text('kind')),
    person: text('person'),
    turn: /^\d{1,4}$/.test(text('turn')) ? text('turn') : '',
    group: text('group'),
  };
}

export function filtered(
  rows: readonly ActivityRow[],
  { kind, person, turn, group }: ActivityFilter,
): ActivityRow[] {
  return rows.filter(
    (row) =>
      (!kind || kindOf(row) === kind) &&
      (person === '' || row.login === person || row.ofLogin === person) &&
      (turn === '' || row.turn === Number(turn)) &&
      (group === '' || row.group === group),
  );
}

export function ActivityPage(props: {
  id: string;
  rows: readonly ActivityRow[];
  filter: ActivityFilter;
}): VNode {
  const { id, rows, filter } = props;
  const shown = filtered(rows, filter);
  // Only people and turns that the rows this viewer may see speak of.
  const people = [
    ...new Set(rows.flatMap(({ login, ofLogin }) => [login, ofLogin]).filter((each) => each !== undefined)),
  ];
  const turns = [...new Set(rows.map(({ turn }) => turn))];
  const groups = [...new Set(rows.flatMap(({ group }) => group ?? []))];
  return (
    <>
      <Heading title="Activity" note={`What happened to request ${id}, newest first.`} />
      <form method="get" class="ar-filter" data-testid="filter">
        <Select
          name="kind"
          label="What"
          value={filter.kind ?? ''}
          options={ACTIVITY_KINDS.map((kind) => [kind, KIND_LABELS[kind]])}
        />
        <Select
          name="person"
          label="Who"
          value={filter.person}
          options={people.map((login) => [login, login])}
        />
        <Select
          name="turn"
          label="Turn"
          value={filter.turn}
          options={turns.map((turn) => [String(turn), String(turn)])}
        />
        <Select
          name="group"
          label="Group"
          value={filter.group}
          options={groups.map((group) => [group, group])}
        />
        <button class="btn btn-sm" type="submit">
          Filter
        </button>
        <span class="color-fg-muted text-small">{count(shown.length, 'entry', 'entries')}</span>
      </form>
      <ol class="ar-activity" data-testid="activity">
        {shown.map((row) => (
          <Line id={id} row={row} />
        ))}
      </ol>
      {shown.length === 0 ? <p class="color-fg-muted">Nothing of this kind.</p> : null}
    </>
  );
}

function Select(props: {
  name: string;
  label: string;
  value: string;
  options: readonly (readonly string[])[];
}): VNode {
  return (
    <label>
      {props.label}{' '}
      <select class="form-select input-sm" name={props.name}>
        <option value="">all</option>
        {props.options.map(([value, label]) => (
          <option value={value} selected={value === props.value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

function Line({ id, row }: { id: string; row: ActivityRow }): VNode {
  const { at, turn, login, ofLogin, automated, path, group, category, reason, to, column, role } = row;
  return (
    <li>
      <Time at={at} /> <span class="color-fg-muted">turn {turn}</span> <b>{login ?? 'The airlock'}</b>
      {automated ? ' (by schedule)' : ''} {sayingOf(row)}{' '}
      {path === undefined ? null : <bdi class="ar-path">{path}</bdi>}
      {group === undefined ? null : (
        <>
          {' '}
          in{' '}
          <a href={groupUrl(id, group)}>
            <bdi>{group}</bdi>
          </a>
        </>
      )}
      {column === undefined ? null : (
        <>
          : <bdi>{column}</bdi> is {role ? words.ROLE_WORDS[role] : 'what the checks read in it'}
        </>
      )}
      {ofLogin === undefined ? '' : ` (${ofLogin})`}
      {category === undefined ? '' : `: ${categoryWords(category)}`}
      {reason === undefined ? null : (
        <>
          {' '}
          “<bdi>{reason}</bdi>”
        </>
      )}
      {to === undefined ? null : <span class="color-fg-muted"> · it is {words.STATE_WORDS[to]}</span>}
    </li>
  );
}

function categoryWords(category: string): string {
  const all: Readonly<Record<string, string>> = {
    ...words.RETURN_WORDS,
    ...words.REJECT_WORDS,
    ...words.REVOKE_WORDS,
  };
  return all[category] ?? category;
}
