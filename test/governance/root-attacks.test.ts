/** What never comes into force: signatures that are not two, versions that are not there, a hub that merges its own. */
import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hours } from '../../src/lib/clock.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { peopleFacts } from '../../src/release/release.ts';
import { NUMBERS } from '../deployments/here.ts';
import { KEYS, PROJECT } from '../support/governance.ts';
import {
  bare,
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
  sign,
  signTwice,
  START,
  upstream,
  WAITS,
} from './root-world.ts';
import { keys } from './signers.ts';

describe('does not act after 24 hours:', () => {
  /** Everything in place but what the attack changed. */
  async function after(attack: (commit: string) => void): Promise<string[]> {
    const mirror = await opened();
    const commit = upstream.commit(repository, GIVES);
    attack(commit);
    await mirror.refresh();
    clock.advance(hours(25));
    await mirror.refresh();
    return runs(mirror);
  }

  const attacks: [string, (commit: string) => void][] = [
    ['one signer, twice', (commit) => (sign('ash', commit, 'a'), sign('ash', commit, 'b'))],
    ['a signer and a stranger', (commit) => (sign('ash', commit), sign('stranger', commit))],
    ['signatures of the version before', () => signTwice(pinned)],
    [
      'a tag moved here from another commit',
      (commit) => {
        sign('ash', commit);
        git(
          'update-ref',
          `refs/tags/approved/${commit.slice(0, 8)}-noor`,
          git('rev-parse', sign('noor', pinned)),
        );
      },
    ],
    [
      'a tag copied under another name',
      (commit) => {
        git('update-ref', 'refs/tags/approved/second', git('rev-parse', sign('ash', commit)));
      },
    ],
    [
      'a signature for another tag name, such as a release',
      (commit) => {
        sign('ash', commit);
        const config = ['-c', 'gpg.format=ssh', '-c', `user.signingKey=${join(keys, 'noor')}`];
        git(...config, 'tag', '-s', '-m', 'x', 'v1', commit);
        git('update-ref', 'refs/tags/approved/v1', git('rev-parse', 'refs/tags/v1'));
      },
    ],
    [
      'a tag without a signature',
      (commit) => {
        sign('ash', commit);
        git('tag', '-a', '-m', 'approved', 'approved/noor', commit);
      },
    ],
    [
      'a branch in place of a tag',
      (commit) => {
        sign('ash', commit);
        git('update-ref', 'refs/tags/approved/noor', commit);
      },
    ],
    [
      'a signed tag whose commit was exchanged',
      (commit) => {
        sign('ash', commit);
        const tag = git('cat-file', 'tag', sign('noor', pinned)).replace(pinned, commit);
        const forged = execFileSync('git', ['-C', bare(), 'hash-object', '-t', 'tag', '-w', '--stdin'], {
          encoding: 'utf8',
          input: `${tag}\n`,
        }).trim();
        git('update-ref', `refs/tags/approved/${pinned.slice(0, 8)}-noor`, forged);
      },
    ],
    [
      'a signature that was taken back in time',
      (commit) => {
        sign('ash', commit);
        git('update-ref', '-d', sign('noor', commit));
      },
    ],
  ];
  test.each(attacks)('%s', async (_what, attack) => {
    expect(await after(attack)).toEqual(['lead']);
  });

  test('a version that was signed, once the branch no longer holds it', async () => {
    const mirror = await opened();
    signTwice(upstream.commit(repository, GIVES));
    await mirror.refresh();
    git('update-ref', 'refs/heads/main', pinned);
    clock.advance(hours(25));

    expect(await mirror.refresh()).toMatchObject({
      changed: false,
      refused: { code: 'governance.rewritten' },
    });
    expect(runs(mirror)).toEqual(['lead']);
  });

  test('a signed version when the branch was rewritten beside it', async () => {
    const mirror = await opened();
    const commit = upstream.commit(repository, GIVES, { orphan: true });
    signTwice(commit);
    clock.advance(hours(25));
    expect(await mirror.refresh()).toMatchObject({ refused: { code: 'governance.pin-missing' } });
    expect(runs(mirror)).toEqual(['lead']);
  });

  test('a signed version that is not valid', async () => {
    const mirror = await opened();
    const commit = upstream.commit(repository, { ...GIVES, 'policies.yml': 'closing_days: x\n' });
    signTwice(commit);
    expect(await mirror.refresh()).toMatchObject({ refused: { code: 'governance.invalid' } });
    clock.advance(hours(25));
    expect(await mirror.refresh()).toMatchObject({ refused: { code: 'governance.invalid' } });
    expect(mirror.current()?.commit).toBe(pinned);
  });

  test('anything by a clock that went back when the version came, and is put right again', async () => {
    const mirror = await opened();
    clock.advance(-hours(240));
    const commit = upstream.commit(repository, GIVES);
    signTwice(commit);
    await mirror.refresh();
    clock.advance(hours(240));
    expect(await mirror.refresh()).toMatchObject(WAITS);
    expect(runs(mirror)).toEqual(['lead']);
    clock.advance(hours(24));
    expect(await mirror.refresh()).toEqual({ changed: true });
  });

  test('anything while the clock is behind the latest time this zone has read', async () => {
    const mirror = await opened();
    signTwice(upstream.commit(repository, GIVES));
    await mirror.refresh();
    clock.advance(hours(48));
    writeFileSync(
      join(dir, 'approved.json'),
      readFileSync(join(dir, 'approved.json'), 'utf8').replace(/"clock":\d+/, `"clock":${clock.now() + 1}`),
    );
    const restarted = await open();
    expect(await restarted.refresh()).toMatchObject(WAITS);
    clock.advance(1);
    expect(await restarted.refresh()).toEqual({ changed: true });
  });
});

