import { afterEach, expect, test } from '@jest/globals';
import type { ReleaseFacts } from '../../src/publication/publication.ts';
import { PEOPLE, PROJECT, REPOSITORY } from '../support/governance.ts';
import { onOneDatabase } from '../support/database.ts';
import {
  aReleaseWorld,
  CHECKERS,
  REQUEST,
  REVIEWS,
  WORKSPACE,
  type ReleaseWorld,
} from '../support/release-world.ts';
import { STUDY } from '../support/world.ts';

const RELEASE: ReleaseFacts = {
  id: `${REQUEST}-1`,
  request: REQUEST,
  batch: 1,
  workspace: WORKSPACE,
  project: PROJECT,
  backend: 'attainment',
  repository: REPOSITORY,
  author: PEOPLE.lead,
  reviewers: [CHECKERS.first, CHECKERS.second],
  files: [1, 2].map((number) => ({
    number,
    path: `output/secret-name-${number}.csv`,
    size: 10,
    sha256: `${number}`.repeat(64),
    checkers: [CHECKERS.first, CHECKERS.second],
    recalled: false,
  })),
  statements: [],
};

onOneDatabase((open) => {
  let town: ReleaseWorld;
  afterEach(() => town.world.stop());

  test('publishing is asked on the closed release issue and decided by a further person on its own', async () => {
    town = await aReleaseWorld({ database: await open() });
    const { world } = town;
    world.hub.room.publications.releases = {
      byId: async (_db, id) => (id === RELEASE.id ? RELEASE : undefined),
      ofRequest: async () => [RELEASE.id],
      recalled: async () => [],
      bytes: async () => undefined,
    };
    await town.submitted();
    await town.shows('released', {
      state: 'released',
      batches: [{ number: 1, state: 'released', recalled: [] }],
    });
    await world.settle();
    const release = town.release().number;
    world.as('lead').comment(release, '/publish');
    await world.settle();
    expect(world.replies(release).at(-1)).toContain('(publication.private-repository)');

    world.sandbox.state.repos.change(town.repo(STUDY), { private: false }, null);
    world.as('lead').comment(release, '/publish');
    await world.settle();
    expect(world.replies(release).at(-1)).toContain('is asked for. A publisher who had no part');
    const issue = town.find(REVIEWS, 'Publication');
    if (!issue) throw new Error('no publication issue');
    expect(town.see(REVIEWS, issue)).toMatchInlineSnapshot(`
     "Publication ID1 [open]
     labels: 
     assigned: 
     <!-- sallyport:publication:ID1 -->

     **Publication \`ID1\`** waits for a publisher.

     | what | how it is |
     | --- | --- |
     | project | \`ns-2026-014\` |
     | workspace | \`study-main\` on \`attainment\` |
     | asked for by | \`rowan-example\`, TIME |
     | release \`ID2-1\` | files 1, 2 |
     | data owner's approval | not told yet |
     | approvals | 0 of 1 |

     **To decide**: look at the released files on the hub: https://research.example.edu/publications/ID1. Then write \`/approve\` with where the data owner's approval is written down and its day, like \`/approve REF-12 2026-11-03\`, or \`/reject\` here. Whoever asked for it, wrote it or reviewed it cannot decide.

     <sub>Written from Sallyport's record: what is changed here by hand is put back.</sub>"
    `);
    expect(issue.body).not.toMatch(/secret-name|[0-9a-f]{64}/);
    expect(town.release().body).toContain('waits for a publisher');

    town.as('checker').comment(REVIEWS, issue, '/approve');
    town.as('copilot').comment(REVIEWS, issue, '/approve 1');
    town.as('copilot').comment(REVIEWS, issue, '/approve');
    town.as('copilot').comment(REVIEWS, issue, '/approve DAA-77 soon');
    town.as('copilot').comment(REVIEWS, issue, '/approve DAA-77 2026-02-30');
    await world.settle();
    // Five deliveries: which is answered first is nobody's promise.
    const codes = town.said(REVIEWS, issue).map((said) => /\(publication\.[a-z-]+\)/.exec(said)?.[0]);
    expect(codes.sort()).toEqual([
      '(publication.bad-day)',
      '(publication.bad-day)',
      '(publication.not-publisher)',
      '(publication.owner-missing)',
      '(publication.whole)',
    ]);
    town.as('copilot').comment(REVIEWS, issue, '/help');
    await world.settle();
    const help = town.said(REVIEWS, issue).at(-1);
    expect(help).toContain('`/approve [reference] [day]`: say that these files may be public');
    expect(help).not.toContain('number');
    const yes = town.as('copilot').comment(REVIEWS, issue, '/approve DAA-77 2026-11-01');
    await world.settle();
    expect(
      town
        .repo(REVIEWS)
        .comments.get(yes)
        ?.reactions.map(({ content }) => content),
    ).toEqual(['rocket']);
    expect(issue.body).toContain('is approved; the files are being published.');
    expect(issue.body).toContain("| data owner's approval | `DAA-77`, 2026-11-01, told by");
    expect(issue.body).toContain('https://research.example.edu/publications/');
    expect(town.release().body).toContain('is approved; the files are being published');
    expect(await world.outbox('parked')).toEqual([]);
  });
});
