/** The checkers' queue: what waits for me, what is free, what came back, what is leaving; own progress only. */
import type { VNode } from 'preact';
import type { PrecisionRow, Queue, QueueRow } from '../../../agent/airlock/face.ts';
import { FIGURES, type DecisionDays } from '../../../src/release/release.ts';
import { CHECKS, type CheckId } from '../../../src/disclosure/disclosure.ts';
import { Token } from '../shell/forms.tsx';
import { Blank, Heading } from '../shell/frame.tsx';
import { HintBadge, sizeText, StateLabel, Time } from '../shell/marks.tsx';
import { deedUrl, requestUrl } from './links.ts';
import { figuresOf, ordered, QUEUE_SORTS, type QueueWish } from './queue-order.ts';
import { count } from './words.ts';

export function QueuePage(props: {
  queue: Queue;
  precision: readonly PrecisionRow[];
  /** Undefined while no governance is in force. */
  decisions: DecisionDays | undefined;
  wish: QueueWish;
  csrf: string;
}): VNode {
  const { queue, precision, decisions, wish, csrf } = props;
  const all = [...queue.mine, ...queue.open, ...queue.returned, ...queue.releasing];
  const figures = figuresOf([...queue.mine, ...queue.open]);
  const projects = [...new Set(all.map(({ project }) => project))].sort();
  return (
    <>
      <Heading title="Reviews" note="Requests you may check. Of other checkers' progress nothing is shown." />
      <dl class="ar-figures" data-testid="figures">
        <div>
          <dt>Waiting</dt>
          <dd>{figures.waiting}</dd>
        </div>
        <div>
          <dt>Overdue</dt>
          <dd>{figures.overdue}</dd>
        </div>
        <div>
          <dt>Median age, working days</dt>
          <dd>{figures.medianAge}</dd>
        </div>
        {decisions ? <Decisions {...decisions} /> : null}
      </dl>
      <form method="get" class="ar-filter">
        <label>
          Sort by{' '}
          <select class="form-select input-sm" name="sort">
            {QUEUE_SORTS.map((sort) => (
              <option value={sort} selected={sort === wish.sort}>
                {sort}
              </option>
            ))}
          </select>
        </label>
        <label>
          Project{' '}
          <select class="form-select input-sm" name="project">
            <option value="">all</option>
            {projects.map((project) => (
              <option value={project} selected={project === wish.project}>
                {project}
              </option>
            ))}
          </select>
        </label>
        <label>
          <input type="checkbox" name="overdue" value="1" checked={wish.overdue} /> overdue only
        </label>
        <button class="btn btn-sm" type="submit">
          Show
        </button>
      </form>
      <Part title="Yours" name="mine" rows={ordered(queue.mine, wish)} csrf={csrf} />
      <Part title="Free to claim, or under way" name="open" rows={ordered(queue.open, wish)} csrf={csrf} />
      <Part
        title="Back with their authors"
        name="returned"
        rows={ordered(queue.returned, wish)}
        csrf={csrf}
      />
      <Part title="On their way out" name="releasing" rows={ordered(queue.releasing, wish)} csrf={csrf} />
      {all.length === 0 ? (
        <Blank title="Nothing to check">Requests appear here when their authors submit them.</Blank>
      ) : null}
      <Precision rows={precision} />
    </>
  );
}

/** Of the last year, over all requests of this zone: what the people who wait will be told. */
function Decisions({ decided, median, p90 }: DecisionDays): VNode {
  const none = (
    <span class="f6 text-normal color-fg-muted">
      shown from {FIGURES.fewest} decisions on; {decided} so far
    </span>
  );
  return (
    <>
      <div>
        <dt>Median until decided, working days</dt>
        <dd data-testid="decision-median">{median ?? none}</dd>
      </div>
      <div>
        <dt>Nine of ten within, working days</dt>
        <dd data-testid="decision-p90">{p90 ?? none}</dd>
      </div>
    </>
  );
}

