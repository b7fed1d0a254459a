/** What ends soon is said once, thirty days ahead and seven; a workspace says what it is for. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { queueEverything, warnOfEnds } from '../../src/github/github.ts';
import { days, isoDay } from '../../src/lib/clock.ts';
import { notifyOf } from '../../src/jobs/jobs.ts';
import { onOneDatabase } from '../support/database.ts';
import { governanceFiles, PEOPLE, PROJECT, REPOSITORY } from '../support/governance.ts';
import { aWorld, lasting, LOGINS, type World } from '../support/world.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

async function look(w: World): Promise<number> {
  const count = await warnOfEnds(w.hub.room);
  await w.settle();
  return count;
}

const issueIn = (w: World, repo?: string) =>
  [...w.repo(repo).issues.values()].filter(({ title }) => title === 'What ends soon')[0];

function said(w: World, repo?: string): string[] {
  const issue = issueIn(w, repo);
  if (!issue) return [];
  const comments = w.sandbox.state.talk.comments(w.repo(repo), issue);
  return comments.map(({ body }) => body.replace(/^<!--.*-->\n/, ''));
}

/** Governance in which these texts stand in the place of others. */
async function merge(w: World, edits: Record<string, [from: string, to: string][]>): Promise<void> {
  const files = lasting(governanceFiles());
  const changed = Object.entries(edits).map(([path, pairs]) => {
    let text = files.get(path) ?? '';
    for (const [from, to] of pairs) {
      if (!text.includes(from)) throw new Error(`${path} does not hold ${from}`);
      text = text.replace(from, to);
    }
    return [path, text];
  });
  await w.as('governor').push(Object.fromEntries(changed), { repo: 'governance' });
  await w.settle();
}

const FILE = `projects/${PROJECT}.yml`;
const LAST = 'until: 2127-02-28';

onOneDatabase((open) => {
  test('each once and again when it is near, on the study’s own issue and on governance’s', async () => {
    const w = (world = await aWorld({ database: await open() }));
    const on = (count: number): string => isoDay(w.clock.now() + days(count));
    expect(await look(w)).toBe(0);
    expect(issueIn(w)).toBeUndefined();

    const writes = `roles: [collaborator], ${LAST}`;
    await merge(w, {
      [FILE]: [[writes, `roles: [collaborator], until: ${on(20)}`]],
      'permissions/datasets.yml': [[LAST, `until: ${on(25)}`]],
      'teams.yml': [['until: 2127-01-31, reason: board', `until: ${on(3)}, reason: board`]],
    });
    expect(await look(w)).toBe(3);
    expect(await look(w)).toBe(0);
    const first = said(w);
    expect(first).toHaveLength(1);
    expect(first[0]).toContain(`@${LOGINS.collaborator} @${LOGINS.lead}: this ends within 30 days.`);
    expect(first[0]).toContain('as collaborator of project');
    expect(first[0]).toMatch(
      /Dataset results .*Team `sp-data-stewards`, in `permissions\/datasets\.yml`; ask at https/,
    );
    expect(issueIn(w)!.body).toContain(on(20));
    expect(said(w, 'governance')).toEqual([
      expect.stringContaining(`@${LOGINS.governor}: this ends within 7 days.`),
    ]);

    // Away, back, and with a clock that jumps to and fro: the second round once.
    await w.stopHub();
    await w.startHub();
    w.later(days(14));
    await look(w);
    w.later(days(-2));
    await look(w);
    w.later(days(2));
    await look(w);
    expect(said(w)).toHaveLength(2);
    expect(said(w)[1]).toContain('this ends within 7 days');
    expect(said(w)[1]).not.toContain('Dataset');

    await queueEverything(w.hub.room);
    await w.settle();
    expect(said(w)).toHaveLength(2);
    await merge(w, { [FILE]: [], 'permissions/datasets.yml': [] });
    w.later(days(5));
    await look(w);
    expect(said(w)).toHaveLength(2);
    expect(issueIn(w)!.state).toBe('closed');
  });

  test('where everybody reads, what a person’s access rests on is not told', async () => {
    const w = (world = await aWorld({ database: await open() }));
    const until = isoDay(w.clock.now() + days(10));
    w.repo().private = false;
    const agreement = 'agreement: {ref: DAA-77, expires: 2127-08-31}';
    const backends = 'backends: [{id: attainment, until: 2127-08-31}]';
    await merge(w, {
      'people.yml': [agreement, backends].map((text) => [text, text.replace('2127-08-31', until)]),
    });
    await look(w);

    expect(said(w)[0]).toContain(`Something that the access of \`${LOGINS.lead}\` rests on`);
    expect(said(w)[0]).not.toContain('DAA-77');
    expect(issueIn(w)!.body).not.toContain('DAA-77');
  });

  test('a workspace is made with a name and a purpose, which nothing changes afterwards', async () => {
    const w = (world = await aWorld({ database: await open() }));
    const issue = w.as('lead').issue();
    await w.as('lead').branch('side');
    const say = async (text: string, as: 'lead' | 'collaborator' = 'lead'): Promise<string> => {
      w.as(as).comment(issue, text);
      await w.settle();
      return w.replies(issue).at(-1)!;
    };
    const make = (rest: string): Promise<string> => say(`/workspace create ${rest}`);

    expect(await make('side --name Side --purpose "x"')).toContain('(workspace.name)');
    expect(await make('side --name side-dummy-0123456789abcdef --purpose "x"')).toContain(
      '(workspace.taken)',
    );
    expect(await make('side --name sensitivity')).toContain('(workspace.malformed)');
    expect(await make('nowhere --name sensitivity --purpose "x"')).toContain('(workspace.no-branch)');
    expect(await say('/workspace create side --name s --purpose "x"', 'collaborator')).toContain(
      '(workspace.not-allowed)',
    );
    expect(await make('side --name sensitivity --purpose "Leaves out one school" --notify none')).toContain(
      'workspace `sensitivity` is the one of `side` from now on',
    );
    expect(await make('side --name other --purpose "x"')).toContain('(workspace.exists)');
    expect(await make('main --name sensitivity --purpose "x"')).toContain('(workspace.taken)');
    expect(await make('side --name sensitivity --purpose "Something else"')).toContain('(workspace.exists)');
    expect(await notifyOf(w.hub.room.db, REPOSITORY, 'side')).toBe('none');
    const rows = await rowsOf<{ entry: string }>(
      w.database.db,
      sql`select entry from ledger_leaves where type = 'workspace'`,
    );
    expect(rows.map(({ entry }) => JSON.parse(entry))).toMatchObject([
      {
        actor: `person:${PEOPLE.lead}`,
        subject: 'workspace:sensitivity',
        body: { event: 'created', project: PROJECT, branch: 'side', purpose: 'Leaves out one school' },
      },
    ]);
    const page = await fetch(`${w.hub.url}/workspaces/sensitivity`, { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain('<dd>Leaves out one school</dd>');
    await merge(w, { [FILE]: [['papers: []', 'papers: []\narchived: [old-one]']] });
    expect(await make('main --name old-one --purpose "x"')).toContain('(workspace.taken)');
    expect(await say('/help')).toContain('/workspace create');
  });
});
