import { defineConfig } from 'drizzle-kit';

// The airlock's own tables: `npm run migration:airlock`.
const config = defineConfig({
  dialect: 'postgresql',
  schema: './agent/airlock/schema/*.ts',
  out: './agent/airlock/migrations',
  casing: 'snake_case',
});

export { config as default };
