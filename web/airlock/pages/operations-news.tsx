/** For operators: incidents, requests by the clock, and what could not be told. */
import type { VNode } from 'preact';
import type { Operations } from '../../../agent/airlock/face.ts';
import { IncidentFacts } from '../review/incidents.tsx';
import { Time } from '../shell/marks.tsx';
import { requestAt } from './addresses.ts';

export function IncidentList({ incidents }: Pick<Operations, 'incidents'>): VNode {
  return (
    <section class="mb-4" aria-labelledby="incidents">
      <h2 class="h3 mb-2" id="incidents">
        Incidents
      </h2>
      {incidents.length === 0 ? <p class="va-note">None.</p> : null}
      {incidents.length > 0 ? (
        <ul class="Box" data-testid="incidents">
          {incidents.map((incident) => (
            <li class="Box-row">
              <p class="mb-1">
                <a href={requestAt(incident.request)}>
                  {incident.workspace} <code>{incident.request}</code>
                </a>
              </p>
              <IncidentFacts incident={incident} />
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}

const OUTCOMES: Readonly<Record<string, string>> = {
  made: 'made, and waiting for the checks',
  draft: 'made, and left as a draft',
  submitted: 'made and submitted',
  skipped: 'nothing to ask for',
  refused: 'refused',
};

export function Schedules({ schedules }: Pick<Operations, 'schedules'>): VNode | null {
  if (schedules.length === 0) return null;
  return (
    <section class="mb-4" aria-labelledby="schedules">
      <h2 class="h3 mb-2" id="schedules">
        Requests by schedule
      </h2>
      <ul class="Box" data-testid="schedules">
        {schedules.map(({ schedule, workspace, clock, next, last }) => (
          <li class="Box-row">
            <b>{schedule}</b> in {workspace} <code>{clock}</code>
            <div class="text-small color-fg-muted">
              {last ? (
                <>
                  <Time at={last.due} />: {OUTCOMES[last.outcome] ?? last.outcome}
                  {last.code === null ? '' : ` (${last.code})`}
                  {last.request === null ? null : (
                    <>
                      {' '}
                      <a href={requestAt(last.request)}>{last.request}</a>
                    </>
                  )}{' '}
                  ·{' '}
                </>
              ) : null}
              next <Time at={next} />
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What there is to tell, and to whom. */
export const TOPICS: Readonly<Record<string, string>> = {
  shown: 'News of a request, to the hub',
  issue: 'Issues of a request, on GitHub',
  browser: 'A sign-in from a new browser, to the hub',
  record: 'The digest over the record of a day, to the hub',
};

export function FailedNotices({ failedNotices }: Pick<Operations, 'failedNotices'>): VNode {
  return (
    <section class="mb-4" aria-labelledby="notices">
      <h2 class="h3 mb-2" id="notices">
        Not told
      </h2>
      {failedNotices.length === 0 ? <p class="va-note">Everything was told in time.</p> : null}
      {failedNotices.length > 0 ? (
        <ul class="Box" data-testid="notices">
          {failedNotices.map(({ topic, subject, code, at, overAt }) => (
            <li class="Box-row d-flex flex-items-center va-gap">
              <div class="va-grow">
                {TOPICS[topic] ?? topic}{' '}
                {topic === 'shown' || topic === 'issue' ? (
                  <a href={requestAt(subject)}>{subject}</a>
                ) : topic === 'record' ? (
                  subject
                ) : null}
                <div class="text-small color-fg-muted">
                  {code} · since <Time at={at} />
                  {overAt === null ? (
                    ' · it is tried again'
                  ) : (
                    <>
                      {' '}
                      · over <Time at={overAt} />
                    </>
                  )}
                </div>
              </div>
              <span class={`Label Label--${overAt === null ? 'danger' : 'secondary'}`}>
                {overAt === null ? 'not told' : 'told since'}
              </span>
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}
