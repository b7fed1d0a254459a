/** `/alerts`, and the banner of every page: what governance tells everybody for a while. */
import type { VNode } from 'preact';
import type { Alert, Governance } from '../../src/governance/governance.ts';
import { allAlerts, type FeedItem } from '../../src/record/record.ts';
import { Markdown, seen } from '../ui/markdown.tsx';
import { PageHead, TimeOf } from '../ui/shell.tsx';
import { feedPages, feedsAt, newest } from './feeds.ts';
import { pageHead, ProjectLink, siteName, BackendLink } from './record-parts.tsx';
import type { RecordSite } from './record-site.ts';
import type { SitePages } from './visit.tsx';

const ABOUT = 'What everybody should know for a while: maintenance, trouble, changes.';
const TONE = { info: '', warning: 'flash-warn', danger: 'flash-error' } as const;
const WHEN = { now: 'shown now', later: 'to come', over: 'over' } as const;

export function alertPages(add: SitePages, { deps }: RecordSite): void {
  add.open('/alerts', (visit) => {
    const g = deps.governance();
    const site = siteName(g);
    const all = allAlerts(g, deps.clock.now());
    visit.show({
      title: 'Alerts',
      // They stand on the page itself.
      withoutAlerts: true,
      head: pageHead({
        ...{ origin: deps.origin, path: '/alerts', title: `Alerts of ${site}`, about: ABOUT, site },
        feeds: feedsAt('/alerts'),
      }),
      body: (
        <>
          <PageHead title="Alerts" about={ABOUT} />
          {all.length === 0 ? <p data-testid="none">There are none.</p> : null}
          {all.map(({ alert, when }) => (
            <article
              class={`Box p-3 mb-3 ${when === 'over' ? 'color-fg-muted' : ''}`}
              id={alert.id}
              data-testid="alert"
            >
              <h2 class="f4 mb-1">{seen(alert.title)}</h2>
              <p class="mb-2">
                <span class={`Label ${when === 'now' ? LABEL[alert.level] : ''}`}>{LEVEL[alert.level]}</span>{' '}
                {WHEN[when]}: <TimeOf at={alert.from} /> to <TimeOf at={alert.until} />
                <Scope alert={alert} g={g} />
              </p>
              <Markdown text={alert.text} />
            </article>
          ))}
          <p class="color-fg-muted">
            Also as <a href="/alerts.atom">Atom</a> and <a href="/alerts.feed">JSON Feed</a>, for programs as{' '}
            <a href="/alerts.json">JSON</a>.
          </p>
        </>
      ),
    });
  });
  feedPages(add, deps.origin, '/alerts', () => {
    const g = deps.governance();
    // Whoever follows it hears of an alert when it begins, not before.
    const items = allAlerts(g, deps.clock.now())
      .filter(({ when }) => when !== 'later')
      .map(({ alert }) => itemOf(alert, deps.origin, siteName(g)));
    return { title: `Alerts of ${siteName(g)}`, updated: newest(items), items };
  });
  add.open('/alerts.json', ({ response }) => {
    const alerts = allAlerts(deps.governance(), deps.clock.now()).map(({ alert, when }) => ({
      ...alert,
      from: new Date(alert.from).toISOString(),
      until: new Date(alert.until).toISOString(),
      when,
    }));
    response.json({ alerts });
  });
}

const LEVEL = { info: 'notice', warning: 'warning', danger: 'danger' } as const;
const LABEL = { info: 'Label--accent', warning: 'Label--attention', danger: 'Label--danger' } as const;

function Scope({ alert: { scope }, g }: { alert: Alert; g: Governance | undefined }): VNode | null {
  const { projects = [], backends = [] } = scope ?? {};
  if (projects.length + backends.length === 0) return null;
  return (
    <>
      {', for '}
      {[
        ...projects.map((id) => <ProjectLink id={id} />),
        ...backends.map((id) => <BackendLink id={id} governance={g} />),
      ].map((link, at) => (
        <>
          {at > 0 ? ', ' : ''}
          {link}
        </>
      ))}
    </>
  );
}

function itemOf(alert: Alert, origin: string, site: string): FeedItem {
  return {
    url: `${origin}/alerts#${alert.id}`,
    title: `${LEVEL[alert.level]}: ${seen(alert.title)}`,
    summary: seen(alert.text, '\n'),
    author: site,
    published: alert.from,
    updated: alert.from,
  };
}

/** Above a page: the worst first. */
export function AlertBanner({ alerts }: { alerts: readonly Alert[] }): VNode | null {
  if (alerts.length === 0) return null;
  return (
    <section aria-label="Alerts" data-testid="alerts">
      {alerts.map(({ id, level, title, text, until }) => (
        <div class={`flash ${TONE[level]} mb-3`}>
          <strong>{seen(title)}</strong>
          <Markdown text={text} />
          <span class="text-small">
            Until <TimeOf at={until} />. <a href={`/alerts#${encodeURIComponent(id)}`}>All alerts</a>
          </span>
        </div>
      ))}
    </section>
  );
}
