/** The tutorial, done: every command of the page is executed in a fresh folder, and what it shows is what is printed. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { version } from '../../src/cli/version.ts';
import { pythonImage, TEST_IMAGES } from '../support/python-image.ts';
import { requires } from '../support/require.ts';
import { aDesk, type Desk } from './desk.ts';
import { IMAGES, raw } from './pictures.ts';
import { plain, stepsOf, type Step } from './tutorial.ts';

/** What the page calls the registry of codelists. */
const REGISTRY = / --from (https:\/\/[\w.]+)$/m.exec(raw('tutorial.md'))![1]!;
/** Where images come from for those who say nothing. */
const USUAL = 'ghcr.io/opensafely-core';

let desk: Desk;
beforeAll(async () => {
  desk = await aDesk();
});
afterAll(() => desk.close());

/** One after the other, as typed into one shell: where a command leads, the next one begins. Throws what differs, by line. */
async function done(steps: readonly Step[], folder: string): Promise<void> {
  mkdirSync(folder);
  let cwd = folder;
  for (const step of steps) {
    if (step.kind === 'picture') {
      const drawn = readFileSync(path.join(cwd, step.file), 'utf8');
      expect([step.picture, drawn]).toEqual([
        step.picture,
        readFileSync(path.join(IMAGES, step.picture), 'utf8'),
      ]);
      continue;
    }
    if (step.kind === 'save') {
      writeFileSync(path.join(cwd, step.file), step.text);
      continue;
    }
    const command =
      step.kind === 'run'
        ? step.command.replaceAll(REGISTRY, desk.registry)
        : `git apply -p0 --whitespace=nowarn <<'EOF'\n${step.diff}EOF`;
    const ran = await desk.type(command, cwd);
    const exit = step.kind === 'run' ? step.exit : 0;
    expect({ line: step.line, command, said: ran.said, exit: ran.exit }).toMatchObject({ exit });
    cwd = ran.cwd;
    if (step.kind !== 'run' || step.shown === undefined) continue;
    const places = [
      [desk.registry, REGISTRY],
      [TEST_IMAGES, USUAL],
      [version, 'VERSION'],
    ] as const;
    expect(`line ${step.line}: ${step.command}\n${plain(ran.said, places)}`).toBe(
      `line ${step.line}: ${step.command}\n${plain(step.shown, places)}`,
    );
  }
}

requires('docker').test(
  'every command of the tutorial does and prints what the page says, and makes its pictures',
  async () => {
    await pythonImage();
    const steps = stepsOf(raw('tutorial.md'));
    expect(steps.filter(({ kind }) => kind === 'run').length).toBeGreaterThan(10);
    expect(steps.filter(({ kind }) => kind === 'picture')).toHaveLength(2);

    await done(steps, path.join(desk.top, 'work'));
  },
  120_000,
);

test('a page that shows something else, a command that fails and a block that nobody understands are found', async () => {
  const page = (text: string, exit = '') => stepsOf(`\`\`\`sh${exit}\n${text}\n\`\`\`\n`);
  const doing = (steps: Step[], name: string) => done(steps, path.join(desk.top, name));
  await doing(stepsOf('```sh\necho 0.2 s\n```\n\n```text\n9 s\n```\n'), 'right');
  await expect(doing(stepsOf('```sh\necho one\n```\n\n```text\ntwo\n```\n'), 'shown')).rejects.toThrow('two');
  await expect(doing(page('cd .. && false'), 'failed')).rejects.toThrow('exit');
  await doing(page('false', ' exit=1'), 'expected');
  await expect(
    doing(stepsOf('```diff\n--- a\n+++ a\n@@ -1 +1 @@\n-x\n+y\n```\n'), 'changed'),
  ).rejects.toThrow('exit');
  for (const text of ['```text\nalone\n```', '```python\nx\n```', '```sh\nx'])
    expect(() => stepsOf(text)).toThrow('line 1');
});
