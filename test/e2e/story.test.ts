/**
 * The whole way: a push with a mistake, the fix, a refusal, a run next to the data, a failure, a cancellation,
 * a rerun. What people read at the end is snapshotted, the same on both databases.
 */
import { afterAll, expect, test } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Comment } from '../../src/sandbox/demo/as-person.ts';
import { visible } from '../../src/sandbox/demo/stage.ts';
import { tell } from '../../src/sandbox/demo/story.ts';
import { isRequired, missing, requires } from '../support/require.ts';
import { westmere, steady, STUDY, type HubDatabase, type Town } from './town.ts';

const executor = missing('docker') && !isRequired('docker') ? 'process' : 'docker';
const how = executor === 'docker' ? 'in containers' : 'in plain processes, for want of Docker';
const FIVE_MINUTES = 300_000;
/** Runs that were made; each is followed by one mention. */
const RUNS = 4;

const towns: Town[] = [];
afterAll(async () => {
  for (const town of towns) await town.stop();
});

test(`the story goes as told, ${how}, on PGlite`, () => playAndRead('PGlite'), FIVE_MINUTES);

if (process.env['SALLYPORT_TEST_DATABASES'] === 'both') {
  requires('postgres').test(
    `the story goes as told, ${how}, on PostgreSQL`,
    () => playAndRead('PostgreSQL'),
    FIVE_MINUTES,
  );
}

const ROOT = path.resolve(import.meta.dirname, '../..');

/** By gh where it is installed, else as gh would call it: the same script, in the same surroundings. */
async function ghSallyport(town: Town, words: string[]): Promise<{ code: number; said: string }> {
  const own = path.join(town.world.folder('outside'), 'laptop');
  mkdirSync(own, { recursive: true });
  const program = path.join(own, 'sallyport');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${ROOT}/src/cli/bin.js" "$@"\n`, {
    mode: 0o755,
  });
  const extensions = path.join(own, 'gh', 'extensions');
  mkdirSync(extensions, { recursive: true });
  rmSync(path.join(extensions, 'gh-sallyport'), { force: true });
  symlinkSync(path.join(ROOT, 'gh'), path.join(extensions, 'gh-sallyport'));
  const hasGh = spawnSync('gh', ['--version'], { stdio: 'ignore' }).status === 0;
  const [file, args] = hasGh ? ['gh', ['sallyport', ...words]] : [path.join(ROOT, 'gh/gh-sallyport'), words];
  const { web, copy } = town.stage.on;
  const env = {
    PATH: `${own}:${process.env['PATH'] ?? ''}`,
    HOME: own,
    XDG_DATA_HOME: own,
    SALLYPORT_BUILT: '1',
    GH_TOKEN: town.world.token('wren'),
    GITHUB_SERVER_URL: web,
    GITHUB_API_URL: `${web}/api/v3`,
  };
  try {
    const { stdout } = await promisify(execFile)(file as string, args as string[], { cwd: copy.folder, env });
    return { code: 0, said: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: stdout + stderr };
  }
}

const often = ['--every', '0.2'];

test(
  'gh sallyport asks for a run of the commit that is checked out, and follows it to its end',
  async () => {
    const [town] = towns;
    if (!town) throw new Error('the story did not begin');

    const run = await ghSallyport(town, [
      'run',
      'quality',
      '--backend',
      town.stage.on.backend,
      '--watch',
      ...often,
    ]);
    expect([run.code, run.said]).toEqual([
      0,
      expect.stringMatching(/✓ sallyport\/run [a-z0-9]{16} {2}success/),
    ]);
    expect(run.said).toMatch(/^\/run quality --backend county\nwritten on [0-9a-f]{12}: http/);
    expect(run.said).toMatch(/@wren, request [a-z0-9]{16} was made; the check sallyport\/run/);

    const status = await ghSallyport(town, ['status', '--watch', ...often]);
    expect(status.code).toBe(0);
    expect(status.said).toMatch(/✓ sallyport\/project +success +6 actions/);
    expect(status.said).toMatch(
      /✓ sallyport\/run [a-z0-9]{16} +success .*\n {4}action +state.*\n {4}quality +succeeded/,
    );

    const refused = await ghSallyport(town, ['run', 'quality', '--backend', 'nowhere', ...often]);
    expect([refused.code, refused.said]).toEqual([
      1,
      expect.stringMatching(/@wren: .* \([a-z]+\.[a-z-]+\)\n$/),
    ]);

    expect((await ghSallyport(town, ['check', '--no-engine'])).said).toMatch(/6 actions/);
  },
  FIVE_MINUTES,
);

