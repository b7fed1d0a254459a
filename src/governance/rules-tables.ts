/** Rules of `schemas/`: each is of a dataset, and what its tables say can be. */
import { tableFaults } from '../tables/tables.ts';
import type { Rule } from './facts.ts';
import { words } from './words.ts';

export const tablesAreWhole: Rule = ({ schemas }) => {
  const sources = new Map(schemas.map(({ value, source }) => [value.dataset, source]));
  return tableFaults(schemas.map(({ value }) => value)).map(({ dataset, path, key, message }) => {
    // Places in lists are numbers.
    const at = path.map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    return sources.get(dataset)!.at(at, 'governance.schema', message, { key });
  });
};

export const tablesAreOfDatasets: Rule = ({ schemas, backends, known }) => {
  // A backend that could not be read may hold the dataset.
  if (backends.length !== known.backend?.size) return [];
  const real = new Set(backends.flatMap(({ value }) => value.datasets));
  return schemas
    .filter(({ value }) => !real.has(value.dataset))
    .map(({ value, source }) =>
      source.at([], 'governance.unknown-reference', words.noDataset(value.dataset)),
    );
};
