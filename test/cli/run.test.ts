import { expect, test } from '@jest/globals';
import { Command } from 'commander';
import { registerRun } from '../../src/cli/run.ts';

test('the help of run says sizes as people write them, and where images come from', () => {
  const root = new Command();
  registerRun(root);
  let said = '';
  const run = root.commands[0];
  run?.configureOutput({ writeOut: (text) => (said += text) });
  run?.outputHelp();

  expect(said).toMatch(/--memory <size>\s.*\(default: 4G\)/);
  expect(said).not.toMatch(/4294967296/);
  expect(said).toMatch(/SALLYPORT_IMAGES\s+where images are looked for/);
});
