/** How a publication ends: withdrawn, or because its files were recalled. */
import { expect, test } from '@jest/globals';
import {
  publicationById,
  publicFiles,
  settleAll,
  settleRelease,
  withdrawPublication,
} from '../../src/publication/publication.ts';
import { eachDatabase } from '../support/database.ts';
import { codeOf, must, RELEASE, WHO } from '../support/publication.ts';
import { ask, decide, ledger, of, world as worldOn } from './asking.ts';

eachDatabase((open) => {
  const world = (changes: { publish?: number } = {}) => worldOn(open, changes);

  test('withdrawing ends the edition and says why, for requester, lead, publisher and governance alone', async () => {
    const deps = await world();
    const { id } = must(await ask(deps));
    must(await decide(deps, id));
    const withdraw = (actor: number) =>
      withdrawPublication(deps, { publication: id, actor, category: 'wrong-file' });
    expect(codeOf(await withdraw(WHO.stranger))).toBe('publication.not-yours-to-end');
    expect(codeOf(await withdraw(WHO.checker1))).toBe('publication.not-yours-to-end');
    // Who asked for it and has left the project since has no say any more.
    const project = deps.governed!.projects[0]!;
    const { members } = project;
    const publishers = deps.governed!.teams.find(({ role }) => role === 'output_publisher')!;
    publishers.members = publishers.members.filter(({ id: member }) => member !== WHO.author);
    project.members = members.filter(({ id: member }) => member !== WHO.author);
    expect(codeOf(await withdraw(WHO.author))).toBe('publication.not-yours-to-end');
    project.members = members;
    expect(must(await withdraw(WHO.publisher2))).toMatchObject({
      state: 'withdrawn',
      endedBy: WHO.publisher2,
      why: 'wrong-file',
      editions: [{ number: 1, state: 'unwanted' }],
    });
    expect(must(await withdraw(WHO.publisher2)).state).toBe('withdrawn');
    expect(codeOf(await withdraw(WHO.governor))).toBe('publication.ended');
    expect(codeOf(await withdraw(WHO.lead))).toBe('publication.ended');
    expect(
      codeOf(
        await withdrawPublication(deps, {
          publication: 'nobody0000000000',
          actor: WHO.lead,
          category: 'wrong-file',
        }),
      ),
    ).toBe('publication.unknown');
    expect((await ledger(deps)).at(-1)).toEqual({
      type: 'withdrawal',
      actor: `person:${WHO.publisher2}`,
      event: 'withdrawn',
    });
  });

  test('a recall takes the file out and reissues the rest under a new tag', async () => {
    const deps = await world();
    const { id } = must(await ask(deps));
    must(await decide(deps, id));
    deps.releases.recall(RELEASE, 2);
    expect(await publicFiles(deps, RELEASE)).toEqual([1, 3]);
    await settleAll(deps);
    await settleAll(deps);
    const now = must((await publicationById(deps, id))!);
    expect(now.state).toBe('approved');
    expect(now.editions).toMatchObject([
      { number: 1, tag: `outputs-${id}.1`, state: 'unwanted', files: of(1, 2, 3) },
      { number: 2, tag: `outputs-${id}.2`, state: 'wanted', files: of(1, 3) },
    ]);
    expect(now.files.map(({ number, public: open, recalled }) => [number, open, recalled])).toEqual([
      [1, true, false],
      [2, false, true],
      [3, true, false],
    ]);
    expect((await ledger(deps)).at(-1)).toEqual({ type: 'withdrawal', actor: 'hub', event: 'recalled' });
  });

  test('when every file is recalled the publication ends', async () => {
    const deps = await world();
    const { id } = must(await ask(deps, { files: [1] }));
    must(await decide(deps, id));
    deps.releases.recall(RELEASE, 1);
    await settleRelease(deps, RELEASE);
    expect(await publicationById(deps, id)).toMatchObject({
      state: 'withdrawn',
      endedBy: null,
      editions: [{ state: 'unwanted' }],
    });
  });

  test('a file recalled while the draft waits is not published with it', async () => {
    const deps = await world();
    const { id } = must(await ask(deps, { files: [1, 2] }));
    deps.releases.recall(RELEASE, 1);
    expect(must(await decide(deps, id)).editions).toMatchObject([{ files: of(2) }]);
    const other = must(await ask(deps, { files: [3] }));
    deps.releases.recall(RELEASE, 3);
    expect(codeOf(await decide(deps, other.id))).toBe('publication.nothing-left');
  });
});
