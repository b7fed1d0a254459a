import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  mayRun,
  openGovernanceMirror,
  type GovernanceMirror,
  type MirrorOptions,
  type MirrorRefresh,
} from '../../src/governance/governance.ts';
import { fixedClock, hours } from '../../src/lib/clock.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { parseSshKey, signerOf, splitSigned, type SshKey } from '../../src/lib/ssh-signature.ts';
import { peopleFacts } from '../../src/release/release.ts';
import { governanceFiles, KEYS, PEOPLE, PROJECT } from '../support/governance.ts';
import { gitUpstream, type GitUpstream } from '../support/git-upstream.ts';

const logger = createLogger('test', { level: 'silent' });
const GOOD = Object.fromEntries(governanceFiles());
const START = '2026-10-01T12:00:00Z';

/** The example's files with one text replaced by another. */
function changed(path: string, from: string, to: string): Record<string, string> {
  const text = GOOD[path] ?? '';
  if (!text.includes(from)) throw new Error(`${path} does not hold ${from}`);
  return { [path]: text.replace(from, to) };
}

/** Gives the collaborator what runs jobs; takes the lead away; neither gives nor takes. */
const GIVES = changed(`projects/${PROJECT}.yml`, 'roles: [collaborator]', 'roles: [developer]');
const TAKES = changed(
  `projects/${PROJECT}.yml`,
  `  - {id: ${PEOPLE.lead}, roles: [lead, developer], until: 2027-02-28, reason: applicant, ref: GOV-131}\n`,
  '',
);
const SAYS = changed(`projects/${PROJECT}.yml`, 'Absence and exam results', 'Absence');

let upstream: GitUpstream;
let keys: string;
let signers: SshKey[];
let count = 0;
let repository: string;
let dir: string;
let pinned: string;
let clock: ReturnType<typeof fixedClock>;

beforeAll(async () => {
  upstream = await gitUpstream();
  keys = mkdtempSync(join(tmpdir(), 'sallyport-signers-'));
  signers = ['ash', 'noor', 'stranger'].map((name) => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(keys, name)]);
    const key = parseSshKey(readFileSync(join(keys, `${name}.pub`), 'utf8'));
    if (isRefusal(key)) throw new Error(key.says);
    return key;
  });
});
afterAll(async () => {
  rmSync(keys, { recursive: true, force: true });
  await upstream.close();
});
beforeEach(() => {
  repository = `northshire-research/root-${++count}`;
  dir = mkdtempSync(join(tmpdir(), 'sallyport-root-'));
  clock = fixedClock(START);
  pinned = upstream.repository(repository, GOOD);
});
afterEach(() => {
  upstream.intercept = undefined;
  rmSync(dir, { recursive: true, force: true });
});

