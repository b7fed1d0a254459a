/** The root of trust: when a version of governance comes into force in a zone, and what it keeps of that. */
import { describe, expect, test } from '@jest/globals';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MirrorRefresh } from '../../src/governance/governance.ts';
import { hours } from '../../src/lib/clock.ts';
import { NUMBERS } from '../deployments/here.ts';
import { PEOPLE, PROJECT } from '../support/governance.ts';
import {
  changed,
  clock,
  dir,
  git,
  GIVES,
  GOOD,
  open,
  opened,
  pinned,
  repository,
  runs,
  signTwice,
  upstream,
  WAITS,
} from './root-world.ts';
import { signers } from './signers.ts';

const TAKES = changed(
  `projects/${PROJECT}.yml`,
  `  - {id: ${PEOPLE.lead}, roles: [lead, developer], until: 2027-02-28, reason: applicant, ref: GOV-131}\n`,
  '',
);

const SAYS = changed(`projects/${PROJECT}.yml`, 'Absence and exam results', 'Absence');

describe('a change that gives', () => {
  test('waits for two signatures and for 24 hours, and then acts', async () => {
    const mirror = await opened();
    const commit = upstream.commit(repository, GIVES);
    expect(await mirror.refresh()).toMatchObject(WAITS);
    expect(runs(mirror)).toEqual(['lead']);

    signTwice(commit);
    clock.advance(hours(24) - 1);
    const answer: MirrorRefresh = await mirror.refresh();
    expect(answer.refused?.says).toMatch(
      /^Commit [0-9a-f]{40} gives something that is not in force yet \(Ash Example .* is developer of project ns-2026-014.*\); 2 of 2 signatures are here\.$/,
    );
    expect(answer.refused?.next).toBe('It acts from 2026-10-02T12:00:00.000Z on.');
    expect(runs(mirror)).toEqual(['lead']);

    clock.advance(1);
    expect(await mirror.refresh()).toEqual({ changed: true });
    expect(mirror.current()?.commit).toBe(commit);
    expect(runs(mirror)).toEqual(['lead', 'collaborator']);
    expect(await mirror.refresh()).toEqual({ changed: false });
  });

  test('never acts without signatures, and the refusal says what to do', async () => {
    const mirror = await opened();
    const commit = upstream.commit(repository, GIVES);
    await mirror.refresh();
    clock.advance(hours(1000));

    const { refused } = await mirror.refresh();
    expect(refused?.next).toBe(
      `Two signers run: git tag -s approved/<name> ${commit}, then push the tag; it acts from 2026-10-02T12:00:00.000Z on.`,
    );
    expect(runs(mirror)).toEqual(['lead']);
  });

  test('acts from its 24 hours on when it is signed only after them', async () => {
    const mirror = await opened();
    const commit = upstream.commit(repository, GIVES);
    await mirror.refresh();
    clock.advance(hours(30));
    signTwice(commit);
    expect(await mirror.refresh()).toEqual({ changed: true });
  });

  test('acts when a later version that gives more still waits', async () => {
    const mirror = await opened();
    const signed = upstream.commit(repository, GIVES);
    signTwice(signed);
    await mirror.refresh();
    upstream.commit(repository, changed('policies.yml', 'csv_rows: 5000', 'csv_rows: 9000'));
    await mirror.refresh();
    clock.advance(hours(24));

    expect(await mirror.refresh()).toMatchObject({ ...WAITS, changed: true });
    expect(runs(mirror)).toEqual(['lead', 'collaborator']);
    expect(mirror.current()?.policies.outputs.csv_rows).toBe(NUMBERS.csvRows);
  });

  test('acts beside others that are signed, valid or not: the newest valid one counts', async () => {
    const mirror = await opened();
    const first = upstream.commit(repository, GIVES);
    const broken = upstream.commit(repository, { 'policies.yml': 'closing_days: x\n' });
    const last = upstream.commit(repository, { 'policies.yml': GOOD['policies.yml'], ...SAYS });
    for (const commit of [first, broken, last]) signTwice(commit);
    await mirror.refresh();
    clock.advance(hours(24));

    expect(await mirror.refresh()).toEqual({ changed: true });
    expect(mirror.current()?.commit).toBe(last);
  });

  test('waits from when the zone saw it, not from when it says it was made, and across restarts', async () => {
    await opened();
    const commit = upstream.commit(repository, GIVES);
    signTwice(commit);
    await (await open()).refresh();
    clock.advance(hours(23));
    const again = await open();
    expect(runs(again)).toEqual(['lead']);
    expect(await again.refresh()).toMatchObject(WAITS);
    clock.advance(hours(1));

    const last = await open();
    expect(await last.refresh()).toEqual({ changed: true });
    expect(runs(await open())).toEqual(['lead', 'collaborator']);
  });

  test('is in force for a new zone whose operator pins it', async () => {
    const commit = upstream.commit(repository, GIVES);
    const mirror = await open({ pinned: commit });
    expect(await mirror.refresh()).toEqual({ changed: true });
    expect(runs(mirror)).toEqual(['lead', 'collaborator']);
  });
});

