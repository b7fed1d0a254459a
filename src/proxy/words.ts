/** What the proxy says, and the HTTP status it says it with. */
import { refusal, type Refusal } from '../lib/refusal.ts';

const PURPOSE =
  'This proxy exists so that the secure zone can fetch code from the listed GitHub organisations with git, and nothing else.';
const WITH_PACKAGES =
  'This proxy exists so that the secure zone can fetch code from the listed GitHub organisations with git, and hosts of it packages from listed archives with apt, and nothing else.';

/** Where packages pass too, the sentence says so. */
export function alsoPackages(refused: Refusal): Refusal {
  return { ...refused, says: refused.says.replace(PURPOSE, WITH_PACKAGES) };
}

export const no = {
  path: () =>
    refusal('proxy.not-allowed', PURPOSE, 'Use: git fetch <this origin>/<organisation>/<repository>.'),
  host: () =>
    refusal('proxy.host', `${PURPOSE} This is not the name it is known by.`, 'Use the origin in zone.yml.'),
  headers: () =>
    refusal(
      'proxy.headers',
      'The request carries a header twice, or one that does not fit git.',
      'Use git as it is.',
    ),
  organisation: (name: string) =>
    refusal(
      'proxy.organisation',
      `${PURPOSE} The organisation "${name}" is not listed.`,
      'Ask the governance team to add it to deployment.yml.',
    ),
  unregistered: () =>
    refusal(
      'proxy.repository-unregistered',
      'This repository belongs to no project.',
      'Ask the governance team to add its numeric id to the project.',
    ),
  missing: () =>
    refusal(
      'proxy.repository-missing',
      'There is no such repository, or the GitHub App is not installed on it.',
      'Check the name and the installation.',
    ),
  moved: () =>
    refusal(
      'proxy.repository-moved',
      'This repository was renamed, transferred or replaced by another one.',
      'Use its present name, and have it confirmed in the governance repository.',
    ),
  otherRepository: () =>
    refusal(
      'proxy.repository-other',
      'The repository of this name is not the one that was meant.',
      'Compare its numeric id with the governance repository.',
    ),
  authority: (setting: string, place: string, why: string) =>
    refusal(
      'proxy.authority',
      `${setting} in proxy.yml names ${place}, which ${why}.`,
      'Put there, in PEM and readable for the proxy, what the authority handed out, or correct the setting.',
    ),
  noGovernance: () =>
    refusal(
      'proxy.no-governance',
      'No governance version is in force here yet.',
      'Look at the log of the proxy, then try again.',
    ),
  gitRequest: () =>
    refusal('proxy.git-request', `${PURPOSE} This is not how git asks.`, 'Use git as it is, 2.18 or newer.'),
  gitArgument: () =>
    refusal(
      'proxy.git-argument',
      `${PURPOSE} Git is served with lists of refs and fetches of approved commits: without filters, refs wanted by name, and other commands.`,
      'Use: git fetch <this origin>/<organisation>/<repository> <full ref name>.',
    ),
  gitRef: () =>
    refusal(
      'proxy.git-ref',
      `${PURPOSE} Only branches and tags are listed.`,
      'Ask for refs/heads/… or refs/tags/….',
    ),
  want: () =>
    refusal(
      'proxy.want',
      `${PURPOSE} Nobody approved this commit for you.`,
      'Hand over the signed task that names it, in the header Sallyport-Task; or ask for its branch, whose newest commit GitHub lists.',
    ),
  taskRepository: () =>
    refusal(
      'proxy.task-repository',
      'The task that was handed over is about another repository, or is none that runs something.',
      'Hand over the task for which the code is fetched.',
    ),
  busy: () =>
    refusal('proxy.busy', 'This agent has too many requests open.', 'Try again when one has ended.'),
  tooOften: () =>
    refusal('proxy.too-often', 'This agent has asked too often within a minute.', 'Try again in a minute.'),
  tooMuch: () =>
    refusal('proxy.too-much', 'This agent has fetched too much within a minute.', 'Try again in a minute.'),
  slow: () =>
    refusal(
      'proxy.slow',
      `${PURPOSE} The request did not arrive in time.`,
      'Send it at once; look at the network between the zone and this host.',
    ),
  tooLarge: () =>
    refusal('proxy.too-large', 'The request is larger than git needs.', 'Ask for fewer refs at once.'),
  fault: () =>
    refusal(
      'proxy.fault',
      'This proxy has a fault of its own: what it asks of others has no part in it.',
      'Have its operator look at its log and whether its disk is full; then try again.',
    ),
  github: () => refusal('proxy.github-away', 'GitHub did not answer as expected.', 'Try again.'),
  notPublic: () =>
    refusal(
      'proxy.not-public',
      "GitHub's name leads to an address inside a private network, and such are not asked.",
      'Look at the name server; for a server of your own write `github.private: true` in proxy.yml.',
    ),
  redirect: () =>
    refusal(
      'proxy.redirect',
      'GitHub pointed elsewhere, and no redirect is followed.',
      'Use the present name of the repository.',
    ),
  githubLimit: () =>
    refusal('proxy.github-limit', 'GitHub asks this proxy to wait.', 'Try again in a minute.'),
} as const;

const STATUS: Record<string, number> = {
  'proxy.headers': 400,
  'proxy.git-request': 400,
  'proxy.repository-missing': 404,
  'proxy.too-large': 413,
  'proxy.busy': 429,
  'proxy.too-often': 429,
  'proxy.too-much': 429,
  'proxy.github-away': 502,
  'proxy.redirect': 502,
  'proxy.not-public': 502,
  'proxy.fault': 503,
  'proxy.no-governance': 503,
  'proxy.github-limit': 503,
};

export function statusOf({ code }: Refusal): number {
  // A task is no credential: who asks is known.
  if (code.startsWith('protocol.task-')) return 403;
  if (code.startsWith('protocol.')) return 401;
  return STATUS[code] ?? 403;
}

export const CRAWLERS = 'User-agent: *\nDisallow: /\n';