const bare = (): string => join(upstream.root, `${repository}.git`);
function git(...args: string[]): string {
  const env = {
    PATH: process.env['PATH'],
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_COMMITTER_NAME: 'S',
    GIT_COMMITTER_EMAIL: 's@example.edu',
  };
  return execFileSync('git', ['-C', bare(), ...args], {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

type Signer = 'ash' | 'noor' | 'stranger';

/** As a signer does it: `git tag -s` with their SSH key. */
function sign(who: Signer, commit: string, name = `${commit.slice(0, 8)}-${who}`): string {
  const config = ['-c', 'gpg.format=ssh', '-c', `user.signingKey=${join(keys, who)}`];
  git(...config, 'tag', '-s', '-f', '-m', 'approved', `approved/${name}`, commit);
  return `refs/tags/approved/${name}`;
}
const signTwice = (commit: string): void =>
  ['ash', 'noor'].forEach((who) => void sign(who as Signer, commit));

function open(changes: Partial<MirrorOptions> = {}): Promise<GovernanceMirror> {
  return openGovernanceMirror({
    dir,
    remote: `${upstream.origin}/${repository}`,
    branch: 'main',
    pinned,
    signers: { keys: signers.slice(0, 2), clock },
    logger,
    ...changes,
  });
}

async function opened(): Promise<GovernanceMirror> {
  const mirror = await open();
  await mirror.refresh();
  return mirror;
}

/** Who may run jobs, as this zone sees it. */
function runs(mirror: GovernanceMirror): string[] {
  const g = mirror.current();
  if (!g) return ['nothing is in force'];
  const at = Date.parse(START);
  return Object.entries(PEOPLE)
    .filter(
      ([, person]) =>
        mayRun(g, { person, project: PROJECT, backend: 'rehearsal', at })?.code !== 'run.not-a-member',
    )
    .filter(
      ([, person]) =>
        mayRun(g, { person, project: PROJECT, backend: 'rehearsal', at })?.code !== 'run.role-missing',
    )
    .map(([name]) => name);
}
const WAITS = { refused: expect.objectContaining({ code: 'governance.unapproved' }) as unknown };

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
    expect(mirror.current()?.policies.outputs.csv_rows).toBe(5000);
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
review: {training: not_required, bots: [{id: ${PEOPLE.lead}}], commit_emails_of_nobody: [x@example.edu]}
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
    outputs: { suppress_at_or_below: 7, types: ['csv'] },
    review: { training: 'required', bots: [], commitEmailsOfNobody: [] },
  });
  expect(peopleFacts(now, PROJECT, Date.parse(START))[666]).toBeUndefined();
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

describe('an SSH signature', () => {
  const file = (name: string): string => join(keys, name);
  function signature(message: string, who: Signer = 'ash', namespace = 'git'): string {
    writeFileSync(file('message'), message);
    rmSync(file('message.sig'), { force: true });
    execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-f', file(who), '-n', namespace, file('message')], {
      stdio: 'ignore',
    });
    return readFileSync(file('message.sig'), 'utf8');
  }
  const by = (message: string, armoured: string): string | undefined =>
    signerOf(Buffer.from(message), armoured, 'git', signers.slice(0, 2))?.id;

  test('is of the key that made it, for this message and this purpose', () => {
    const armoured = signature('hello');
    expect(by('hello', armoured)).toBe(signers[0]!.id);
    expect(by('hello!', armoured)).toBeUndefined();
    expect(by('hello', signature('hello', 'ash', 'file'))).toBeUndefined();
    expect(by('hello', signature('hello', 'stranger'))).toBeUndefined();
  });

  test('with anything changed, cut or added is none, and nothing throws', () => {
    const armoured = signature('hello');
    const lines = armoured.trimEnd().split('\n');
    const bytes = Buffer.from(lines.slice(1, -1).join(''), 'base64');
    const wrap = (changed: Buffer): string =>
      `${lines[0]}\n${changed
        .toString('base64')
        .replace(/(.{70})/g, '$1\n')
        .trimEnd()}\n${lines.at(-1)}\n`;
    expect(by('hello', wrap(bytes))).toBe(signers[0]!.id);
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1;
      expect(by('hello', wrap(flipped))).toBeUndefined();
      expect(by('hello', wrap(bytes.subarray(0, at)))).toBeUndefined();
    }
    expect(by('hello', wrap(Buffer.concat([bytes, Buffer.from([0])])))).toBeUndefined();
    for (const text of [
      '',
      lines[0]!,
      'x'.repeat(5000),
      armoured.replace('BEGIN SSH', 'BEGIN PGP'),
      armoured.replace(lines[1]!, '%%%'),
    ])
      expect(by('hello', text)).toBeUndefined();
  });

  test('stands at the end of what it signs', () => {
    const text = `first\n-----BEGIN SSH SIGNATURE-----\nnot this\n-----BEGIN SSH SIGNATURE-----\nx\n`;
    expect(splitSigned(Buffer.from(text))?.message.toString()).toBe(
      'first\n-----BEGIN SSH SIGNATURE-----\nnot this\n',
    );
    expect(splitSigned(Buffer.from('first\n'))).toBeUndefined();
  });

  const short = `ssh-ed25519 ${Buffer.from('0000000b7373682d656432353531390000000161', 'hex').toString('base64')}`;
  test.each([short, '', 'ssh-ed25519', 'ssh-ed25519 AAAA', 'ssh-rsa AAAAB3NzaC1yc2E=', 'ssh-ed25519 %%%'])(
    'is by no key like "%s"',
    (line) => {
      expect(parseSshKey(line)).toMatchObject({ code: 'key.not-ssh-ed25519' });
    },
  );
});