function Part(props: { title: string; name: string; rows: readonly QueueRow[]; csrf: string }): VNode | null {
  const { title, name, rows, csrf } = props;
  if (rows.length === 0) return null;
  return (
    <section class="ar-group-block" data-testid={`queue-${name}`}>
      <h2>
        {title} <span class="Counter">{rows.length}</span>
      </h2>
      <div class="av-scroll ar-files" tabIndex={0} role="region" aria-label={title}>
        <table class="ar-table">
          <thead>
            <tr>
              <th scope="col">Request</th>
              <th scope="col">State</th>
              <th scope="col">Author</th>
              <th scope="col">Submitted</th>
              <th scope="col">Age</th>
              <th scope="col">Outputs</th>
              <th scope="col">Hints</th>
              <th scope="col">Yours</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row row={row} csrf={csrf} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ row, csrf }: { row: QueueRow; csrf: string }): VNode {
  return (
    <tr data-request={row.id}>
      <td>
        <a class="text-bold" href={requestUrl(row.id)}>
          {row.workspace}
        </a>
        <div class="color-fg-muted text-small">
          {row.project} · <code>{row.id}</code>
        </div>
      </td>
      <td class="ar-nowrap">
        <StateLabel state={row.state} />
        {row.automated ? <span class="Label Label--secondary ml-1">by schedule</span> : null}
        {row.turn > 1 ? <div class="text-small color-fg-muted">turn {row.turn}</div> : null}
      </td>
      <td>{row.author.name || row.author.login}</td>
      <td class="ar-nowrap">
        <Time at={row.submittedAt} />
      </td>
      <td class="ar-nowrap">
        {count(row.age, 'day')} {row.overdue ? <span class="Label Label--danger">overdue</span> : null}
      </td>
      <td class="ar-nowrap">
        {row.outputs}, {sizeText(row.bytes)}
      </td>
      <td>
        <HintBadge hints={row.hints} />
      </td>
      <td class="ar-nowrap">
        <Yours row={row} csrf={csrf} />
      </td>
    </tr>
  );
}

function Yours({ row, csrf }: { row: QueueRow; csrf: string }): VNode | null {
  const { progress, mine, mayClaim } = row;
  if (progress)
    return (
      <>
        {progress.graded} of {row.outputs} graded{progress.signed ? ', signed' : ''}
      </>
    );
  if (mine) return <>yours</>;
  if (mayClaim !== null)
    return (
      <span class="color-fg-muted text-small" title={mayClaim.says}>
        {mayClaim.says}
      </span>
    );
  return (
    <form method="post" action={deedUrl(row.id, 'claim')}>
      <Token csrf={csrf} />
      <input type="hidden" name="back" value={requestUrl(row.id)} />
      <button class="btn btn-sm" type="submit" data-testid="claim">
        Claim
      </button>
    </form>
  );
}

/** How often a check was right, as people's answers say. */
function Precision({ rows }: { rows: readonly PrecisionRow[] }): VNode | null {
  if (rows.length === 0) return null;
  return (
    <details class="Box ar-box" data-testid="precision">
      <summary>How often each check is heeded</summary>
      <div class="av-scroll" tabIndex={0} role="region" aria-label="Checks">
        <table class="ar-table">
          <thead>
            <tr>
              <th scope="col">Check</th>
              <th scope="col">Hints shown</th>
              <th scope="col">Heeded</th>
              <th scope="col">Dismissed</th>
              <th scope="col">Precision</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ check, shown, heeded, dismissed }) => (
              <tr>
                <td>
                  {check}{' '}
                  <span class="color-fg-muted">
                    {Object.hasOwn(CHECKS, check) ? CHECKS[check as CheckId][1] : ''}
                  </span>
                </td>
                <td>{shown}</td>
                <td>{heeded}</td>
                <td>{dismissed}</td>
                <td>
                  {heeded + dismissed === 0
                    ? 'none answered'
                    : `${Math.round((100 * heeded) / (heeded + dismissed))} %`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
