/** `sallyport setup governance`: the first version of the governance repository, committed and ready to be read and pushed. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { isGovernancePath, readGovernance } from '../../governance/governance.ts';
import { isoDay } from '../../lib/clock.ts';
import { Refused } from '../../lib/refusal.ts';
import { cardFile, cardText } from './cards.ts';
import { settings, type Deed } from './deed.ts';
import { textOf } from './files.ts';
import { governanceFiles } from './governance-files.ts';
import { governanceQuestions } from './governance-questions.ts';
import type { Role, Setting } from './role.ts';
import { no } from './words.ts';

const BRANCH = 'main';

export const governanceRole: Role = {
  answers: 'governance',
  questions: [
    ...governanceQuestions,
    {
      id: 'begun_on',
      asks: 'Since when is the first project approved?',
      why: 'Commits before that day are nobody’s deed.',
      standard: ({ now }) => isoDay(now),
      fault: (text) => (/^\d{4}-\d\d-\d\d$/.test(text) ? undefined : 'Write a day like 2027-02-28.'),
    },
  ],
  deeds(setting) {
    const { dir, answers, files, cards } = setting;
    const place = answers['governance_dir'] ?? '';
    const lacking = [
      ...(cards.hub ? [] : ['cards/hub.yml']),
      ...(cards.zones.length > 0 ? [] : ['cards/zone-….yml']),
    ];
    const begun = headOf(place) !== undefined;
    const waits = `${lacking.join(' and ')}: copy ${lacking.length > 1 ? 'them' : 'it'} to ${path.join(dir, 'cards')}/`;
    const written =
      cards.hub && lacking.length === 0 ? governanceFiles(setting, cards.hub.app.id) : undefined;
    // Once there is a commit, people change governance by pull requests, and this only says which commit is pinned.
    const fileDeeds = begun
      ? []
      : written
        ? [...written].map(([name, text]) => settings(path.join(place, name), { text, waits }, files))
        : [settings(place, { text: undefined, waits }, files)];
    return [
      ...fileDeeds,
      ...(written || begun ? [committed(setting, place)] : []),
      settings(
        cardFile(dir, { role: 'governance' } as Parameters<typeof cardFile>[1]),
        { text: cardOf(setting, place), waits: 'the first commit above' },
        files,
      ),
    ];
  },
  next({ answers, cards, dir }) {
    const place = answers['governance_dir'] ?? '';
    const { governance } = cards;
    if (!governance) return [];
    const { github = '', organisation = '', governance_name: name = '' } = answers;
    return [
      `Read it: git -C ${place} show --stat HEAD`,
      `Push it: git -C ${place} push ${github}/${organisation}/${name}.git ${BRANCH}`,
      `The commit to believe is ${governance.commit}. It stands in ${cardFile(dir, governance)}, which every host takes it from:`,
      `  here: sallyport setup hub --dir ${dir} --yes, then sallyport setup steward --dir ${dir} --yes`,
      `  boundary and zone: copy ${path.join(dir, 'cards')}/ there; "sallyport setup proxy" and "sallyport setup zone" write it into proxy.yml and zone.yml`,
      'Protect the branch and require governance/valid and governance/approvals: docs/install/steward.md#rulesets',
    ];
  },
};

/** What stands in the folder must be valid: nothing is committed that no hub would take into use. */
function refuseInvalid(place: string): void {
  const read = new Map<string, string>();
  for (const each of readdirSync(place, { recursive: true, encoding: 'utf8' })) {
    const name = each.split(path.sep).join('/');
    const text = isGovernancePath(name) ? textOf(path.join(place, each)) : undefined;
    if (text !== undefined) read.set(name, text);
  }
  const { findings } = readGovernance(read, '0'.repeat(40));
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0)
    throw new Refused(
      no.governance(errors.map(({ path: file, line, message }) => `${file}:${line} ${message}`)),
    );
}

function committed({ answers }: Setting, place: string): Deed {
  return {
    name: `${place} (git)`,
    kind: 'first commit, not pushed',
    look: () => ({ state: headOf(place) === undefined ? 'new' : 'same' }),
    make() {
      refuseInvalid(place);
      if (!existsSync(path.join(place, '.git')))
        git(place, ['init', '--quiet', `--initial-branch=${BRANCH}`]);
      git(place, ['add', '--all', '--', '.']);
      git(place, [
        ...identity(place, answers['support'] ?? ''),
        'commit',
        '--quiet',
        '--message=Begin the governance of this deployment',
      ]);
    },
  };
}

/** The person's own name where git knows it. */
function identity(place: string, email: string): string[] {
  const known =
    spawnSync('git', ['config', 'user.email'], { cwd: place, encoding: 'utf8' }).stdout.trim() !== '';
  return known ? [] : ['-c', 'user.name=Sallyport setup', '-c', `user.email=${email}`];
}

/** Undefined before the first commit. A folder inside another repository is none of its own. */
function headOf(place: string): string | undefined {
  if (!existsSync(path.join(place, '.git'))) return undefined;
  const done = spawnSync('git', ['rev-parse', '--verify', '--quiet', 'HEAD'], {
    cwd: place,
    encoding: 'utf8',
  });
  return done.status === 0 ? done.stdout.trim() : undefined;
}

function git(place: string, words: readonly string[]): void {
  const done = spawnSync('git', words, { cwd: place, encoding: 'utf8' });
  if (done.error) throw new Refused(no.git('it is not installed'));
  if (done.status !== 0) throw new Refused(no.git(done.stderr.trim().split('\n')[0] ?? 'it says nothing'));
}

/** The commit that hosts pin. Once written it stays, as long as what is here goes on from it. */
function cardOf({ answers, cards }: Setting, place: string): string | undefined {
  const head = headOf(place);
  if (!head) return undefined;
  const before = cards.governance?.commit;
  const goesOn =
    before !== undefined &&
    spawnSync('git', ['merge-base', '--is-ancestor', before, head], { cwd: place, stdio: 'ignore' })
      .status === 0;
  return cardText({
    role: 'governance',
    github: answers['github'] ?? '',
    repository: Number(answers['governance_id']),
    owner: answers['organisation'] ?? '',
    name: answers['governance_name'] ?? '',
    branch: BRANCH,
    commit: goesOn ? before : head,
  });
}
