/** Every sentence the governance room says. */
import type { z } from 'zod';

const quoted = (list: readonly string[]): string => list.map((name) => `"${name}"`).join(', ');

export const words = {
  tooLarge: (max: number) => `The file is larger than ${max} characters.`,
  tooMuch: 'All files of governance together are larger than anyone can read: this one was left out.',
  tooLargeHint: 'Write one file for each project, and take out what no longer holds.',
  notAFile: 'This is a link or a folder of another repository, not a file.',
  notAFileHint: 'Write the file itself here.',
  notText: 'This character is not UTF-8.',
  notTextHint: 'Save the file as UTF-8.',
  tooDeep: 'The file nests deeper, or holds a longer mapping, than anyone can read.',
  empty: 'The file is empty.',
  yaml: (message: string) => `This is not YAML: ${message}.`,
  tabHint: 'Indent with spaces.',
  duplicateKey: (key: string) => `The key "${key}" is given twice.`,
  duplicateKeyHint: 'Keep one of them.',
  loginTwice: (login: string, one: number, other: number) =>
    `The login "${login}" stands under two ids, ${one} and ${other}.`,
  loginTwiceHint: 'A person has one numeric id: remove one entry, or correct its login.',
  accountUnknown: (id: number) => `GitHub knows no account with the id ${id}.`,
  accountUnknownHint: 'Look it up: https://api.github.com/users/<login> says the id of a login.',
  accountNoPerson: (id: number, type: string) =>
    `The account ${id} is no person: GitHub calls it ${type === 'Organization' ? 'an organisation' : 'a program'}.`,
  accountNoPersonHint: 'Register the people who act, each with an account of their own.',
  accountLogin: (id: number, found: string, written: string) =>
    `The account ${id} is called "${found}" on GitHub, not "${written}".`,
  accountLoginHint: 'Find out which of the two is meant, and correct the other.',
  accountNotAsked: (id: number) => `GitHub was not asked who the account ${id} is.`,
  accountNotAskedHint: (most: number) => `At most ${most} new entries are compared in one change: split it.`,
  machineAccount: (id: number) => `The account ${id} is listed in policies.yml as a program's (review.bots).`,
  machineAccountHint: 'An account that programs use is nobody: take it out of one of the two lists.',
  untilMissingHint: 'Every right ends: write the last day on which it holds, like "until: 2027-02-28".',
  keyHint: (guess: string | undefined, known: readonly string[]) =>
    guess === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean "${guess}"?`,
  missingFileHint: 'Add it; docs/governance.md shows what stands in it.',
  secondDocument: 'The file holds a second document ("---").',
  notPlain: {
    anchor: 'Anchors ("&name") are not taken: write the value where it belongs.',
    alias: 'Aliases ("*name") are not taken: write the value where it belongs.',
    tag: 'Tags ("!name") are not taken.',
    'odd-key': 'A key here must be a plain word; merge keys ("<<") are not taken.',
  },
  missingFile: (path: string) => `${path} is missing.`,
  notAList: (path: string) => `${path} must be a list.`,
  notAMap: (path: string) => `${path} must be a mapping of names to entries.`,
  misnamed: (path: string) => `${path} would be ignored.`,
  misnamedHint: (right: string) => `Name it ${right}.`,
  fileName: (id: string) => `The project's id is "${id}", so the file must be projects/${id}.yml.`,

  twice: (what: string, id: string | number) => `The ${what} "${id}" is given twice.`,
  unknown: (what: string, id: string | number) => `There is no ${what} "${id}".`,
  unknownHint: (file: string) => `Add it to ${file}, or correct the name.`,
  repoTwice: (id: number, project: string) => `Repository ${id} already belongs to project "${project}".`,
  untilLater: (until: string, limit: string, whose: string) =>
    `This holds until ${until}, later than ${whose} (${limit}).`,
  untilHint: (limit: string) => `Write ${limit} or an earlier day.`,
  fromNotBefore: (from: string, until: string) => `"from" (${from}) must be before "until" (${until}).`,
  keyReused: 'This key is used twice; every agent and viewer has its own.',
  noViewerKey: 'This backend holds real data and has no viewer key: no output can be looked at or released.',
  noAgentKey: 'This backend is active and has no agent key: nothing can run on it.',
  weightTooHeavy: (weight: number, pool: number) =>
    `A weight of ${weight} never fits the smaller pool, which has ${pool} slots: such a job would wait for ever.`,
  retiresSoon: (image: string, on: string, days: number) =>
    `The image ${image} no longer runs from ${on} on, in ${days} ${days === 1 ? 'day' : 'days'}.`,
  retiresSoonHint: (replacedBy: string | undefined) =>
    replacedBy === undefined
      ? 'Ask the governance team what takes its place.'
      : `Move to ${replacedBy}, and run the action anew before that day.`,
  replacedByItself: 'An image cannot take its own place.',
  replacedByGone: (image: string, on: string) =>
    `${image} itself retires on ${on}, no later than what it is to replace.`,
  imageIdOnly: 'An image without a digest can only run on backends with dummy data.',
  noTraining: (backend: string) =>
    `Without training on record this person cannot use "${backend}", which holds real data.`,
  projectNumber: (number: string, pattern: string) => `The number "${number}" does not match ${pattern}.`,
  noDefaultReviewRepository: 'The review repositories name none for everybody else: add "default".',
  scheduleBackend: (backend: string) => `The project has no backend "${backend}".`,
  scheduleAuthor: (id: number) => `${id} is no member of the project.`,
  notAskedBefore: (field: string) => `The form does not ask "${field}" before this.`,
  neverAnswered: (field: string, answer: string) => `Nobody can answer "${field}" with "${answer}".`,
  formOptions: (kind: string) =>
    kind.startsWith('choice') ? 'A choice needs its options.' : `A field of kind "${kind}" has no options.`,
  formGroup: (kind: string) =>
    kind === 'group'
      ? 'A group needs fields of its own.'
      : `A field of kind "${kind}" has no fields of its own.`,
  formPrivate: (becomes: string) =>
    `What becomes ${becomes} of a project is public, and this answer is private.`,
  formBecomes: (becomes: string) =>
    `"${becomes}" does not fit here: login, name, org and roles are asked in a group that becomes "members"; all else outside of groups.`,
  noDataset: (dataset: string) => `No backend has a dataset "${dataset}".`,
} as const;

/** What is wrong with one value, from zod's issue: expected, found, what is known. */
export function wordsFor(issue: z.core.$ZodIssue, found: unknown): string {
  const name = issue.path.at(-1);
  const label = typeof name === 'number' || name === undefined ? 'This entry' : `"${String(name)}"`;
  if (issue.code === 'unrecognized_keys') return `Unknown key ${quoted(issue.keys)}.`;
  if (found === undefined) return `${label} is missing.`;
  if (issue.code === 'invalid_type')
    return `${label} must be ${KINDS[issue.expected as keyof typeof KINDS]}.`;
  if (issue.code === 'invalid_value') return `${label} must be one of ${quoted(issue.values.map(String))}.`;
  if (issue.code === 'invalid_key') return `The key ${label} is not a name.`;
  return `${label} must be ${issue.message}.`;
}

const KINDS = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'text (quote it)',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
} as const;
