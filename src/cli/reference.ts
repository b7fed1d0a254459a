/** docs/cli.md: the help of every command, as a page. */
import type { Command } from 'commander';
import { shownCommands } from './commands.ts';

const WIDTH = 110;

export function reference(root: Command): string {
  const all = shownCommands(root);
  const list = all
    .slice(1)
    .map(
      ({ path, command }) =>
        `- [\`sallyport ${path}\`](#sallyport-${path.replaceAll(' ', '-')}): ${command.description()}`,
    );
  return [
    '# The command line',
    '',
    'What `--help` says of every command. This page is made by the program itself: `node src/cli/bin.js reference > docs/cli.md`.',
    'For the study in a folder, begin with [On your own machine](researchers.md#on-your-own-machine).',
    '',
    ...list,
    '',
    ...all.flatMap(({ path, command }) => [
      `## ${`sallyport ${path}`.trim()}`,
      '',
      '```text',
      helpOf(command),
      '```',
      '',
    ]),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

export function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (more) => (text += more),
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trimEnd();
}
