/** What worlds write into the log is held against the schema that the hub publishes. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import type { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import { ledgerSchema } from '../../src/ledger/ledger.ts';
import { sha256 } from '../../src/lib/hash.ts';

type Fits = (entry: unknown) => boolean;

const require = createRequire(import.meta.url);
let fits: Fits | undefined;

/** The same entries; throws for one that is of no kind of the schema. */
export function fitting<T>(entries: readonly T[]): T[] {
  fits ??= validator(ledgerSchema('https://hub.example.org/schemas/ledger/entry.json'));
  for (const entry of entries)
    if (!fits(entry))
      throw new Error(`an entry that the published schema does not know: ${JSON.stringify(entry)}`);
  return [...entries];
}

/** Half a second of work that most worlds want: whoever is the first to want this schema does it for all. */
function validator(schema: object): Fits {
  const file = join(tmpdir(), `sallyport-test-schema-${sha256(JSON.stringify(schema)).slice(0, 16)}.cjs`);
  if (!existsSync(file)) {
    const beside = `${file}.${process.pid}`;
    writeFileSync(beside, codeFor(schema));
    renameSync(beside, file);
  }
  const module: { exports?: Fits } = {};
  const load = runInThisContext(`(module, require) => {${readFileSync(file, 'utf8')}\n}`) as (
    own: typeof module,
    from: NodeJS.Require,
  ) => void;
  load(module, require);
  if (!module.exports) throw new Error(`no validator in ${file}`);
  return module.exports;
}

function codeFor(schema: object): string {
  const { Ajv2020 } = require('ajv/dist/2020.js') as { Ajv2020: typeof Ajv };
  const { default: write } = require('ajv/dist/standalone/index.js') as {
    default: (ajv: object, fits: object) => string;
  };
  const ajv = new Ajv2020({ strict: false, validateFormats: false, code: { source: true } });
  return write(ajv, ajv.compile(schema));
}
