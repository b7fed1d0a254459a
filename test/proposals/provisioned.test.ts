/** A merged project, from nothing to its repository in governance: nobody approves the number, and nothing else passes with it. */
import { afterEach, expect, test } from '@jest/globals';
import { plant } from '../../src/sandbox/github/seed.ts';
import { ProjectRounds } from '../../src/steward/steward.ts';
import { onOneDatabase } from '../support/database.ts';
import { governedFiles, governedWorld, PROPOSALS, type GovernedWorld } from '../support/governed-world.ts';
import { PROJECT } from '../support/governance.ts';
import { ORG } from '../support/world.ts';

let w: GovernedWorld;
afterEach(() => w.stop());

const NEW = 'ns-2026-020';
const TEMPLATE = 9004;
const FILE = `projects/${NEW}.yml`;

onOneDatabase((open) => {
  test('the number of a repository that the steward made is merged without a further approval, and nothing else with it', async () => {
    const files = governedFiles();
    const project = files
      .get(`projects/${PROJECT}.yml`)!
      .replace(`id: ${PROJECT}`, `id: ${NEW}`)
      .replace('number: NS-2026-014', 'number: NS-2026-020')
      .replace(/^aliases: .*\n/m, '')
      .replace(/^repos: .*\n/m, 'repos: []\n');
    const deployment = files
      .get('deployment.yml')!
      .replace(`proposals: ${PROPOSALS}`, `template: ${TEMPLATE}, proposals: ${PROPOSALS}`);
    w = await governedWorld(await open(), { [FILE]: project, 'deployment.yml': deployment });
    const { state } = w.world.sandbox;
    await plant(state, {
      users: [{ login: 'board-one' }],
      repos: [
        {
          owner: ORG,
          name: 'template',
          id: TEMPLATE,
          private: true,
          template: true,
          files: { 'README.md': '# A study\n' },
        },
      ],
    });
    state.people.org(ORG)!.base = 'none';
    const steward = await w.steward();
    const rounds = new ProjectRounds({ ...steward.keep, hub: steward.hub, governance: steward.governance });
    await rounds.look();
    await w.step(steward);
    const made = state.repos.find(ORG, NEW)!;
    const [pull] = state.pulls.all(w.governance());
    const check = (): string => w.world.check('governance/approvals', 'governance');
    expect(check()).toContain('governance/approvals: success');
    expect(check()).toContain('Needs no approval');
    // Somebody adds a word of their own to it.
    const branch = pull!.pull.head;
    const text = (await w.text(FILE)).replace(
      'repos: []',
      `repos: [{id: ${made.id}, visibility: private, extensions: []}]`,
    );
    const board = { kind: 'person', user: state.people.user('board-one')! } as const;
    w.fork().collaborators.set(board.user.id, 'write');
    const push = async (more: string): Promise<void> => {
      const change = { message: 'More', files: new Map([[FILE, more]]), branch };
      const done = await state.repos.commitFiles(board, w.fork(), change);
      if ('failed' in done) throw new Error(done.message);
      await w.world.settle();
    };
    await push(text.replace('backends: [attainment]', 'backends: [attainment, rehearsal]'));
    expect(check()).toContain('governance/approvals: failure');
    await push(text);
    expect(check()).toContain('Needs no approval');
    // Nor does it pass when the repository was opened meanwhile.
    made.private = false;
    await push(`${text}# again\n`);
    expect(check()).toContain('governance/approvals: failure');
    made.private = true;
    await push(text);
    await w.merge(pull!.number, 'board-two');
    await w.world.settle();
    const issue = [...made.issues.values()].find(({ body }) =>
      body?.startsWith(`<!-- sallyport:project:${NEW} -->`),
    );
    expect([issue?.state, made.pinned]).toEqual(['open', [issue?.number]]);
  });
});
