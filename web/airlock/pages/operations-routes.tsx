/** For operators: what waits, what failed, what is stuck, whether copies and chains are whole. */
import type { ComponentChildren, VNode } from 'preact';
import type { Operations, PrecisionRow } from '../../../agent/airlock/face.ts';
import { isRefusal } from '../../../src/lib/refusal.ts';
import type { Pages, ViewerParts, Visit } from '../parts.ts';
import { ButtonForm } from '../shell/forms.tsx';
import { Heading } from '../shell/frame.tsx';
import { StateLabel, Time } from '../shell/marks.tsx';
import { no } from '../words.ts';
import { actorOf } from './actor.ts';
import { requestAt } from './addresses.ts';
import { FailedNotices, IncidentList, Schedules, TOPICS } from './operations-news.tsx';

export function operationsRoutes(pages: Pages, { room }: ViewerParts): void {
  pages.get('/operations', async (visit) => {
    const state = await room.operations(visit.person.id);
    if (isRefusal(state)) return visit.notFound();
    const precision = await room.precision();
    visit.show({ title: 'Operations', body: <OperationsPage {...{ visit, state, precision }} /> });
  });
  pages.post('/operations/retry', async (visit) => {
    const batch = Number(visit.form.text('batch'));
    if (!Number.isInteger(batch) || batch < 1) return visit.refuse(no.choice('the batch'));
    const refused = await room.retryUpload(actorOf(visit), visit.form.text('request'), batch);
    if (refused) return visit.refuse(refused);
    visit.back('/operations', 'The upload is tried again.');
  });
}

function OperationsPage(props: {
  visit: Visit;
  state: Operations;
  precision: readonly PrecisionRow[];
}): VNode {
  const { visit, state, precision } = props;
  return (
    <>
      <Heading title="Operations">
        <a class="btn" href="/operations/passkeys">
          Passkeys to confirm
        </a>
      </Heading>
      <Health state={state} />
      <IncidentList incidents={state.incidents} />
      <FailedNotices failedNotices={state.failedNotices} />
      <Uploads visit={visit} uploads={state.uploads} />
      <Schedules schedules={state.schedules} />
      <Stuck stuck={state.stuck} />
      <Precision rows={precision} />
    </>
  );
}

const DISK = {
  ok: 'room enough',
  amber: 'filling up',
  red: 'nearly full',
} satisfies Record<NonNullable<Operations['disk']>, string>;

