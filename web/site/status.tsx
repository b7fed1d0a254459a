/**
 * `/status`: how the backends are. `/status/<id>` tells a browser the same of one, and a program that looks after
 * it the time of its last contact: 200, or 503 when it has been silent for too long.
 */
import type { VNode } from 'preact';
import { isoTime } from '../../src/lib/clock.ts';
import {
  pausedFor,
  pausedJson,
  pausedNow,
  shownBackends,
  UPTIME_DAYS,
  type BackendState,
  type Paused,
  type ShownBackend,
} from '../../src/record/record.ts';
import { PageHead, TimeOf } from '../ui/shell.tsx';
import { feedsAt } from './feeds.ts';
import { Table } from './parts.tsx';
import { PausedBanner } from './paused.tsx';
import { pageHead, siteName } from './record-parts.tsx';
import type { RecordSite } from './record-site.ts';
import type { SitePages } from './visit.tsx';

export function statusPages(add: SitePages, { deps, since }: RecordSite): void {
  add.open('/status', async (visit) => {
    const backends = await shownBackends(deps, since);
    visit.show({
      title: 'Status',
      about: { backends: backends.map(({ id }) => id) },
      head: pageHead({
        origin: deps.origin,
        path: '/status',
        title: 'Status',
        about: ABOUT,
        site: siteName(deps.governance()),
        feeds: feedsAt('/status'),
      }),
      body: <Status backends={backends} paused={await pausedNow(deps)} />,
    });
  });
  add.open('/status.json', async (visit) => {
    visit.response.json({
      at: isoTime(deps.clock.now()),
      paused: pausedJson(await pausedNow(deps)),
      backends: (await shownBackends(deps, since)).map(jsonOf),
    });
  });
  add.open('/status/:id', async (visit) => {
    const { request, response } = visit;
    const backend = (await shownBackends(deps, since)).find(({ id }) => id === request.params['id']);
    if (!backend) return visit.notFound();
    response.vary('accept');
    if (request.accepts(['text', 'html']) === 'html')
      return visit.show({
        title: backend.name,
        about: { backends: [backend.id] },
        head: pageHead({
          ...{ origin: deps.origin, path: `/status/${encodeURIComponent(backend.id)}`, title: backend.name },
          ...{ about: `${ABOUT} This one: ${SAYS[backend.state]}.`, site: siteName(deps.governance()) },
          feeds: feedsAt('/status'),
        }),
        body: (
          <OneBackend
            origin={deps.origin}
            backend={backend}
            paused={pausedFor(await pausedNow(deps), { backends: [backend.id] })}
          />
        ),
      });
    const said = backend.lastContact === null ? 'never' : isoTime(backend.lastContact);
    response
      .status(backend.state === 'silent' ? 503 : 200)
      .type('text')
      .send(`${said}\n`);
  });
}

const ABOUT = 'Where jobs run, and whether they do at this moment.';
const SAYS = {
  working: 'working',
  paused: 'paused: what waits is held',
  maintained: 'maintained: what asks its database waits',
  silent: 'silent: no agent calls',
  retired: 'not in use',
} as const satisfies Record<BackendState, string>;
const TONE = {
  working: 'Label--success',
  paused: 'Label--attention',
  maintained: 'Label--attention',
  silent: 'Label--danger',
  retired: '',
} as const;

function State({ backend: { state, pausedAt, maintenance, database } }: { backend: ShownBackend }): VNode {
  return (
    <>
      <span class={`Label ${TONE[state]}`}>{SAYS[state]}</span>
      {state === 'paused' && pausedAt !== null ? (
        <>
          {' since '}
          <TimeOf at={pausedAt} />
        </>
      ) : null}
      {maintenance === null ? null : <Maintained {...maintenance} on={state === 'maintained'} />}
      {database?.word === 'unreachable' ? (
        <>
          {' Its database cannot be reached since '}
          <TimeOf at={database.since} />
        </>
      ) : null}
    </>
  );
}

