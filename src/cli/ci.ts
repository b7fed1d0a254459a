/** `sallyport ci [action…]`: everything a continuous integration asks of a study, in one command. */
import type { Command } from 'commander';
import { limitOptions } from './run.ts';

export interface CiFlags {
  projectDir: string;
  github?: boolean;
  artefacts?: string;
  summary?: string;
  sarif?: string;
  codeQuality?: string;
  imagesUsed?: string;
  from?: string;
  pull: boolean;
  executor: 'docker' | 'process';
  concurrency: number;
  memory: number;
  cpus: number;
  dummyRows: number;
  dummySeed: string;
}

const MORE = `
Examples:
  sallyport ci                                        codelists, check, and run_all on dummy data
  sallyport ci --artefacts artefacts --pull           in a pipeline that keeps the outputs
  sallyport ci --code-quality gl-code-quality.json    findings for a merge request of GitLab
  sallyport ci model --project-dir studies/one        one action and what it needs, of a study in a folder

The same rules as the checks sallyport/project and sallyport/codelists of the App, in the same words. All of it
is always said: a fault in the codelists keeps nothing from being checked and run. What the registry of the
codelists has changed meanwhile is said and fails nothing. After a failure the run goes on with what does not need
it; results that are fresh are kept.

Artefacts lie in highly_sensitive/ and moderately_sensitive/, as the project says, with logs/ beside them. A name
that artefacts may not have is written with %.

Environment:
  GITHUB_ACTIONS       "true": groups, annotations on the lines (as --github)
  GITHUB_STEP_SUMMARY  the file of the summary, when --summary names none
  SALLYPORT_IMAGES, STATA_LICENSE, SALLYPORT_CODELISTS as for run and codelists

Exit codes:
  0    everything is right and everything ran
  1    an error was found, or an action failed
  2    the command line is wrong
  130  stopped by Ctrl-C`;

export function registerCi(root: Command): void {
  const command = root
    .command('ci')
    .description(
      'check the codelists and the project, and run it on dummy data: for GitHub Actions, GitLab and others',
    )
    .argument('[action...]', 'names of actions, or run_all', ['run_all'])
    .option('--project-dir <folder>', 'the study, when it is not this folder', '.')
    .option('--github', 'groups, annotations and a job summary for a workflow of GitHub Actions')
    .option('--no-github', 'plain lines, also there')
    .option('--artefacts <folder>', 'copy outputs and logs into this folder, which must be empty')
    .option('--summary <file>', 'append a summary in Markdown to this file')
    .option('--sarif <file>', 'write the findings as SARIF 2.1.0')
    .option('--code-quality <file>', 'write the findings as a code quality report of GitLab')
    .option('--pull', 'pull the images of the study before the run', false)
    .option('--images-used <file>', 'write the names of the images that stood for those of the study')
    .option('--from <address>', 'address of the registry of codelists');
  for (const option of limitOptions()) command.addOption(option);
  command.addHelpText('after', MORE).action(async (actions: string[], flags: CiFlags) => {
    const { ciHere } = await import('./ci-work.ts');
    process.exitCode = await ciHere(actions, flags);
  });
}
