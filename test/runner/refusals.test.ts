/** Everything the zone says no to. */
import { describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { RunTask, Update } from '../../src/protocol/messages.ts';
import { aGovernance, edited, PEOPLE } from '../support/governance.ts';
import { goodScript, leftovers, OWNER, STUDY_FILES } from '../support/zone-world.ts';
import { endOf } from './refusal-world.ts';
import { another, world } from './runner-world.ts';

describe('a task that the zone refuses', () => {
  test.each<[string, Partial<RunTask>, Partial<Update>]>([
    [
      'a repository of no project',
      { repository: { id: 1, owner: OWNER, name: 'study' } },
      { reason: 'repository-not-in-project' },
    ],
    [
      'a known number under a foreign organisation',
      { repository: { id: 70011, owner: 'elsewhere', name: 'study' } },
      { reason: 'repository-not-in-project' },
    ],
    ['a person without a role', { requestedBy: PEOPLE.collaborator }, { reason: 'person-not-permitted' }],
    ['a person nobody knows', { requestedBy: 1 }, { reason: 'person-not-permitted' }],
    ['a branch that is not there', { branch: 'gone' }, { reason: 'commit-not-on-branch' }],
    ['a commit that is not there', { commit: 'f'.repeat(40) }, { reason: 'commit-missing' }],
    ['an action that is not there', { action: 'modle' }, { reason: 'action-unknown' }],
  ])('%s', async (_what, more, expected) => {
    const end = await endOf(world.task('extract', more));

    expect(end).toMatchObject({ state: 'refused_by_zone', ...expected });
    expect(world.engine.started).toEqual([]);
    expect(leftovers(world)).toEqual([]);
  });

  test('a commit that only a pull request names', async () => {
    const bare = path.join(world.upstream.root, OWNER, 'study.git');
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', bare, ...args], { encoding: 'utf8' }).trim();
    const tree = git('rev-parse', 'main^{tree}');
    const foreign = git(
      '-c',
      'user.name=x',
      '-c',
      'user.email=x@example.org',
      'commit-tree',
      tree,
      '-p',
      'main',
      '-m',
      'x',
    );
    git('update-ref', 'refs/pull/1/head', foreign);

    const end = await endOf(world.task('extract', { commit: foreign }));

    expect(end).toMatchObject({ state: 'refused_by_zone', reason: 'commit-missing' });
  });

  test('a commit on another branch than the one named', async () => {
    const bare = path.join(world.upstream.root, OWNER, 'study.git');
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', bare, ...args], { encoding: 'utf8' }).trim();
    const tree = git('rev-parse', 'main^{tree}');
    const other = git(
      '-c',
      'user.name=x',
      '-c',
      'user.email=x@example.org',
      'commit-tree',
      tree,
      '-p',
      'main',
      '-m',
      'y',
    );
    git('update-ref', 'refs/heads/other', other);
    const first = world.task('extract', { commit: other, branch: 'other' });
    expect((await endOf(first)).state).toBe('succeeded');

    const second = world.task('extract', { commit: other, branch: 'main' });
    world.hub.give(second);
    const [end] = await world.hub.end(second.id);

    expect(end).toMatchObject({ state: 'refused_by_zone', reason: 'commit-not-on-branch' });
  });

  test.each<[string, Record<string, [string, string]>, string]>([
    [
      'a backend that the project may not use',
      { 'projects/ns-2026-014.yml': ['backends: [attainment]', 'backends: [rehearsal]'] },
      'backend-not-permitted',
    ],
    [
      'a completed project whose days of closing are over',
      {
        'projects/ns-2026-014.yml': ['status: ongoing', 'status: completed_linked\nstatus_since: 2026-07-01'],
      },
      'person-not-permitted',
    ],
    [
      'a person whose grant has ended',
      {
        'people.yml': [
          'backends: [{id: attainment, until: 2027-08-31}]',
          'backends: [{id: attainment, until: 2026-07-31}]',
        ],
      },
      'backend-not-permitted',
    ],
    [
      'an image that has been retired',
      {
        'images.yml': [
          "digest: 'sha256:" + '3'.repeat(64) + "'",
          "retire_on: 2026-08-01, digest: 'sha256:" + '3'.repeat(64) + "'",
        ],
      },
      'image-not-allowed',
    ],
    [
      'an image that is no database image',
      { 'images.yml': ['database: true', 'database: false'] },
      'image-not-allowed',
    ],
    [
      'a database image without a digest',
      { 'images.yml': [`digest: 'sha256:${'3'.repeat(64)}'`, `image_id: 'sha256:${'3'.repeat(64)}'`] },
      'image-not-by-digest',
    ],
  ])('%s', async (_what, edits, reason) => {
    world.governance = aGovernance(edited(edits));

    expect(await endOf(world.task('extract'))).toMatchObject({ state: 'refused_by_zone', reason });
    expect(world.engine.started).toEqual([]);
  });

  test('a project that was granted no dataset', async () => {
    world.governance = { ...aGovernance(), datasets: [] };

    expect(await endOf(world.task('extract'))).toMatchObject({
      state: 'refused_by_zone',
      reason: 'no-dataset-granted',
    });
  });

  test.each<[string, string, string | undefined]>([
    ['never granted', 'grants: []', 'permission-not-granted'],
    [
      'that has ended',
      'grants: [{project: ns-2026-014, from: 2026-01-01, until: 2026-01-02, reason: r, ref: x}]',
      'permission-not-granted',
    ],
    [
      'that has not begun',
      'grants: [{project: ns-2026-014, from: 2027-02-01, until: 2027-02-27, reason: r, ref: x}]',
      'permission-not-granted',
    ],
    [
      'granted now',
      'grants: [{project: ns-2026-014, from: 2026-03-01, until: 2027-02-27, reason: r, ref: x}]',
      undefined,
    ],
  ])('a population %s', async (_what, grants, reason) => {
    await another({
      files: {
        ...STUDY_FILES,
        'project.yaml': STUDY_FILES['project.yaml']!.replace(
          '    run: sqlrunner',
          '    permissions: [everybody]\n    run: sqlrunner',
        ),
      },
    });
    const files = edited({
      'deployment.yml': ['project_number', 'population_permissions: [everybody]\nproject_number'],
    });
    files.set(
      'permissions/populations.yml',
      `everybody:\n  steward_team: t\n  ask: https://a.example\n  ${grants}\n`,
    );
    world.governance = aGovernance(files);

    const given: (string | undefined)[] = [];
    const end = await endOf(world.task('extract'), {
      script: (job) => {
        given.push(job.spec.environment['EHRQL_PERMISSIONS']);
        return goodScript(job);
      },
    });
    expect(end).toMatchObject(reason ? { state: 'refused_by_zone', reason } : { state: 'succeeded' });
    expect(given).toEqual(reason ? [] : ['["everybody"]']);
  });

  test('a workspace that is archived', async () => {
    const task = world.task('extract');
    world.governance = aGovernance(
      edited({ 'projects/ns-2026-014.yml': ['papers: []', `papers: []\narchived: [${task.workspace}]`] }),
    );

    expect(await endOf(task)).toMatchObject({ state: 'refused_by_zone', reason: 'workspace-archived' });
    expect(world.engine.started).toEqual([]);
  });

  test('a zone of dummy data does not stand for a backend of real data', async () => {
    world.governance = aGovernance(edited({ 'backends.yml': ['  data: dummy\n', ''] }));

    expect(await endOf(world.task('extract'), { data: 'dummy' })).toMatchObject({
      reason: 'backend-not-permitted',
    });
  });

  test('a project.yaml that is not valid', async () => {
    await another({ files: { ...STUDY_FILES, 'project.yaml': 'version: 9\n' } });

    expect(await endOf(world.task('extract'))).toMatchObject({
      state: 'refused_by_zone',
      reason: 'project-invalid',
    });
  });

  test.each([
    ['nobody has', 'nothere:v1'],
    ['whose action.yaml names an image that is not allowed', 'wild:v1'],
    ['that reads the database', 'reads:v1'],
    ['that is not merged to main', 'unmerged:v1'],
  ])('a reusable action %s', async (_what, image) => {
    await another({
      files: {
        'project.yaml': `version: 5\nactions:\n  x:\n    run: ${image}\n    outputs: {highly_sensitive: {o: o.csv}}\n`,
      },
    });
    const make = (name: string, run: string): string => {
      const bare = path.join(world.upstream.root, 'northshire-actions', `${name}.git`);
      if (!existsSync(bare))
        world.upstream.repository(`northshire-actions/${name}`, { 'action.yaml': `run: ${run}\n` });
      return bare;
    };
    const tag = (bare: string, to: string): void =>
      void execFileSync('git', ['-C', bare, 'tag', '-f', 'v1', to], { stdio: 'ignore' });
    tag(make('wild', 'wilderness:v1 x'), 'main');
    tag(make('reads', 'sqlrunner:v1 q.sql --output o.csv'), 'main');
    const bare = make('unmerged', 'python:v2 x.py');
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', bare, ...args], { encoding: 'utf8' }).trim();
    const orphan = git(
      '-c',
      'user.name=x',
      '-c',
      'user.email=x@example.org',
      'commit-tree',
      git('rev-parse', 'main^{tree}'),
      '-m',
      'z',
    );
    tag(bare, orphan);

    expect(await endOf(world.task('x'))).toMatchObject({
      state: 'refused_by_zone',
      reason: 'reusable-action-not-allowed',
    });
  });
});