function Maintained({
  from,
  until,
  saidBy,
  on,
}: NonNullable<ShownBackend['maintenance']> & { on: boolean }): VNode {
  return (
    <>
      {on ? ' since ' : ' Its database is maintained from '}
      <TimeOf at={from} />
      {until === null ? null : (
        <>
          {' until '}
          <TimeOf at={until} />
        </>
      )}
      {saidBy === 'database' ? ', as the database itself says' : null}
    </>
  );
}

function Status({
  backends,
  paused,
}: {
  backends: readonly ShownBackend[];
  paused: readonly Paused[];
}): VNode {
  return (
    <>
      <PageHead title="Status" about={ABOUT} />
      <PausedBanner paused={paused} />
      <Table
        label="Backends"
        name="backends"
        heads={[
          ['Backend', 'name'],
          ['State'],
          ['Data'],
          ['Last contact', 'short'],
          [`Uptime, ${UPTIME_DAYS} days`, 'num'],
          ['Running', 'num'],
          ['Waiting', 'num'],
        ]}
      >
        {backends.map((backend) => (
          <tr>
            <td class="sp-name">
              <a href={`/status/${encodeURIComponent(backend.id)}`}>{backend.name}</a>
            </td>
            <td>
              <State backend={backend} />
            </td>
            <td>{backend.data}</td>
            <td class="sp-short">
              {backend.lastContact === null ? 'never' : <TimeOf at={backend.lastContact} />}
            </td>
            <td class="sp-num">{percent(backend.uptime)}</td>
            <td class="sp-num">{backend.running}</td>
            <td class="sp-num">{backend.waiting}</td>
          </tr>
        ))}
      </Table>
      <p class="color-fg-muted">
        For programs: <a href="/status.json">JSON</a>, and the address of each backend as a probe; changes as{' '}
        <a href="/status.atom">Atom</a> and <a href="/status.feed">JSON Feed</a>.
      </p>
    </>
  );
}

function OneBackend(props: { origin: string; backend: ShownBackend; paused: readonly Paused[] }): VNode {
  const { origin, backend, paused } = props;
  const { id, lastContact, data, running, waiting } = backend;
  return (
    <>
      <PageHead title={backend.name} about="A backend: where jobs run next to the data." />
      <PausedBanner paused={paused} />
      <dl class="sp-facts" data-testid="facts">
        <dt>State</dt>
        <dd>
          <State backend={backend} />
        </dd>
        <dt>Data</dt>
        <dd>{data}</dd>
        <dt>Last contact</dt>
        <dd>{lastContact === null ? 'never' : <TimeOf at={lastContact} />}</dd>
        <dt>Uptime</dt>
        <dd data-testid="uptime">
          {percent(backend.uptime)} of the last {UPTIME_DAYS} days, as far as this hub was there to see
        </dd>
        <dt>Jobs</dt>
        <dd>
          {running} running, {waiting} waiting
        </dd>
        <dt>Requests</dt>
        <dd>
          <a href={`/requests?backend=${encodeURIComponent(id)}`}>what was asked to run here</a>
        </dd>
        <dt>Probe</dt>
        <dd>
          <code>
            curl -f {origin}/status/{encodeURIComponent(id)}
          </code>{' '}
          gives the time of the last contact, and fails while the backend is silent.
        </dd>
      </dl>
    </>
  );
}

/** Never rounded up to all of it. */
const percent = (part: number): string => `${(Math.floor(part * 10_000) / 100).toFixed(2)} %`;

function jsonOf({ lastContact, pausedAt, maintenance, database, ...rest }: ShownBackend): object {
  const time = (at: number | null): string | null => (at === null ? null : isoTime(at));
  const maintained = maintenance && {
    from: time(maintenance.from),
    until: time(maintenance.until),
    type: maintenance.saidBy === 'database' ? 'scheduled' : 'manual',
  };
  return {
    ...rest,
    pausedAt: time(pausedAt),
    maintenance: maintained,
    database: database && { word: database.word, since: time(database.since) },
    lastContact: time(lastContact),
  };
}
