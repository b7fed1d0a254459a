/** Names that other systems gave to things and that studies rely on. */

/** Environment variable that tells a program where it runs. */
export const BACKEND_VARIABLE = 'OPENSAFELY_BACKEND';
/** Its value on a laptop and on dummy data. */
export const LOCAL_BACKEND = 'expectations';
/** JSON list of what a database program may use beyond its datasets. */
export const PERMISSIONS_VARIABLE = 'EHRQL_PERMISSIONS';
/** Image that wants a licence of the person's, and the variable in which it stands. */
export const LICENCE = { image: 'stata-mp', variable: 'STATA_LICENSE' };
export const DATABASE_VARIABLE = 'DATABASE_URL';
export const HOME = { HOME: '/tmp' };
/** Heading that identifies people in every study, beside the deployment's own. */
export const ALWAYS_IDENTIFYING = ['patient_id'];
export const DEFAULT_REGISTRY = 'ghcr.io/opensafely-core';

/** What ehrQL's exit codes mean. Shown in the zone only. */
export const DATABASE_EXIT_HINTS: Record<number, string> = {
  2: 'The arguments for ehrQL are wrong.',
  3: 'A passing database error; run it again.',
  4: 'New data is being imported; run it again later.',
  5: 'The database reported a fault; ask support.',
  6: 'The query is too complex.',
  10: 'The dataset definition cannot be read.',
  11: 'A data file that was given cannot be read.',
  12: 'A permission that the query needs is missing.',
  13: 'The assurance tests in the definition failed.',
  14: 'The query made progress too slowly.',
};
/** Those that pass by themselves: the action is tried again. */
export const DATABASE_PASSING_EXITS: readonly number[] = [3, 4];
/** Whole line that parts a job's own log from what Sallyport adds. */
export const SUMMARY_MARKER = '=============JOB SUMMARY=============';

/** Many systems call it python3 alone, and commands of studies say python, as the images have it. */
const PYTHON_BY_EITHER_NAME = [
  'sh',
  '-c',
  'if [ "$1" = python ] && ! command -v python >/dev/null; then shift; exec python3 "$@"; fi; exec "$@"',
  'sh',
];

/** Programs that stand for images where there are no containers: the words put before an action's own. */
export const LOCAL_COMMANDS: Record<string, string[]> = {
  python: PYTHON_BY_EITHER_NAME,
  jupyter: PYTHON_BY_EITHER_NAME,
  r: ['Rscript'],
  node: [process.execPath],
};
/** Tags that are meant where a person at a terminal writes none. */
export const DEFAULT_TAGS: Readonly<Record<string, string>> = { python: 'v2', r: 'v2', rstudio: 'v2' };
export const DEFAULT_TAG = 'v1';
