/** What people type before they know anything: help, examples, the page of all commands, Tab. */
import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { shownCommands } from '../../src/cli/commands.ts';
import { actionNames, completionScript } from '../../src/cli/completion-script.ts';
import { EXAMPLES } from '../../src/cli/examples.ts';
import { program } from '../../src/cli/program.ts';
import { helpOf, reference } from '../../src/cli/reference.ts';
import { splitWords } from '../../src/pipeline/pipeline.ts';

/** Commands that do something themselves; `log` and `codelists` only hold others. */
const own = shownCommands(program()).filter(({ command }) =>
  command.commands.every((each) => each.name() === 'help'),
);

test.each(own.map(({ path: name }) => name))('the help of "%s" has examples', (name) => {
  const { command } = shownCommands(program()).find((each) => each.path === name)!;
  expect(helpOf(command)).toMatch(/^Examples:\n(?: {2}sallyport .+\n?)+/m);
});

test('every example is taken by the command it is for', async () => {
  const lines = Object.entries(EXAMPLES).flatMap(([name, examples]) =>
    examples.map(([line]) => ({ name, line })),
  );
  for (const { name, line } of lines) {
    const root = program();
    let ran = '';
    for (const each of shownCommands(root)) each.command.action(() => void (ran = each.path));
    await root.parseAsync(splitWords(line.replace(/ > .*$/, '')) as string[], { from: 'user' });
    expect([line, ran]).toEqual([line, name]);
  }
});

test('docs/cli.md is what the program says (node src/cli/bin.js reference > docs/cli.md)', () => {
  const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  expect(page).toBe(reference(program()));
});

test('nothing of the page is about a command that is hidden', () => {
  const page = reference(program());
  expect(page).toContain('## sallyport log verify\n');
  // That an option is off until it is given goes without saying.
  expect(page).not.toMatch(/default: (?:false|\[\])/);
  expect(page).not.toMatch(/## sallyport (?:sandbox|reference|complete-actions|demo-database|help)/);
});

/** What bash offers behind these words, in a study with the actions that are given. */
function tab(root: Command, words: string[], actions: string[] = []): string[] {
  const said = execFileSync(
    'bash',
    [
      '--norc',
      '-c',
      `sallyport() { printf '%s\\n' "\${ACTIONS[@]}"; }
       eval "$SCRIPT"
       ACTIONS=(${actions.join(' ')})
       COMP_WORDS=(sallyport "$@"); COMP_CWORD=$#
       _sallyport
       printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      ...words,
    ],
    { encoding: 'utf8', env: { PATH: process.env['PATH'], SCRIPT: completionScript(root, 'bash') } },
  );
  return said.split('\n').filter(Boolean);
}

test('Tab completes commands, their commands, options and actions in bash', () => {
  const root = program();
  expect(tab(root, ['che'])).toEqual(['check']);
  expect(tab(root, ['log', 've'])).toEqual(['verify']);
  expect(tab(root, ['codelists', 'update', '--f'])).toEqual(['--from']);
  expect(tab(root, ['check', '--'])).toEqual(expect.arrayContaining(['--json', '--sarif', '--github']));
  expect(tab(root, ['run', 'model_'], ['run_all', 'model_north', 'model_south'])).toEqual([
    'model_north',
    'model_south',
  ]);
  expect(tab(root, ['plan', 'run_all', 'r'], ['run_all', 'report'])).toEqual(['run_all', 'report']);
  expect(tab(root, ['check', 'nothing-like-it'])).toEqual([]);
});

test('zsh bridges to the script for bash, and fish has a line for each word', () => {
  const root = program();
  expect(completionScript(root, 'zsh')).toBe(
    `autoload -U +X bashcompinit && bashcompinit\n${completionScript(root, 'bash')}`,
  );
  const fish = completionScript(root, 'fish').trimEnd().split('\n');
  expect(fish).toContain(
    "complete -c sallyport -n '__fish_use_subcommand' -f -a dag -d 'draw the pipeline: which action needs which'",
  );
  expect(
    fish
      .slice(1)
      .every((line) =>
        /^complete -c sallyport -n '(?:[^'\\]|\\.)+' (?:-l [a-z-]+ -d '(?:[^'\\]|\\.)*'|-f -a [a-z-]+ -d '(?:[^'\\]|\\.)*'|-f -a '[^']+')$/.test(
          line,
        ),
      ),
  ).toBe(true);
});

test('actions are completed in a study, and nothing elsewhere', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tab-'));
  try {
    expect(actionNames(folder)).toEqual([]);
    const file = path.join(folder, 'project.yaml');
    writeFileSync(
      file,
      'version: 5\nactions:\n  a_<x>:\n    for_each: {x: [1, 2]}\n    run: r:v1 <x>\n    outputs: {highly_sensitive: {d: <x>.csv}}\n',
    );
    expect(actionNames(folder)).toEqual(['run_all', 'a_1', 'a_2']);
    writeFileSync(file, 'version: 5\nactions:\n  "$(touch x)": {}\n');
    expect(actionNames(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