test('a hub that merges its own governance changes nothing: no checker, key, person, address or floor of its own', async () => {
  const mirror = await opened();
  const before = mirror.current()!;
  upstream.commit(repository, {
    'people.yml': `${GOOD['people.yml']!.replace('name: Kim Example,', 'name: Kim Example, commit_emails: [victim@example.edu],').replace('[rowan@example.edu]', '[]')}- {id: 666, login: mallory, name: Mallory, training: {course: c, passed: 2026-01-01, expires: 2029-01-01}, until: 2029-01-01}\n`,
    'teams.yml': GOOD['teams.yml']!.replace(
      '  members:\n',
      '  members:\n    - {id: 666, until: 2028-12-31, reason: x, ref: x}\n',
    ),
    'backends.yml': GOOD['backends.yml']!.replace(KEYS.viewer.publicText, newKeyPair().publicText),
    'policies.yml': `outputs: {suppress_at_or_below: 0, types: [csv, html, exe]}
review: {training: not_required, bots: [{id: 700}], commit_emails_of_nobody: [x@example.edu]}
`,
  });

  expect(await mirror.refresh()).toMatchObject({ ...WAITS, changed: true });

  const now = mirror.current()!;
  expect(now.people.map(({ id }) => id)).toEqual(before.people.map(({ id }) => id));
  expect(now.people.flatMap(({ commitEmails }) => commitEmails)).toEqual([]);
  expect(now.teams.flatMap(({ members }) => members.map(({ id }) => id))).toEqual(
    before.teams.flatMap(({ members }) => members.map(({ id }) => id)),
  );
  expect(now.backends.flatMap(({ keys: { viewer } }) => viewer)).toEqual([]);
  expect(now.policies).toMatchObject({
    outputs: { suppress_at_or_below: NUMBERS.threshold, types: ['csv'] },
    review: { training: 'required', bots: [], commitEmailsOfNobody: [] },
  });
  expect(peopleFacts(now, PROJECT, Date.parse(START))[666]).toBeUndefined();
});
