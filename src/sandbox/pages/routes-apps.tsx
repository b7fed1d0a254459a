/** Home and the App's deliveries. */
import type { PagesBackend } from './backend.ts';
import { Deliveries } from './deliveries.tsx';
import { Home } from './home.tsx';
import type { Pages } from './pages.ts';

export function appPages(add: Pages, backend: PagesBackend): void {
  add.get('/', async (visit) => visit.show(<Home view={visit.view} />));
  add.get('/settings/apps/:slug', async (visit) => {
    const slug = String(visit.request.params['slug']);
    if (!backend.apps().some((app) => app.slug === slug)) return visit.notFound();
    visit.show(<Deliveries view={visit.view} slug={slug} rows={backend.deliveries(slug)} />);
  });
  add.post('/settings/apps/:slug/redeliver', async (visit) => {
    await backend.redeliver(String((visit.request.body as { id?: string }).id));
    visit.done({ status: 200, data: undefined });
  });
}
