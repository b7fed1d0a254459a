/** `/sitemap.xml`: the public pages that stay, for whoever makes them findable. Requests are found through their lists. */
import { organisations, xml } from '../../src/record/record.ts';
import type { RecordSite } from './record-site.ts';
import type { SitePages } from './visit.tsx';

const PAGES = [
  '/',
  '/requests',
  '/projects',
  '/people',
  '/orgs',
  '/permissions',
  '/releases',
  '/published',
  '/alerts',
  '/ledger/kinds',
  '/codelists',
  '/schemas',
  '/images',
  '/repositories',
  '/ledger',
  '/status',
  '/figures',
  '/provenance',
];
/** As many as the format allows in one file. */
const MOST = 50_000;

export function sitemap(add: SitePages, { deps }: RecordSite): void {
  add.open('/sitemap.xml', (visit) => {
    const g = deps.governance();
    const paths = [
      ...PAGES,
      ...(g?.projects ?? []).map(({ id }) => `/projects/${encodeURIComponent(id)}`),
      ...(g?.backends ?? []).map(({ id }) => `/status/${encodeURIComponent(id)}`),
      ...(g ? organisations(g) : []).map((id) => `/orgs/${encodeURIComponent(id)}`),
      ...(g?.schemas ?? []).map(({ dataset }) => `/schemas/${encodeURIComponent(dataset)}`),
      ...(g?.people ?? []).map(({ id }) => `/people/${id}`),
    ].slice(0, MOST);
    visit.response
      .type('application/xml')
      .send(
        [
          '<?xml version="1.0" encoding="UTF-8"?>',
          '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
          ...paths.map((path) => `<url><loc>${xml(`${deps.origin}${path}`)}</loc></url>`),
          '</urlset>',
          '',
        ].join('\n'),
      );
  });
  add.open('/robots.txt', (visit) => {
    const text = ['User-agent: *', 'Disallow: /search', `Sitemap: ${deps.origin}/sitemap.xml`, ''];
    visit.response.type('text').send(text.join('\n'));
  });
}
