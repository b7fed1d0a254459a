/** `?on=2026-03-01` at `/people`, `/people/<id>` and `/permissions`: who could do what on a day, by the log alone. */
import type { VNode } from 'preact';
import type { Governance } from '../../src/governance/governance.ts';
import { isoDay } from '../../src/lib/clock.ts';
import { isRefusal, refusal, type Refusal } from '../../src/lib/refusal.ts';
import {
  RIGHTS_COPIED,
  rightsOn,
  type DayAsked,
  type RecordDeps,
  type RightOnDay,
} from '../../src/record/record.ts';
import { PageHead } from '../ui/shell.tsx';
import { Table } from './parts.tsx';
import { GIVEN_HEADS, GivenCells, ProjectLink } from './record-parts.tsx';
import { rightText } from './right-feeds.tsx';
import { afterIn, SLICE, Slices, type Slice } from './slices.tsx';
import type { Visit } from './visit.tsx';

interface List {
  path: string;
  title: string;
  of: DayAsked['of'];
}

/** Shows the page. False when no day was asked for. */
export async function shownOnDay(
  visit: Visit,
  deps: RecordDeps,
  { path, title, of }: List,
): Promise<boolean> {
  const day = dayIn(visit);
  if (day === undefined) return false;
  if (isRefusal(day)) {
    visit.refuse(day, 400);
    return true;
  }
  const after = afterIn(visit);
  const found = await rightsOn(deps.db, { day, of, after, limit: SLICE });
  if (isRefusal(found)) visit.refuse(found, 503);
  else {
    const slice = { after, next: found.next };
    visit.show({
      title: `${title} on ${day}`,
      body: <OnDay {...{ day, path, title, rights: found.rights, slice, g: deps.governance() }} />,
    });
  }
  return true;
}

/** The same for programs, as JSON. */
export async function dayCopied(visit: Visit, deps: RecordDeps, { path, of }: List): Promise<boolean> {
  const day = dayIn(visit);
  if (day === undefined) return false;
  if (isRefusal(day)) {
    tell(visit, day, 400);
    return true;
  }
  const found = await rightsOn(deps.db, { day, of, after: afterIn(visit), limit: RIGHTS_COPIED });
  if (isRefusal(found)) tell(visit, found, 503);
  else {
    const { rights, next } = found;
    const more = next === undefined ? null : `${deps.origin}${path}.json?on=${day}&after=${next}`;
    visit.response.json({ on: day, rights, next: more });
  }
  return true;
}

function tell({ response }: Visit, { code, says, next }: Refusal, status: 400 | 503): void {
  if (status === 503) response.set('retry-after', '10');
  response.status(status).json({ code, says, next });
}

/** Undefined: none was asked for. Refuses `record.bad-day`. */
function dayIn(visit: Visit): string | Refusal | undefined {
  const day = visit.field('on');
  if (day === '') return undefined;
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at) || isoDay(at) !== day)
    return refusal('record.bad-day', 'This is no day.', 'Write it like 2026-03-01.');
  return day;
}

function OnDay(props: {
  day: string;
  path: string;
  title: string;
  rights: readonly RightOnDay[];
  slice: Slice;
  g: Governance | undefined;
}): VNode {
  const { day, path, title, rights, slice, g } = props;
  return (
    <>
      <PageHead
        title={`${title} on ${day}`}
        about="As the log had it at the end of that day, in UTC: what had been given by then, had not ended, and was within its days."
      />
      <DayForm path={path} day={day} />
      {rights.length === 0 ? (
        <p data-testid="none">The log tells of none{slice.after > 0 ? ' beyond those' : ''}.</p>
      ) : null}
      <Table
        label={`Rights on ${day}`}
        name="rights"
        heads={[['Right', 'name'], ['Project'], ...GIVEN_HEADS, ['Entry', 'num']]}
      >
        {rights.map((right) => (
          <tr>
            <td class="sp-name">
              {right.person ? (
                <a href={`/people/${right.person.id}`}>{rightText({ ...right, project: null }, g)}</a>
              ) : (
                rightText({ ...right, project: null, name: right.name ?? repositoryText(right) }, g)
              )}
            </td>
            <td>
              <ProjectLink id={right.project} />
            </td>
            <GivenCells from={right.from} until={right.until} reason={right.reason} />
            <td class="sp-num">
              {right.place === null ? '' : <a href={`/ledger/${right.place}`}>{right.place}</a>}
            </td>
          </tr>
        ))}
      </Table>
      <Slices path={path} of={`rights on ${day}`} slice={slice} query={{ on: day }} />
      <p>
        <a href={path}>As it is today</a>; for programs:{' '}
        <a href={`${path.replace(/^\/people\/\d+$/, '/people')}.json?on=${day}`}>JSON</a>.
      </p>
    </>
  );
}

const repositoryText = ({ repository }: RightOnDay): string | null =>
  repository === null ? null : String(repository);

/** Beneath a list: the same of another day. */
export function DayForm({ path, day = '' }: { path: string; day?: string }): VNode {
  return (
    <form method="get" action={path} class="sp-row mb-3" data-testid="on-day">
      <span>
        <label class="d-block text-small" for="on">
          As it was on
        </label>
        <input class="form-control" id="on" name="on" type="date" value={day} required />
      </span>
      <button class="btn" type="submit">
        Show that day
      </button>
    </form>
  );
}
