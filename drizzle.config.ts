import { defineConfig } from 'drizzle-kit';

// The schema is plain data, so that drizzle-kit needs no database: `npm run migration`.
const config = defineConfig({
  dialect: 'postgresql',
  schema: './src/db/schema/*.ts',
  out: './src/db/migrations',
  casing: 'snake_case',
});

export { config as default };
