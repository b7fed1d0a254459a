/**
 * A group's context as people write it, and as the checks read it. It is one text, so that it is shown,
 * graded and kept as one; lines that begin with these words are read as figures.
 */
import type { GroupContext } from '../../src/disclosure/disclosure.ts';
import type { FileFacts } from '../../src/disclosure/disclosure.ts';
import type { Controls } from '../../src/release/types.ts';

export interface ContextFields {
  /** Why it is asked for, which variables, how it relates to other outputs. */
  text: string;
  population: string;
  populationSize: string;
  n: string;
  df: string;
}

const LINES = [
  ['population', 'Population'],
  ['populationSize', 'Population size'],
  ['n', 'n'],
  ['df', 'Degrees of freedom'],
] as const satisfies readonly (readonly [keyof ContextFields, string])[];

/** One text from the fields of the form. `contextFields` gives them back. */
export function contextText(fields: ContextFields): string {
  const lines = LINES.flatMap(([field, label]) => {
    const value = fields[field].replace(/\s+/g, ' ').trim();
    return value === '' ? [] : [`${label}: ${value}`];
  });
  return [fields.text.trim(), lines.join('\n')].filter((part) => part !== '').join('\n\n');
}

export function contextFields(text: string): ContextFields {
  const fields: ContextFields = { text: '', population: '', populationSize: '', n: '', df: '' };
  const rest = text.split('\n').filter((line) => {
    const found = LINES.find(([, label]) => line.toLowerCase().startsWith(`${label.toLowerCase()}:`));
    if (!found || fields[found[0]] !== '') return true;
    fields[found[0]] = line.slice(found[1].length + 1).trim();
    return false;
  });
  return { ...fields, text: rest.join('\n').trim() };
}

export function groupContext(name: string, text: string): GroupContext {
  const { text: why, population, populationSize, n, df } = contextFields(text);
  return {
    name,
    text: why,
    ...(population === '' ? {} : { population }),
    ...numbered('populationSize', populationSize),
    ...numbered('n', n),
    ...numbered('df', df),
  };
}

function numbered<K extends string>(key: K, text: string): Partial<Record<K, number>> {
  const value = Number(text.replace(/[\s,']/g, ''));
  return text === '' || !Number.isFinite(value) ? {} : ({ [key]: value } as Partial<Record<K, number>>);
}

const METHODS: Readonly<Record<string, NonNullable<FileFacts['controls']>['method']>> = {
  rounding: 'round',
  midpoint: 'midpoint6',
  suppression: 'redact',
  none: 'none',
};

/** What the checks are told of a file's group: the population, and how numbers were hidden. */
export function declaredFacts(context: string, controls: Controls | null): FileFacts {
  const { populationSize } = groupContext('', context);
  const method = controls ? METHODS[controls.method] : undefined;
  return {
    ...(populationSize === undefined ? {} : { population: populationSize }),
    ...(controls
      ? {
          controls: {
            ...(controls.threshold === null ? {} : { threshold: controls.threshold }),
            ...(controls.base === null ? {} : { base: controls.base }),
            ...(method ? { method } : {}),
          },
        }
      : {}),
  };
}
