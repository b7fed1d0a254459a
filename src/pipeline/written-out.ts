/**
 * The plain form of a project: what it means with nothing left that `for_each`, `defaults`, anchors or aliases shorten.
 * Reading it again gives the same actions.
 */
import { LEVELS, type Action, type Json, type Pipeline } from './types.ts';
import { plainValue } from './tree.ts';

/** A whole project.yaml. */
export function writtenOut({ version, populationSize, actions }: Pipeline): string {
  return [
    `version: ${version}`,
    ...(version === 3 ? ['expectations:', `  population_size: ${populationSize}`] : []),
    actions.length > 0 ? 'actions:' : 'actions: {}',
    ...actions.map((action) => `${writtenAction(action)}`),
    '',
  ].join('\n');
}

/** As it stands below `actions`, indented by two. */
export function writtenAction(action: Action): string {
  const { name, run, needs, config, dummyDataFile, permissions, outputs } = action;
  const list = (texts: readonly string[]): string => `[${texts.map(inFlow).join(', ')}]`;
  const lines = [
    `  ${text(name)}:`,
    `    run: ${text(run)}`,
    ...(needs.length > 0 ? [`    needs: ${list(needs)}`] : []),
    ...(permissions ? [`    permissions: ${list(permissions)}`] : []),
    ...(config
      ? ['    config:', ...Object.entries(config).map(([key, value]) => `      ${text(key)}: ${json(value)}`)]
      : []),
    ...(dummyDataFile === undefined ? [] : [`    dummy_data_file: ${text(dummyDataFile)}`]),
    '    outputs:',
  ];
  for (const level of LEVELS) {
    const mine = outputs.filter((output) => output.level === level);
    if (mine.length > 0) lines.push(`      ${level}:`);
    for (const output of mine) lines.push(`        ${text(output.name)}: ${text(output.pattern)}`);
  }
  return lines.join('\n');
}

/** Without quotes where nobody could read it as anything else. */
function text(value: string): string {
  const plain = /^[A-Za-z0-9_/](?:[A-Za-z0-9_./*=+-]| (?=[^ #])|:(?=[A-Za-z0-9]))*$/.test(value);
  return plain && plainValue(value) === value ? value : quoted(value);
}

const inFlow = (value: string): string =>
  /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(value) ? text(value) : quoted(value);

/** JSON's escapes mean the same in YAML; what a file may not hold as it is, it may hold escaped. */
function quoted(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const json = (value: Json): string => (typeof value === 'string' ? text(value) : quotedJson(value));

function quotedJson(value: Json): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(quotedJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, part]) => `${quoted(key)}: ${quotedJson(part)}`)
    .join(', ')}}`;
}
