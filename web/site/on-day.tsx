/** `?on=2026-03-01` at `/people`, `/people/<id>` and `/permissions`: who could do what on a day, by the log alone. */
import type { VNode } from 'preact';
import type { Governance } from '../../src/governance/governance.ts';
import { isoDay } from '../../src/lib/clock.ts';
import { isRefusal, refusal } from '../../src/lib/refusal.ts';
import { rightsOn, type RecordDeps, type RightOnDay } from '../../src/record/record.ts';
import { PageHead } from '../ui/shell.tsx';
import { Heads, Scroll } from './parts.tsx';
import { GIVEN_HEADS, GivenCells, ProjectLink } from './record-parts.tsx';
import { rightText } from './right-feeds.tsx';
import type { Visit } from './visit.tsx';

type Which = (right: RightOnDay) => boolean;

/** Shows the page, or for programs the list. False when no day was asked for. */
export async function shownOnDay(
  visit: Visit,
  deps: RecordDeps,
  { path, title, which, json = false }: { path: string; title: string; which: Which; json?: boolean },
): Promise<boolean> {
  const day = visit.field('on');
  if (day === '') return false;
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at) || isoDay(at) !== day) {
    const no = refusal('record.bad-day', 'This is no day.', 'Write it like 2026-03-01.');
    if (json) visit.response.status(400).json({ code: no.code, says: no.says, next: no.next });
    else visit.refuse(no, 400);
    return true;
  }
  const found = await rightsOn(deps.db, day);
  if (isRefusal(found)) {
    visit.response.set('retry-after', '10');
    if (json) visit.response.status(503).json({ code: found.code, says: found.says, next: found.next });
    else visit.refuse(found, 503);
    return true;
  }
  const rights = found.filter(which);
  if (json) {
    visit.response.json({ on: day, rights });
    return true;
  }
  const g = deps.governance();
  visit.show({
    title: `${title} on ${day}`,
    body: <OnDay {...{ day, path, title, rights, g }} />,
  });
  return true;
}

function OnDay(props: {
  day: string;
  path: string;
  title: string;
  rights: readonly RightOnDay[];
  g: Governance | undefined;
}): VNode {
  const { day, path, title, rights, g } = props;
  return (
    <>
      <PageHead
        title={`${title} on ${day}`}
        about="As the log had it at the end of that day, in UTC: what had been given by then, had not ended, and was within its days."
      />
      <DayForm path={path} day={day} />
      {rights.length === 0 ? <p data-testid="none">The log tells of none.</p> : null}
      <Scroll label={`Rights on ${day}`}>
        <table class="sp-table" data-testid="rights">
          <Heads of={[['Right', 'name'], ['Project'], ...GIVEN_HEADS, ['Entry', 'num']]} />
          <tbody>
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
          </tbody>
        </table>
      </Scroll>
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
