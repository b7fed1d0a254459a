/** One action in full: what it runs, with what, what comes out, who uses it, how it was written. */
import {
  commandOf,
  isReusable,
  printable,
  writtenAction,
  type Action,
  type Level,
  type Pipeline,
} from '../pipeline/pipeline.ts';
import { partOf } from './study.ts';
import { some, type StudyPlan } from './plan-study.ts';

export interface Explanation {
  action: string;
  line: number;
  image: string;
  /** An image of the deployment, or another repository's action. */
  kind: 'runtime image' | 'reusable action';
  /** The words behind the image, config among them. */
  command: string[];
  database: boolean;
  dummyDataFile?: string;
  permissions?: string[];
  needs: string[];
  /** How many actions are before it in all. */
  before: number;
  neededBy: string[];
  outputs: { level: Level; name: string; pattern: string }[];
  origin?: Action['origin'];
  /** As it stands below `actions` with nothing shortened. */
  plain: string;
  /** What "run" with its name would do. */
  plan?: StudyPlan;
}

/** name: an action of this pipeline. */
export function explained(pipeline: Pipeline, name: string, plan?: StudyPlan): Explanation {
  const action = pipeline.actions.find((each) => each.name === name)!;
  const { image, needs, isDatabase, dummyDataFile, permissions, origin, at } = action;
  return {
    action: name,
    line: at.line,
    image: `${image.name}:${image.tag}`,
    kind: isReusable(image) ? 'reusable action' : 'runtime image',
    command: commandOf(action),
    database: isDatabase,
    ...(dummyDataFile !== undefined && { dummyDataFile }),
    ...(permissions && { permissions }),
    needs,
    before: partOf(pipeline, [name]).actions.length - 1,
    neededBy: pipeline.actions.filter((each) => each.needs.includes(name)).map((each) => each.name),
    outputs: action.outputs.map(({ level, name: output, pattern }) => ({ level, name: output, pattern })),
    ...(origin && { origin }),
    plain: writtenAction(action),
    ...(plan && { plan }),
  };
}

const MEANING: Record<Level, string> = {
  highly_sensitive: 'stays beside the data',
  moderately_sensitive: 'can be looked at for output checking',
  minimally_sensitive: 'kept like highly_sensitive',
};

export function explainText(one: Explanation): string {
  const rows: [string, string][] = [
    [
      'image',
      `${one.image}, ${one.kind === 'runtime image' ? 'a runtime image' : 'looked up as a reusable action'}`,
    ],
    ['command', one.command.map(shellWord).join(' ') || 'none of its own'],
    ...databaseRow(one),
    ...(one.permissions ? [['uses', one.permissions.join(', ')] satisfies [string, string]] : []),
    ['needs', needsText(one)],
    ['needed by', one.neededBy.length > 0 ? some(one.neededBy) : 'nothing'],
    ...one.outputs.map(({ level, name, pattern }, at): [string, string] => [
      at === 0 ? 'outputs' : '',
      `${pattern} (${name}): ${level}, ${MEANING[level]}`,
    ]),
    ...(one.origin ? [['written as', originText(one.origin)] satisfies [string, string]] : []),
    ...(one.plan ? [['run', runText(one.action, one.plan)] satisfies [string, string]] : []),
    ...(one.plan?.warnings ?? []).map(({ code, message, hint }): [string, string] => [
      'warning',
      `${message} ${hint} (${code})`,
    ]),
  ];
  return [
    `${one.action} (project.yaml, line ${one.line})`,
    ...rows.map(([label, text]) => `  ${label.padEnd(10)}  ${printable(text)}`),
    '',
    'In the plain form:',
    one.plain,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function databaseRow({ database, dummyDataFile }: Explanation): [string, string][] {
  if (!database) return [];
  const dummy =
    dummyDataFile === undefined
      ? 'no dummy_data_file is given'
      : `on dummy data, ${dummyDataFile} stands for it`;
  return [['database', `reads it; ${dummy}`]];
}

function needsText({ needs, before }: Explanation): string {
  if (needs.length === 0) return 'nothing';
  return before === needs.length
    ? some(needs)
    : `${some(needs)}; ${before.toLocaleString('en-GB')} actions before it in all`;
}

function originText({ forEach, defaults }: NonNullable<Action['origin']>): string {
  const values = Object.entries(forEach?.values ?? {}).map(([name, value]) => `${name} = ${value}`);
  return [
    ...(forEach ? [`${forEach.written} with ${values.join(', ')}`] : []),
    ...(defaults ? [`${defaults.join(', ')} from defaults`] : []),
  ].join('; ');
}

function runText(name: string, { runs }: StudyPlan): string {
  const own = runs.find(({ action }) => action === name)!;
  const others = runs.filter(({ action }) => action !== name).map(({ action }) => action);
  const result = own.state === 'never-run' ? 'it was never run' : `its result is ${own.result}`;
  return others.length > 0 ? `${result}; would run ${some(others)} before it` : `${result}; would run alone`;
}

/** As it could be typed: quoted where a shell would take it apart. */
function shellWord(word: string): string {
  return /^[A-Za-z0-9_./=:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