function Health({ state: { copies, checks, chain, waiting, disk } }: { state: Operations }): VNode {
  const broken = copies.broken.length > 0 || chain.broken !== null || checks.failed > 0;
  return (
    <section class="mb-4" aria-labelledby="health">
      <h2 class="h3 mb-2" id="health">
        Health
      </h2>
      {broken ? (
        <div class="flash flash-error mb-2" role="alert">
          {copies.broken.length > 0 ? `${copies.broken.length} stored copies are not what they were. ` : ''}
          {chain.broken !== null ? `The audit chain is broken: ${chain.broken}. ` : ''}
          {checks.failed > 0 ? `${checks.failed} automatic checks failed to run.` : ''}
        </div>
      ) : null}
      {disk === 'amber' || disk === 'red' ? (
        <div class={`flash ${disk === 'red' ? 'flash-error' : 'flash-warn'} mb-2`} role="alert">
          The disk of the airlock is {DISK[disk]}.{' '}
          {disk === 'red'
            ? 'No files are taken onto requests until there is room.'
            : 'Make room: at the next line no files are taken any more.'}
        </div>
      ) : null}
      <dl class="va-facts Box">
        {disk ? <Fact name="Disk">{DISK[disk]}</Fact> : null}
        <Fact name="Stored copies">
          {copies.total}, hashed again{' '}
          {copies.checkedAt === null ? 'not yet' : <Time at={copies.checkedAt} />}
        </Fact>
        <Fact name="Audit chain">
          {chain.entries} entries of requests, {chain.log} of the log,{' '}
          {chain.checkedAt === null ? (
            'not verified yet'
          ) : (
            <>
              verified <Time at={chain.checkedAt} />
            </>
          )}
        </Fact>
        <Fact name="Head of the chain">
          <code class="va-path">{chain.head}</code>
        </Fact>
        <Fact name="Automatic checks">{checks.waiting} waiting</Fact>
        {waiting.map(({ topic, count, oldest }) => (
          <Fact name={TOPICS[topic] ?? topic}>
            {count} waiting
            {oldest !== null ? (
              <>
                , oldest <Time at={oldest} />
              </>
            ) : null}
          </Fact>
        ))}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): VNode {
  return (
    <div class="Box-row d-flex va-gap">
      <dt class="va-term">{name}</dt>
      <dd class="va-grow">{children}</dd>
    </div>
  );
}

function Uploads({ visit, uploads }: { visit: Visit; uploads: Operations['uploads'] }): VNode {
  return (
    <section class="mb-4" aria-labelledby="uploads">
      <h2 class="h3 mb-2" id="uploads">
        Uploads under way
      </h2>
      {uploads.length === 0 ? <p class="va-note">None.</p> : null}
      {uploads.length > 0 ? (
        <ul class="Box" data-testid="uploads">
          {uploads.map(({ request, batch, file, attempts, nextAt, failedAt, code }) => (
            <li class="Box-row d-flex flex-items-center va-gap">
              <div class="va-grow">
                <a href={requestAt(request)}>{request}</a>, batch {batch}, file {file}
                <div class="text-small color-fg-muted">
                  {attempts === 1 ? '1 try' : `${attempts} tries`}
                  {code !== null ? <> · {code}</> : null}
                  {failedAt === null ? (
                    <>
                      {' '}
                      · again <Time at={nextAt} />
                    </>
                  ) : null}
                </div>
              </div>
              {failedAt !== null ? (
                <>
                  <span class="Label Label--danger">given up</span>
                  <ButtonForm
                    csrf={visit.csrf}
                    action="/operations/retry"
                    fields={{ request, batch: String(batch) }}
                    label="Try again"
                    small
                  />
                </>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}

function Stuck({ stuck }: Pick<Operations, 'stuck'>): VNode {
  return (
    <section class="mb-4" aria-labelledby="stuck">
      <h2 class="h3 mb-2" id="stuck">
        Stuck requests
      </h2>
      {stuck.length === 0 ? <p class="va-note">None.</p> : null}
      {stuck.length > 0 ? (
        <ul class="Box">
          {stuck.map((row) => (
            <li class="Box-row d-flex flex-items-center va-gap">
              <a class="va-grow" href={requestAt(row.id)}>
                {row.workspace} <code>{row.id}</code>
              </a>
              <StateLabel state={row.state} />
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}

function Precision({ rows }: { rows: readonly PrecisionRow[] }): VNode {
  return (
    <section aria-labelledby="precision">
      <h2 class="h3 mb-2" id="precision">
        How useful each check was
      </h2>
      {rows.length === 0 ? (
        <p class="va-note">No hint has been answered yet.</p>
      ) : (
        <div class="Box va-scroll">
          <table class="va-table">
            <thead>
              <tr>
                <th scope="col">Check</th>
                {['Shown', 'Heeded', 'Dismissed', 'Precision'].map((heading) => (
                  <th scope="col" class="va-figure">
                    {heading}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ check, shown, heeded, dismissed }) => (
                <tr>
                  <th scope="row">{check}</th>
                  <td class="va-figure">{shown}</td>
                  <td class="va-figure">{heeded}</td>
                  <td class="va-figure">{dismissed}</td>
                  <td class="va-figure">
                    {heeded + dismissed === 0
                      ? '–'
                      : `${Math.round((100 * heeded) / (heeded + dismissed))} %`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
