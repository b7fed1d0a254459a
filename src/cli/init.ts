/** `sallyport init [folder]`: the skeleton of a study, in a new folder or beside what is there. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { LANGUAGES, type Language } from '../skeleton/languages.ts';

export interface InitFlags {
  name?: string;
  language?: Language;
  example: boolean;
  deployment?: string;
  git: boolean;
  workflow: boolean;
  uses?: string;
  force: string[];
}

const MORE = `
What is there already is kept and named; nothing is overwritten. --force replaces the one file that it names.
Where there is a project.yaml, only what belongs around it is written.

Environment:
  SALLYPORT_IMAGES  where "sallyport run" looks for images, before their bare names

Exit codes:
  0  the study is there
  1  it could not be written, or not be committed
  2  the command line is wrong`;

export function registerInit(root: Command): void {
  root
    .command('init')
    .description('begin a study: project.yaml, code, codelists, settings for editors and for GitHub')
    .argument('[folder]', 'where; made when it is not there', '.')
    .option('--name <title>', 'title of the study, instead of the name of its folder')
    .addOption(
      new Option(
        '--language <name>',
        "of the code (default: that of the deployment's images, or python)",
      ).choices(LANGUAGES),
    )
    .option('--example', 'a larger beginning: an action for each year, and a picture', false)
    .option(
      '--deployment <place>',
      'address of the hub for which you write, or a file with its deployment.json: images and links are taken from it',
    )
    .option('--git', 'make it a git repository where it is in none, and commit what was written', false)
    .option('--no-workflow', 'leave out the workflow for GitHub Actions')
    .option(
      '--uses <owner/repository@ref>',
      'the Action of Sallyport for the workflow, instead of the package from npm',
      action,
    )
    .option('--force <file>', 'write this file although it is there; may be given more than once', more, [])
    .addHelpText('after', MORE)
    .action(async (folder: string, flags: InitFlags) => {
      const { initHere } = await import('./init-work.ts');
      process.exitCode = await initHere(folder, flags, process.stdout);
    });
}

const more = (file: string, before: string[]): string[] => [...before, file];

/** It becomes a word of the workflow, and means nothing else there. */
function action(text: string): string {
  if (/^[\w-][\w.-]*\/[\w.-]+(?:\/[\w.-]+)*@[\w.-]+(?:\/[\w.-]+)*$/.test(text)) return text;
  throw new InvalidArgumentError('Write owner/repository@ref, like somebody/sallyport@v1.');
}
