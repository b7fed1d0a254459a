/** What the hub makes of what the steward tells: the number is proposed, the project issue kept, drift listed, deeds recorded. */
import { afterEach, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { provisions } from '../../src/db/schema/provisioning.ts';
import { proposals } from '../../src/db/schema/stewarding.ts';
import { lookAtProjects, takeRound } from '../../src/github/github.ts';
import { days } from '../../src/lib/clock.ts';
import { onOneDatabase } from '../support/database.ts';
import { PEOPLE } from '../support/governance.ts';
import { NEW, provisionWorld, type ProvisionWorld } from '../support/provision-world.ts';
import { tidy } from '../support/tidy.ts';
import { LOGINS, ORG } from '../support/world.ts';

let w: ProvisionWorld | undefined;
afterEach(async () => {
  await w?.stop();
  w = undefined;
});

const MARK = `<!-- sallyport:project:${NEW} -->`;
const DRIFT = '<!-- sallyport:drift:governance -->';
const listed = (id: number): string => `[{id: ${id}, visibility: private, extensions: []}]`;
/** Counted from when the suite began: midnight may come while it runs. */
const begun = Date.now();
const day = (n: number): string => new Date(begun + days(n)).toISOString().slice(0, 10);

onOneDatabase((open) => {
  const aWorld = async (): Promise<ProvisionWorld> => (w = await provisionWorld(await open()));
  const proposed = async (p: ProvisionWorld) => p.world.database.db.select().from(proposals);
  const told = async (p: ProvisionWorld) =>
    (await p.world.database.db.select().from(provisions).where(eq(provisions.project, NEW)))[0];
  const health = async (p: ProvisionWorld) =>
    ((await (await fetch(`${p.world.hub.url}/healthz`)).json()) as { drift: Record<string, number> }).drift;
  /** Provisioned, and its number merged. */
  const provisioned = async (p: ProvisionWorld, changes = {}): Promise<void> => {
    await p.look();
    await p.merge({ repos: listed(p.made()!.id), ...changes });
    await p.look();
  };

  test('from a merged project to its issue: repository, proposal of its number, labels, issue with co-pilot, pinned', async () => {
    const p = await aWorld();
    await p.look();
    const made = p.made()!;
    expect(await proposed(p)).toMatchObject([
      {
        state: 'asked',
        askedByLogin: 'sallyport[bot]',
        edit: { kind: 'add-repo', project: NEW, repo: made.id, visibility: 'private' },
      },
    ]);
    expect(made.issues.size).toBe(0);
    await p.merge({ repos: listed(made.id) });
    const issue = p.issue(made, MARK)!;
    // The backend's name is another in each deployment.
    expect(tidy(issue.body!).replace(/\([^()|]*, real data\)/, '(…, real data)')).toMatchInlineSnapshot(`
     "<!-- sallyport:project:ns-2026-020 -->

     **Free meals and attendance** is under way.

     > Whether free meals bring pupils to school.

     | what | says |
     | --- | --- |
     | number | \`NS-2026-020\` |
     | approved | 2026-03-01, with conditions |
     | runs until | 2127-02-28 |
     | organisations | \`riverside-university\` |
     | may run on | \`attainment\` (…, real data) |
     | public page | https://research.example.edu/projects/ns-2026-020 |

     ### Conditions

     Open, and ticked by governance when they are met:

     - [ ] \`c1\` Ethics letter – until then no run

     ### People

     | who | as | when |
     | --- | --- | --- |
     | Rowan Example (\`rowan-example\`) | lead, developer | until 2127-02-28 |
     | Ash Example (\`ash-example\`) | collaborator | until 2127-02-28 |

     ### Co-pilot

     Sam Example (\`sam-example\`): helps this project until 2127-01-15; ask here, with a mention; may see unreleased outputs until 2127-02-28. A co-pilot advises; reviewing code is not implied.

     ### How to begin

     1. Clone this repository and read its \`README.md\`; write your analysis in \`project.yaml\`, against dummy data.
     2. Push. The checks on the commit say what is wrong, on the line, and run it on dummy data.
     3. When they are green, write \`/run\` and the name of an action in a comment on an issue or pull request here; \`/help\` lists what else there is.
     4. Look at what came out in the viewer, inside the secure zone, and ask there, or with \`/release\`, for what may leave it.

     What this project may use: https://research.example.edu/permissions. What it ran: https://research.example.edu/log?project=ns-2026-020. Help: \`help@example.edu\`. Members come and go by \`/member\`, from a lead.

     This issue is kept up to date from the governance repository. What is written into it by hand is put back; comments stay."
    `);
    expect([issue.labels, issue.assignees, made.pinned]).toEqual([
      ['project: ongoing', 'project: conditions open'],
      [PEOPLE.copilot],
      [issue.number],
    ]);
    expect(made.labels.has('release: released')).toBe(true);
    // Nothing is made twice, however often it is looked at.
    await p.look();
    await lookAtProjects(p.world.hub.room);
    await p.world.settle();
    expect([made.issues.size, made.comments.size, (await proposed(p)).length]).toEqual([1, 0, 1]);
  });

  test('what the steward could not propose is proposed again on another day, and what people closed is not', async () => {
    const p = await aWorld();
    await p.look();
    const { db } = p.world.database;
    const as = async (state: 'refused' | 'closed'): Promise<number> => {
      await db.update(proposals).set({ state, endedAt: p.world.clock.now() });
      p.world.later(days(1));
      await lookAtProjects(p.world.hub.room);
      await p.world.settle();
      return (await proposed(p)).length;
    };
    expect(await as('refused')).toBe(2);
    expect(await as('closed')).toBe(2);
  });

  test('every deed of the steward is in the record once, with ids and words from lists, also when the hub was away', async () => {
    const p = await aWorld();
    const parts = await p.steward();
    await p.world.stopHub();
    await (
      await import('../../src/steward/steward.ts')
    ).keepProject;
    const rounds = await p.look(parts).catch(() => undefined);
    expect(rounds).toBeUndefined();
    await p.world.startHub();
    await p.look();
    await p.look();
    const leaves = (await p.world.ledger()).filter(({ actor }) => actor === 'steward');
    expect(leaves.map(({ type, subject, body }) => [type, subject, body['event'], body['sure']])).toEqual(
      expect.arrayContaining([
        ['workspace', `steward:project/${NEW}`, 'repository-created', true],
        ['membership', `steward:project/${NEW}`, 'member-added', true],
        ['grant', `steward:project/${NEW}`, 'team-given', true],
        ['membership', 'steward:teams', 'team-created', true],
      ]),
    );
    expect(leaves.filter(({ body }) => body['event'] === 'repository-created')).toMatchObject([
      { body: { project: NEW, repository: { id: p.made()!.id }, team: null, person: null } },
    ]);
    expect(
      leaves.filter(({ body }) => body['event'] === 'member-added' && body['project'] === NEW),
    ).toHaveLength(3);
  });

  test('a report that comes twice is taken once, and one of a repository that somebody got into is not proposed', async () => {
    const p = await aWorld();
    await p.look();
    const made = p.made()!;
    const { room } = p.world.hub;
    const round = {
      scope: `project:${NEW}`,
      commit: 'a'.repeat(40),
      made: { project: NEW, repository: made.id },
      deeds: [{ id: 'a'.repeat(16), at: 1, deed: 'team-given' as const, team: NEW, sure: false }],
      refused: [],
    };
    await takeRound(room, round);
    await takeRound(room, round);
    const unsure = (await p.world.ledger()).filter(({ body }) => body['sure'] === false);
    expect(unsure).toHaveLength(1);
    // A later one under the same project is not it.
    await takeRound(room, { ...round, deeds: [], made: { project: NEW, repository: 70011 } });
    expect((await told(p))?.repositoryId).toBe(made.id);
  });

  test.each([
    ['public', (p: ProvisionWorld) => void (p.made()!.private = false), 'open'],
    ['archived', (p: ProvisionWorld) => void (p.made()!.archived = true), 'gone'],
    ['renamed', (p: ProvisionWorld) => void (p.made()!.name = 'other'), 'other'],
    [
      'open to a guest',
      (p: ProvisionWorld) => void p.made()!.collaborators.set(PEOPLE.stranger, 'read'),
      'strangers',
    ],
  ])(
    'while it is %s the number of a repository is not proposed, and when it is mended it is',
    async (_what, spoil, code) => {
      const p = await aWorld();
      const parts = await p.steward();
      const rounds: string[] = [];
      const { hub } = parts;
      parts.hub = Object.assign(Object.create(hub) as typeof hub, {
        round: async (round: Parameters<typeof hub.round>[0]) => {
          if (round.made && rounds.push(round.scope) === 1) spoil(p);
          await hub.round(round);
        },
      });
      await p.look(parts);
      expect([await proposed(p), (await told(p))?.code]).toEqual([[], `governance.provision-${code}`]);
      const made = p.world.sandbox.state.repos.byId((await told(p))!.repositoryId)!;
      Object.assign(made, { private: true, archived: false, name: NEW });
      made.collaborators.clear();
      await lookAtProjects(p.world.hub.room);
      await p.world.settle();
      expect([(await proposed(p)).length, (await told(p))?.code]).toEqual([1, null]);
    },
  );

  test('the issue follows governance: conditions, status, people, and the co-pilot goes when support ends', async () => {
    const p = await aWorld();
    await provisioned(p, { support: day(20), access: day(40) });
    const made = p.made()!;
    const issue = p.issue(made, MARK)!;
    const comments = () => p.world.sandbox.state.talk.comments(made, issue).map(({ body }) => body);
    expect([issue.assignees, comments()]).toEqual([[PEOPLE.copilot], []]);
    const pass = async (n: number): Promise<void> => {
      p.world.later(days(n));
      await lookAtProjects(p.world.hub.room);
      await p.world.settle();
    };
    await pass(16);
    expect(comments()).toEqual([
      expect.stringContaining(`@${LOGINS.copilot} your support of project \`${NEW}\` ends on ${day(20)}`),
    ]);
    await pass(1);
    expect(comments()).toHaveLength(1);
    await pass(4);
    expect(issue.assignees).toEqual([]);
    expect(issue.body).toContain(`support ended on ${day(20)}; may see unreleased outputs until ${day(40)}`);
    await pass(15);
    expect(comments()).toHaveLength(2);
    expect(comments()[1]).toContain(`access to unreleased outputs of project \`${NEW}\` ends on ${day(40)}`);
    await pass(10);
    expect([issue.body, comments().length]).toEqual([
      expect.stringContaining(`was co-pilot; support ended on ${day(20)}, access on ${day(40)}`),
      2,
    ]);
    const met = '[{id: c1, text: Ethics letter, met_on: 2026-04-01, blocks: [run]}]';
    await p.merge({
      repos: listed(made.id),
      conditions: met,
      status: 'postponed',
      support: day(20),
      access: day(40),
    });
    expect(issue.labels).toEqual(['project: postponed']);
    expect(issue.body).toContain('All conditions of the approval are met.');
  });

  test('what people change on the issue by hand is put back, a lost one is replaced, and a failed pin hinders nothing', async () => {
    const p = await aWorld();
    p.world.fault({ kind: 'answer', next: 1, status: 502, method: 'POST', path: '/graphql$' });
    await provisioned(p);
    const made = p.made()!;
    const issue = p.issue(made, MARK)!;
    expect(made.pinned ?? []).toEqual([]);
    const body = issue.body;
    Object.assign(issue, { title: 'Mine', body: 'Mine', state: 'closed', assignees: [], labels: [] });
    await lookAtProjects(p.world.hub.room);
    await p.world.settle();
    expect([issue.title, issue.state, issue.assignees, issue.labels.length]).toEqual([
      'Project NS-2026-020: how it stands',
      'open',
      [PEOPLE.copilot],
      2,
    ]);
    expect(issue.body).toBe(body);
    made.issues.delete(issue.number);
    await lookAtProjects(p.world.hub.room);
    await p.world.settle();
    expect(p.issue(made, MARK)!.body).toContain(`It takes the place of #${issue.number}`);
  });

  test('labels that somebody changed or deleted are put back, or told where policy says so', async () => {
    const p = await aWorld();
    await provisioned(p);
    const made = p.made()!;
    const spoil = async (): Promise<void> => {
      made.labels.delete('release: draft');
      Object.assign(made.labels.get('release: released')!, { color: 'ffffff' });
      await lookAtProjects(p.world.hub.room);
      await p.world.settle();
    };
    const asMade = () => [made.labels.has('release: draft'), made.labels.get('release: released')!.color];
    await spoil();
    expect(asMade()).toEqual([true, '1a7f37']);
    const policies = `${p.files().get('policies.yml')}drift: {labels: report}\n`;
    await p.merge({ repos: listed(made.id) }, { 'policies.yml': policies });
    await spoil();
    expect([asMade(), await health(p)]).toMatchObject([[false, 'ffffff'], { 'label-differs': 1 }]);
  });

  test('issue forms in the intake repository are in the record as a deed, and those that cannot be kept on /healthz', async () => {
    const p = await aWorld();
    const { sandbox } = p.world;
    const intake = await sandbox.state.repos.add(sandbox.state.people.org(ORG)!, 'intake', { id: 9002 });
    const deployment = p.files().get('deployment.yml')!;
    const named = (places: string) => ({
      'deployment.yml': deployment.replace('repos: {', () => `repos: {${places}, `),
    });
    await p.merge({}, named('intake: 9002, incidents: 99999'));
    await p.look();
    const deeds = (await p.world.ledger()).filter(({ subject }) => subject === 'steward:intake');
    expect(deeds).toMatchObject([
      {
        type: 'workspace',
        body: { event: 'forms-set', project: null, repository: { id: intake.id }, sure: true },
      },
    ]);
    expect(await health(p)).toMatchObject({ 'steward.forms-gone': 1 });
    expect(p.issue(p.world.repo('governance'), DRIFT)!.body).toContain(
      '| repository 99999 | deployment.yml names a repository that is gone, or out of reach (`steward.forms-gone`) | the steward keeps it |',
    );
    // It is not named any more: nothing of it is left open.
    await p.merge({}, named('intake: 9002'));
    await p.look();
    expect(await health(p)).not.toHaveProperty('steward.forms-gone');
  });

  test('drift is one issue of the governance repository: opened when there is some, closed when there is none', async () => {
    const p = await aWorld();
    await provisioned(p);
    const governance = p.world.repo('governance');
    const made = p.made()!;
    const policies = `${p.files().get('policies.yml')}drift: {teams: report, collaborators: report}\n`;
    const report = { 'policies.yml': policies };
    await p.merge({ repos: listed(made.id) }, report);
    await p.look();
    // Nobody protects the branches of governance and template in this world.
    expect(await health(p)).toEqual({ 'branch-unprotected': 2 });
    made.collaborators.set(PEOPLE.stranger, 'admin');
    p.team(NEW)!.members.set(PEOPLE.stranger, 'member');
    p.team(NEW)!.members.delete(PEOPLE.lead);
    await p.look();
    const issue = p.issue(governance, DRIFT)!;
    expect(tidy(issue.body!).replace(/\d{4}-\d\d-\d\d \|$/gm, 'a day |')).toMatchInlineSnapshot(`
     "<!-- sallyport:drift:governance -->
     **5 things are not as governance says.** The steward looks every hour, and at each merge.

     | where | what was found | what governance says | since |
     | --- | --- | --- | --- |
     | repository \`northshire-research/governance\` (9001) | the default branch can be changed without a pull request | it takes pull requests only; no App may set this | a day |
     | repository 9004 | the default branch can be changed without a pull request | it takes pull requests only; no App may set this | a day |
     | team \`ns-2026-020\` | somebody is not in the team: GitHub user 5550101 | governance lists them | a day |
     | team \`ns-2026-020\` | somebody is in the team: GitHub user 5550130 | governance does not list them | a day |
     | repository \`northshire-research/ns-2026-020\` (5550202) | somebody was given a right by hand: GitHub user 5550130 | rights come from the project file | a day |

     Change it back there, or change governance by a pull request. What \`policies.yml\` puts back by itself (\`drift\`) is not listed: it is in the public record, https://research.example.edu/ledger. The log of the steward says more of every code."
    `);
    expect(issue.state).toBe('open');
    made.collaborators.clear();
    p.team(NEW)!.members.delete(PEOPLE.stranger);
    p.team(NEW)!.members.set(PEOPLE.lead, 'member');
    const rules = ['deletion', 'non_fast_forward', 'pull_request'] as const;
    for (const repo of [governance, p.world.repo('template')]) {
      repo.rulesets = new Map([
        [
          1,
          {
            ...{ id: 1, name: 'By pull request', target: 'branch', enforcement: 'active', bypass_actors: [] },
            conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
            rules: rules.map((type) => ({ type })),
            ...{ createdAt: 0, updatedAt: 0 },
          } as const,
        ],
      ] as never);
    }
    await p.look();
    expect([issue.state, await health(p)]).toEqual(['closed', {}]);
    expect(issue.body).toContain('Everything that the steward looks after is as governance says.');
  });

  test('a report under a key that is not the steward’s is refused, and so is one with words of its own', async () => {
    const p = await aWorld();
    const parts = await p.steward();
    const answer = await fetch(`${p.world.hub.url}/steward/v1/round`, {
      method: 'POST',
      headers: { authorization: 'Bearer nonsense', 'content-type': 'application/json' },
      body: '{}',
    });
    expect(answer.status).toBe(401);
    const round = { scope: 'teams', commit: 'a'.repeat(40), made: null, deeds: [], refused: [], drift: [] };
    await parts.hub.round(round);
    const wordy = { ...round, drift: [{ found: 'collaborator', note: 'a word' }] } as unknown as typeof round;
    await expect(parts.hub.round(wordy)).rejects.toThrow('400');
    expect(p.world.sandbox.state.repos.find(ORG, NEW)).toBeUndefined();
  });
});
