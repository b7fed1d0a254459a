/** What worlds write into the log is held against the schema that the hub publishes. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { ledgerSchema } from '../../src/ledger/ledger.ts';

let fits: ValidateFunction | undefined;

/** The same entries; throws for one that is of no kind of the schema. */
export function fitting<T>(entries: readonly T[]): T[] {
  fits ??= new Ajv2020({ strict: false, validateFormats: false }).compile(
    ledgerSchema('https://hub.example.org/schemas/ledger/entry.json'),
  );
  for (const entry of entries)
    if (!fits(entry))
      throw new Error(`an entry that the published schema does not know: ${JSON.stringify(entry)}`);
  return [...entries];
}
