/** The zone's log, for auditors and operators: who did what, who looked at what. */
import type { VNode } from 'preact';
import type { AuditFilter, AuditRow } from '../../../agent/airlock/face.ts';
import { isRefusal } from '../../../src/lib/refusal.ts';
import type { Pages, ViewerParts, Visit } from '../parts.ts';
import { Blank, Heading } from '../shell/frame.tsx';
import { Time } from '../shell/marks.tsx';
import { requestAt } from './addresses.ts';

const ROWS = 100;

export function auditRoutes(pages: Pages, { room }: ViewerParts): void {
  pages.get('/audit', async (visit) => {
    const ask = (name: string): string => String(visit.request.query[name] ?? '').trim();
    const filter = filterOf(ask);
    const rows = await room.auditLog(visit.person.id, filter);
    if (isRefusal(rows)) return visit.notFound();
    await room.log({ type: 'AUDIT_VIEW', person: visit.person.id, session: visit.session.id });
    visit.show({ title: 'Audit', wide: true, body: <Audit {...{ visit, rows, ask }} /> });
  });
}

function filterOf(ask: (name: string) => string): AuditFilter {
  const whole = (name: string): number | undefined =>
    /^[0-9]{1,15}$/.test(ask(name)) ? Number(ask(name)) : undefined;
  const day = (name: string, later = 0): number | undefined => {
    const at = /^\d{4}-\d{2}-\d{2}$/.test(ask(name)) ? Date.parse(`${ask(name)}T00:00:00Z`) : NaN;
    return Number.isNaN(at) ? undefined : at + later;
  };
  const type = /^[A-Z_]{1,60}$/.test(ask('type')) ? ask('type') : undefined;
  return {
    person: whole('person'),
    workspace: ask('workspace') || undefined,
    request: /^[a-z0-9]{16}$/.test(ask('request')) ? ask('request') : undefined,
    type,
    since: day('since'),
    until: day('until', 86_400_000),
    views: ask('views') === '1',
    before: whole('before'),
    count: ROWS,
  };
}

const FIELDS = [
  ['person', 'Person (number)', 'text'],
  ['workspace', 'Workspace', 'text'],
  ['request', 'Request', 'text'],
  ['type', 'Type', 'text'],
  ['since', 'From', 'date'],
  ['until', 'To', 'date'],
] as const;

function Audit(props: { visit: Visit; rows: readonly AuditRow[]; ask: (name: string) => string }): VNode {
  const { rows, ask } = props;
  return (
    <>
      <Heading title="Audit" note="Looking here is recorded too." />
      <form method="get" action="/audit" class="va-form-row mb-3">
        {FIELDS.map(([name, label, type]) => (
          <label>
            <span class="d-block text-small text-bold">{label}</span>
            {type === 'date' ? (
              <input class="form-control input-sm" type="date" name={name} value={ask(name)} />
            ) : (
              <input
                class="form-control input-sm"
                type="text"
                name={name}
                value={ask(name)}
                maxLength={200}
              />
            )}
          </label>
        ))}
        <label class="va-check">
          <input type="checkbox" name="views" value="1" checked={ask('views') === '1'} /> looks too
        </label>
        <button class="btn btn-sm" type="submit">
          Filter
        </button>
      </form>
      {rows.length === 0 ? (
        <Blank title="Nothing found">
          No entry fits. <a href="/audit">Show everything</a>.
        </Blank>
      ) : (
        <Rows rows={rows} ask={ask} />
      )}
    </>
  );
}

function Rows({ rows, ask }: { rows: readonly AuditRow[]; ask: (name: string) => string }): VNode {
  const older = new URLSearchParams(
    [...FIELDS.map(([name]) => name), 'views']
      .map((name) => [name, ask(name)])
      .filter(([, value]) => value !== ''),
  );
  older.set('before', String(rows.at(-1)?.id));
  return (
    <>
      <div class="Box va-scroll" tabIndex={0} role="region" aria-label="Entries">
        <table class="va-table" data-testid="audit">
          <thead>
            <tr>
              {['When', 'What', 'Who', 'Workspace', 'Request', 'File', 'SHA-256', 'Details'].map(
                (heading) => (
                  <th scope="col">{heading}</th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr>
                <td class="va-when">
                  <Time at={row.at} />
                </td>
                <td>
                  <code>{row.type}</code>
                </td>
                <td>{whoText(row)}</td>
                <td>{row.workspace}</td>
                <td>{row.request ? <a href={requestAt(row.request)}>{row.request}</a> : null}</td>
                <td class="va-path">{row.path}</td>
                <td>
                  <code title={row.sha256 ?? ''}>{row.sha256?.slice(0, 12)}</code>
                </td>
                <td class="va-path">{detailsText(row.details)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="mt-3">
        {rows.length === ROWS ? (
          <a class="btn" href={`/audit?${older.toString()}`}>
            Older
          </a>
        ) : (
          <span class="va-note">That is all.</span>
        )}
      </p>
    </>
  );
}

function whoText({ person, type }: AuditRow): string {
  if (person) return person.login || String(person.id);
  return type === 'LOGIN_FAILED' ? 'unknown' : 'airlock';
}

function detailsText(details: Record<string, unknown>): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' · ')
    .slice(0, 300);
}