async function playAndRead(hubOn: HubDatabase): Promise<void> {
  const town = await westmere({ executor, hubOn, runsOnly: true });
  towns.push(town);
  const told = await tell(town.stage).catch((error: unknown) => {
    const tails = town.world.children.names.map((name) => `--- ${name}\n${town.world.children.tail(name)}`);
    throw new Error([...town.told, ...tails].join('\n'), { cause: error });
  });

  expect(await whatPeopleRead(town)).toMatchInlineSnapshot(`
   "sasha:
   /run run_all --backend county

   wren:
   /run run_all --backend county

   wren:
   /run quality --backend county

   wren:
   /run bootstrap --backend county

   kit:
   /cancel bootstrap

   wren:
   /run quality --backend county

   sallyport[bot]:
   @sasha: Your role in project "wm-2026-014" does not include running jobs. Ask its lead for the role developer. (run.role-missing)

   sallyport[bot]:
   **Request \`<id>\`**: succeeded: 4 of 4 jobs

   \`run_all\` on backend \`county\`, asked for by \`wren\`
   commit [\`<commit>\`](http://github.example/westmere-research/absence-and-results/commit/<commit>) of branch \`main\`

   | action | state | started | took |
   | --- | --- | --- | --- |
   | \`extract\` | succeeded | <time> | <duration> |
   | \`describe\` | succeeded | <time> | <duration> |
   | \`model\` | succeeded | <time> | <duration> |
   | \`report\` | succeeded | <time> | <duration> |

   Outputs stay in the secure zone.

   sallyport[bot]:
   @wren, request \`<id>\` on \`county\` has succeeded: 4 of 4 jobs.

   sallyport[bot]:
   **Request \`<id>\`**: failed: 0 of 1 job succeeded

   \`quality\` on backend \`county\`, asked for by \`wren\`
   commit [\`<commit>\`](http://github.example/westmere-research/absence-and-results/commit/<commit>) of branch \`main\`

   | action | state | started | took |
   | --- | --- | --- | --- |
   | \`quality\` | failed: the program ended with an error | <time> | <duration> |

   Outputs stay in the secure zone.

   sallyport[bot]:
   @wren, request \`<id>\` on \`county\` has failed: 0 of 1 job succeeded.

   sallyport[bot]:
   **Request \`<id>\`**: cancelled: 0 of 1 job succeeded

   \`bootstrap\` on backend \`county\`, asked for by \`wren\`
   commit [\`<commit>\`](http://github.example/westmere-research/absence-and-results/commit/<commit>) of branch \`main\`

   | action | state | started | took |
   | --- | --- | --- | --- |
   | \`bootstrap\` | cancelled | <time> | <duration> |

   Outputs stay in the secure zone.

   sallyport[bot]:
   @kit, in request \`<id>\`, \`bootstrap\` is being stopped.

   sallyport[bot]:
   @wren, request \`<id>\` on \`county\` was cancelled: 0 of 1 job succeeded.

   sallyport[bot]:
   **Request \`<id>\`**: succeeded: 1 of 1 job

   \`quality\` on backend \`county\`, asked for by \`wren\`
   commit [\`<commit>\`](http://github.example/westmere-research/absence-and-results/commit/<commit>) of branch \`main\`

   | action | state | started | took |
   | --- | --- | --- | --- |
   | \`quality\` | succeeded | <time> | <duration> |

   Outputs stay in the secure zone.

   sallyport[bot]:
   @wren, request \`<id>\` on \`county\` has succeeded: 1 of 1 job."
  `);
  expect(await whatChecksSay(town, told.broken)).toMatchInlineSnapshot(`
   "sallyport/access: neutral
   There is no valid project.yaml to compare with
   See the check \`sallyport/project\`, correct the file and push.

   sallyport/codelists: success
   The codelists are as they were downloaded
   Each CSV file has the bytes that were recorded in \`codelists.json\`.


   sallyport/dummy run: neutral
   There is no valid project.yaml to run
   See the check \`sallyport/project\`, correct the file and push.

   sallyport/project: failure
   1 error in project.yaml
   \`project.yaml\` cannot be run: 1 error.

   - line 15: needs: "extrct" is not an action here. Did you mean "extract"? (P32)"
  `);
  expect(await whatChecksSay(town, told.repaired)).toMatchInlineSnapshot(`
   "sallyport/access: success
   Everything the actions use is permitted
   Images, backends and datasets against the permissions of project \`wm-2026-014\`.


   sallyport/codelists: success
   The codelists are as they were downloaded
   Each CSV file has the bytes that were recorded in \`codelists.json\`.


   sallyport/dummy run: success
   succeeded: 6 of 6 jobs, 5 of them reused
   The whole pipeline on dummy data on backend \`dummy\`.
   Asked for by \`wren\` at <time>; commit \`<commit>\` of branch \`main\`.
   Ended at <time>, after <duration>.

   sallyport/project: success
   6 actions
   \`project.yaml\` is valid: 6 actions.

   \`\`\`mermaid
   flowchart LR
     a0[("extract")]:::database
     a1["describe"]
     a2["model"]
     a3["report"]
     a4["quality"]
     a5["bootstrap"]
     a0 --> a1
     a0 --> a2
     a0 --> a3
     a1 --> a3
     a0 --> a4
     a0 --> a5
     classDef database fill:#ddf4ff,stroke:#0969da,color:#1f2328
     classDef succeeded fill:#dafbe1,stroke:#1a7f37,color:#1f2328
     classDef failed fill:#ffebe9,stroke:#cf222e,color:#1f2328
     classDef running fill:#fff8c5,stroke:#9a6700,color:#1f2328
     classDef pending fill:#f6f8fa,stroke:#59636e,color:#1f2328
   \`\`\`


   sallyport/run <id>: success
   succeeded: 1 of 1 job
   \`quality\` on backend \`county\`.
   Asked for by \`wren\` at <time>; commit \`<commit>\` of branch \`main\`.
   Ended at <time>, after <duration>.

   Outputs stay in the secure zone."
  `);
}

