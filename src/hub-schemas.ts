/** JSON Schemas for whoever writes a study or governance files, or reads the log: public, at addresses that stay. */
import { Router } from 'express';
import { governanceSchemas } from './governance/governance.ts';
import { ledgerSchema } from './ledger/ledger.ts';
import { projectJsonSchema } from './pipeline/pipeline.ts';
import { tablesJsonSchema } from './tables/tables.ts';

const PLACE = '/schemas/governance';
const ENTRY = '/schemas/ledger/entry.json';
/** The editor settings in the skeleton of a study name it. */
const PROJECT = '/schemas/project.json';

/** The form of `/schemas.json` and of each dataset's. */
const TABLES = '/schemas/tables.json';

export function schemaRoutes(origin: string): Router {
  const schemas = whenAsked(() => governanceSchemas(`${origin}${PLACE}`));
  const pages = Router();
  // Editors in browsers ask from other origins.
  pages.use('/schemas', (_request, response, next) => {
    response.set({ 'access-control-allow-origin': '*', 'x-content-type-options': 'nosniff' });
    next();
  });
  pages.get(PLACE, (_request, response) => {
    const index = schemas().map(({ name, files }) => [files, `${origin}${PLACE}/${name}.json`] as const);
    response.set('cache-control', 'public, max-age=300').json(Object.fromEntries(index));
  });
  pages.get(`${PLACE}/:name.json`, (request, response, next) => {
    const { schema } = schemas().find(({ name }) => name === request.params.name) ?? {};
    if (!schema) return next();
    response.set('cache-control', 'public, max-age=300').type('application/schema+json');
    response.send(JSON.stringify(schema, null, 2));
  });
  const fixed: [string, (id: string) => object][] = [
    [ENTRY, ledgerSchema],
    [PROJECT, projectJsonSchema],
    [TABLES, tablesJsonSchema],
  ];
  for (const [place, schemaOf] of fixed) {
    const text = whenAsked(() => JSON.stringify(schemaOf(`${origin}${place}`), null, 2));
    pages.get(place, (_request, response) => {
      response.set('cache-control', 'public, max-age=300').type('application/schema+json').send(text());
    });
  }
  return pages;
}

/** Made once, for whoever asks first: few do, and a hub that starts would make all of them before it answers anybody. */
function whenAsked<T extends object | string>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