describe('a change that takes', () => {
  test('acts at once, without any signature', async () => {
    const mirror = await opened();
    const commit = upstream.commit(repository, TAKES);

    expect(await mirror.refresh()).toEqual({ changed: true });
    expect(runs(mirror)).toEqual([]);
    expect(mirror.current()?.commit).toBe(commit);
  });

  test('acts at once also beside one that gives', async () => {
    const mirror = await opened();
    const text = TAKES[`projects/${PROJECT}.yml`]!.replace('roles: [collaborator]', 'roles: [developer]');
    upstream.commit(repository, { [`projects/${PROJECT}.yml`]: text });

    expect(await mirror.refresh()).toMatchObject({ ...WAITS, changed: true });
    expect(runs(mirror)).toEqual([]);
  });

  test('cannot be undone without signatures, not even by the version that was approved before', async () => {
    const mirror = await opened();
    upstream.commit(repository, TAKES);
    await mirror.refresh();
    const back = upstream.commit(repository, GOOD);
    clock.advance(hours(48));
    expect(await mirror.refresh()).toMatchObject(WAITS);
    expect(runs(await open())).toEqual([]);

    signTwice(back);
    await mirror.refresh();
    clock.advance(hours(24));
    await mirror.refresh();
    expect(runs(mirror)).toEqual(['lead']);
  });

  test('stays in force beside a signed version that was made without knowing of it', async () => {
    const mirror = await opened();
    const side = upstream.commit(repository, GIVES);
    signTwice(side);
    git('update-ref', 'refs/heads/main', pinned);
    const takes = upstream.commit(repository, TAKES);
    await mirror.refresh();
    // A merge that keeps the signed version's text.
    const tree = git('rev-parse', `${side}^{tree}`);
    const merged = git(
      '-c',
      'user.name=M',
      '-c',
      'user.email=m@example.edu',
      'commit-tree',
      tree,
      '-m',
      'merge',
      '-p',
      takes,
      '-p',
      side,
    );
    git('update-ref', 'refs/heads/main', merged);
    await mirror.refresh();
    clock.advance(hours(24));
    await mirror.refresh();

    // Without the lead; and the collaborator's new role was not in the version that took the lead away.
    expect(runs(mirror)).toEqual([]);
  });

  test('and words that neither give nor take act at once', async () => {
    const mirror = await opened();
    upstream.commit(repository, SAYS);
    expect(await mirror.refresh()).toEqual({ changed: true });
    expect(mirror.current()?.projects[0]?.title).toBe('Absence');
  });
});

describe('the state of the zone', () => {
  test('needs no network, and goes on where it was', async () => {
    const mirror = await opened();
    upstream.commit(repository, TAKES);
    await mirror.refresh();
    upstream.intercept = (_request, response) => {
      response.writeHead(503).end();
      return true;
    };
    const restarted = await open();
    expect(runs(restarted)).toEqual([]);
    expect(await restarted.refresh()).toMatchObject({
      changed: false,
      refused: { code: 'governance.unreachable' },
    });
  });

  test('begins again at the pin when the operator moves it elsewhere', async () => {
    await opened();
    const commit = upstream.commit(repository, GIVES);
    const mirror = await open({ pinned: commit });
    expect(mirror.current()).toBeUndefined();
    await mirror.refresh();
    expect(mirror.current()?.commit).toBe(commit);
  });

  test('without its repository begins again at the pin', async () => {
    const mirror = await opened();
    upstream.commit(repository, TAKES);
    await mirror.refresh();
    rmSync(join(dir, 'repository.git'), { recursive: true });

    const restarted = await open();
    expect(restarted.current()).toBeUndefined();
    await restarted.refresh();
    expect(runs(restarted)).toEqual([]);
  });

  test('that cannot be read ends the start', async () => {
    mkdirSync(join(dir, 'approved.json'));
    await expect(open()).rejects.toThrow('EISDIR');
    mkdirSync(join(dir, 'accepted'));
    await expect(open({ signers: undefined })).rejects.toThrow('EISDIR');
  });

  test('that somebody wrote by hand ends the start', async () => {
    await opened();
    for (const text of ['', '{"approved": "x"}']) {
      writeFileSync(join(dir, 'approved.json'), text);
      await expect(open()).rejects.toThrow('(governance.state-unreadable)');
    }
  });

  test('an old pin that the program finds invalid puts nothing in force', async () => {
    const broken = upstream.commit(repository, { 'policies.yml': 'closing_days: x\n' });
    const mirror = await open({ pinned: broken });
    expect(await mirror.refresh()).toMatchObject({ changed: false, refused: { code: 'governance.invalid' } });
    expect(mirror.current()).toBeUndefined();

    const repaired = upstream.commit(repository, GOOD);
    await mirror.refresh();
    expect((await open({ pinned: broken })).current()).toBeUndefined();
    signTwice(repaired);
    clock.advance(hours(24));
    await mirror.refresh();
    expect(mirror.current()?.commit).toBe(repaired);
  });

  test('needs a pin and two different signers', async () => {
    await expect(open({ pinned: undefined })).rejects.toThrow('signers approve what follows a pinned commit');
    await expect(open({ signers: { keys: [signers[0]!, signers[0]!], clock } })).rejects.toThrow(
      'two signers',
    );
  });
});
