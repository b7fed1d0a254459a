/** `/figures`: how long people wait for a decision, for everybody; `/figures.json` is the same for programs. */
import type { VNode } from 'preact';
import type { MembersDeps } from '../../src/members/members.ts';
import { isoDay } from '../../src/lib/clock.ts';
import { FIGURES, WESTERN, type DecisionDays } from '../../src/release/release.ts';
import { PageHead } from '../ui/shell.tsx';
import { pageHead, siteName } from './record-parts.tsx';
import type { SitePages } from './visit.tsx';

/** What is said of so many decisions or more. */
interface Shown extends Pick<DecisionDays, 'median' | 'p90'> {
  since: string;
  until: string;
  /** Null while there are too few for a figure. */
  decisions: number | null;
}

export function figuresPage(add: SitePages, deps: MembersDeps): void {
  const figures = async (): Promise<Shown> => {
    const at = deps.clock.now();
    const calendar = deps.governance()?.policies.calendar ?? WESTERN;
    const { decided, median, p90 } = await deps.outputs.decisionFigures(deps.db, at, calendar);
    const decisions = decided < FIGURES.fewest ? null : decided;
    return { since: isoDay(at - FIGURES.lookBack), until: isoDay(at), decisions, median, p90 };
  };
  add.open('/figures', async (visit) => {
    visit.show({
      title: 'Figures',
      head: pageHead({
        ...{ origin: deps.origin, path: '/figures', title: 'Figures', about: ABOUT },
        site: siteName(deps.governance()),
      }),
      body: <Figures {...await figures()} />,
    });
  });
  add.open('/figures.json', async (visit) => {
    const { since, until, decisions, median, p90 } = await figures();
    visit.response.json({ since, until, decisions, fewest: FIGURES.fewest, workingDays: { median, p90 } });
  });
}

const ABOUT =
  'How long a request to release results waits for its decision, from each submission until two checkers have agreed on it, sent it back or rejected it.';

function Figures({ since, until, decisions, median, p90 }: Shown): VNode {
  return (
    <>
      <PageHead title="Figures" about={ABOUT} />
      {decisions === null ? (
        <p data-testid="too-few">
          There is no figure yet: fewer than {FIGURES.fewest} requests were decided between {since} and{' '}
          {until}.
        </p>
      ) : (
        <table class="sp-table" data-testid="figures">
          <caption class="text-left color-fg-muted mb-2">
            Working days, {since} to {until}; {decisions} decisions
          </caption>
          <tbody>
            <tr>
              <th scope="row">Median: half were decided within</th>
              <td>{days(median)}</td>
            </tr>
            <tr>
              <th scope="row">90th percentile: nine of ten were decided within</th>
              <td>{days(p90)}</td>
            </tr>
          </tbody>
        </table>
      )}
      <p class="color-fg-muted mt-3">
        Requests that were withdrawn, or sent back before both had looked, count for nothing. The same for
        programs: <a href="/figures.json">figures.json</a>.
      </p>
    </>
  );
}

const days = (count: number | null): string => `${count} working ${count === 1 ? 'day' : 'days'}`;