/** The conversation: what people wrote, then what was answered, request by request. */
async function whatPeopleRead(town: Town): Promise<string> {
  const comments = await town.stage.on.changes.until('the last mention', async () => {
    const all = await town.world.person('wren').comments(STUDY, town.stage.issue.number);
    return all.filter((comment) => isMention(comment)).length === RUNS ? all : undefined;
  });
  const people = comments.filter((comment) => !isBot(comment));
  const bot = comments.filter(isBot);
  // Which of two independent comments came first is chance; what each says is not.
  const groups = [...new Set(bot.map(requestOf))].map((request) =>
    bot.filter((comment) => requestOf(comment) === request).sort((a, b) => rank(a) - rank(b)),
  );
  return [...people, ...groups.flat()]
    .map((comment) => `${comment.user.login}:\n${steady(visible(comment.body))}`)
    .join('\n\n');
}

const isBot = (comment: Comment): boolean => comment.user.login.endsWith('[bot]');
const isMention = (comment: Comment): boolean => comment.body.startsWith('<!-- sallyport:ended:');
const requestOf = (comment: Comment): string => /equest `([a-z0-9]{16})`/.exec(comment.body)?.[1] ?? '';
const rank = (comment: Comment): number =>
  isMention(comment) ? 2 : comment.body.includes('| action |') ? 0 : 1;

async function whatChecksSay(town: Town, sha: string): Promise<string> {
  const checks = await town.stage.checksOf(sha);
  const byName = new Map(checks.map((check) => [steady(check.name), check]));
  return [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, check]) =>
        `${name}: ${check.conclusion}\n${steady(check.output.title ?? '')}\n${steady(check.output.summary ?? '')}`,
    )
    .join('\n\n');
}
