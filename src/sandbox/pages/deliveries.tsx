/** An App's recent deliveries, with payload and redelivery, as in GitHub's settings of an App. */
import type { VNode } from 'preact';
import type { DeliveryRow } from './backend.ts';
import { ButtonForm, Layout, Time, type View } from './layout.tsx';

const MOST_CHARACTERS = 20_000;

export function Deliveries({ view, slug, rows }: { view: View; slug: string; rows: DeliveryRow[] }): VNode {
  return (
    <Layout view={view} title={`Deliveries · ${slug}`}>
      <h1 class="f3 mb-3">Recent deliveries to {slug}</h1>
      <div class="Box" data-testid="deliveries">
        {rows.map((row) => (
          <div class="Box-row">
            <div class="sp-row">
              <span class={`sp-dot ${row.status === 'OK' ? 'sp-success' : 'sp-failure'}`} title={row.status}>
                {row.status === 'OK' ? '✓' : '✗'}
              </span>
              <code>
                {row.event}
                {row.action ? `.${row.action}` : ''}
              </code>
              <span class="sp-grow color-fg-muted text-small">
                {row.guid} · {row.statusCode || row.status} {row.redelivery ? '· redelivery' : ''} ·{' '}
                <Time at={row.at} />
              </span>
              <ButtonForm
                view={view}
                action={`/settings/apps/${slug}/redeliver`}
                label="Redeliver"
                testid="redeliver"
                fields={{ id: row.id }}
              />
            </div>
            <details>
              <summary class="text-small">Payload</summary>
              <pre class="text-small">{row.payload.slice(0, MOST_CHARACTERS)}</pre>
            </details>
          </div>
        ))}
      </div>
    </Layout>
  );
}
