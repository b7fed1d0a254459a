/** After a story: that nothing in it happened twice, on GitHub, in the hub's database and in what was let out. */
import { REVIEW_REPO } from '../../../src/sandbox/demo/governance-files.ts';
import type { Stage } from '../../../src/sandbox/demo/stage.ts';
import type { Installation } from './installation.ts';
import { saidBy } from './network.ts';
import { STUDY } from './stage.ts';

/** Everything that is there more often than once, in words; empty when all is well. */
export async function twice(here: Installation, stage: Stage): Promise<string[]> {
  const wren = here.person('wren');
  const ines = here.person('ines');
  const { said: log } = await saidBy('git', ['-C', stage.on.copy.folder, 'log', '--format=%H']);
  const commits = log.split('\n').filter(Boolean);
  const checks = (await Promise.all(commits.map((sha) => wren.checks(STUDY, sha)))).flatMap((found, at) =>
    found.map(({ name }) => `check ${name} on commit ${at}`),
  );
  const said = (await wren.comments(STUDY, stage.issue.number)).filter(({ user }) =>
    user.login.endsWith('[bot]'),
  );
  const statuses = said.flatMap(({ body }) => /\*\*Request `[a-z0-9]{16}`\*\*/.exec(body)?.slice(0, 1) ?? []);
  const mentions = said.flatMap(
    ({ body }) => /@wren, request `[a-z0-9]{16}` on `\w+` (?:has|was) \w+/.exec(body)?.slice(0, 1) ?? [],
  );
  const issues = [
    ...(await wren.issues(STUDY)).map(({ title }) => `${title}, in the study`),
    ...(await ines.issues(REVIEW_REPO)).map(({ title }) => `${title}, in the reviews`),
  ];
  const releases = (await wren.releases(STUDY)).map(({ tag_name: tag }) => `publication ${tag}`);
  const jobs = await here.hubDatabase.as('hub', async (client) => {
    const { rows } = await client.query<{ job: string }>(
      `select 'job ' || action || ' of request ' || request as job from jobs`,
    );
    return rows.map(({ job }) => job);
  });
  return [checks, statuses, mentions, issues, releases, jobs].flatMap(repeated);
}

function repeated(things: readonly string[]): string[] {
  return [...new Set(things.filter((one, at) => things.indexOf(one) < at))];
}
