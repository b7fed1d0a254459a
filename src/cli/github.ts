/** `sallyport github run|status`: what a comment and the checks on GitHub say, from a terminal. `gh sallyport` calls it. */
import { InvalidArgumentError, Option, type Command } from 'commander';

export interface PlaceFlags {
  repo?: string;
  every: number;
}
export interface GithubRunFlags extends PlaceFlags {
  backend?: string;
  forceDeps: boolean;
  notify?: string;
  watch: boolean;
}
export interface GithubStatusFlags extends PlaceFlags {
  watch: boolean;
  json: boolean;
}

const ENVIRONMENT = `
Environment:
  GH_TOKEN, GITHUB_TOKEN  your token; it is used for one request after the other, and kept nowhere
  GH_HOST                 the GitHub that the token is for, when it is not github.com; then also GH_ENTERPRISE_TOKEN
  GITHUB_API_URL          where its API is, as a workflow of GitHub Actions has it

GitHub offers nobody at a terminal a push of news: --watch asks again every few seconds, with the ETag of the last
answer, and an answer that has not changed costs nothing of your rate limit.`;

export function registerGithub(root: Command): void {
  const group = root
    .command('github')
    .description('ask for a run on GitHub, and follow the checks of a commit');
  const place = (command: Command): Command =>
    command
      .option('--repo <owner/name>', 'the repository, when it is not where "origin" leads')
      .addOption(
        new Option('--every <seconds>', 'how long to wait before asking again').argParser(seconds).default(5),
      );
  place(
    group
      .command('run')
      .description('write "/run" on the commit that is checked out, and say what the App answers')
      .argument('<action...>', 'names of actions, or run_all'),
  )
    .option('-b, --backend <name>', 'where, when the project has several')
    .option('--force-deps', 'run dependencies again although they have succeeded', false)
    .addOption(new Option('--notify <when>', 'when to be mentioned').choices(['none', 'end', 'failure']))
    .option('--watch', 'follow the run until it has ended', false)
    .addHelpText(
      'after',
      `${ENVIRONMENT}

Exit codes:
  0    the run was taken; with --watch, it has succeeded
  1    it was refused, or has failed
  2    the command line is wrong
  130  stopped by Ctrl-C: the run goes on`,
    )
    .action(async (actions: string[], flags: GithubRunFlags) => {
      const { githubRun } = await import('./github-run.ts');
      process.exitCode = await githubRun(actions, flags, process.stdout);
    });
  place(
    group
      .command('status')
      .description('the checks of a commit, and the jobs of its runs, as a table')
      .argument('[commit]', 'a commit or branch', 'HEAD'),
  )
    .option('--watch', 'ask again until every check has ended', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      `${ENVIRONMENT}

Exit codes:
  0    no check has failed
  1    one has, or GitHub could not be asked
  2    the command line is wrong`,
    )
    .action(async (commit: string, flags: GithubStatusFlags) => {
      const { githubStatus } = await import('./github-status.ts');
      process.exitCode = await githubStatus(commit, flags, process.stdout);
    });
}

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 0.1 && value <= 3600) return value;
  throw new InvalidArgumentError('Write seconds, from 0.1 to 3600.');
}
