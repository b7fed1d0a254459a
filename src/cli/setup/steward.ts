/** `sallyport setup steward`: the second App and the process beside the hub that uses it. */
import path from 'node:path';
import { appDeeds, appFacts, appQuestions, installAt, secretFiles, type AppPlaces } from './app.ts';
import { cardFile, cardText } from './cards.ts';
import { key, publicLine, settings } from './deed.ts';
import { hostDeeds, startLines, stateOf, unitDeeds, userOf, type Host } from './host.ts';
import { always, oneOf } from './question.ts';
import type { Role, Setting } from './role.ts';
import { publicQuestions, roleQuestions } from './role-questions.ts';
import { HEAD, lines, q } from './text.ts';
import { watchDeeds, watchLine } from './watch.ts';

const HOST: Host = { name: 'steward' };
const app = (setting: Setting): AppPlaces => ({
  manifest: 'steward.yml',
  prefix: 'steward-',
  owner: userOf(setting, HOST),
});
const CARD = { role: 'steward', key: '', app: { id: 0, slug: '', client_id: '' } } as const;

export const stewardRole: Role = {
  answers: 'steward',
  questions: roleQuestions(HOST, [
    ...publicQuestions,
    ...appQuestions('Sallyport Steward'),
    {
      id: 'keeps',
      asks: 'Shall it make and keep repositories and teams as governance says, or leave that to people?',
      why: 'keep: review repositories, repositories of projects, teams. leave: it publishes, and does nothing else.',
      standard: always('keep'),
      fault: oneOf('keep', 'leave'),
    },
  ]),
  deeds(setting) {
    const { dir, files } = setting;
    const place = path.join(dir, 'steward.key');
    return [
      ...hostDeeds(setting, HOST),
      key(place, userOf(setting, HOST)),
      ...appDeeds(setting, app(setting)),
      ...watchDeeds(setting, HOST),
      settings(
        cardFile(dir, { ...CARD }),
        { text: cardOf(setting, place), waits: 'the App and the key above' },
        files,
      ),
      settings(
        path.join(dir, 'steward-config.yml'),
        {
          text: textOf(setting),
          waits: 'the governance repository: "sallyport setup governance" writes its card',
        },
        files,
      ),
      ...unitDeeds(setting, HOST),
    ];
  },
  next(setting) {
    const facts = appFacts(setting, app(setting));
    const { dir, answers, cards } = setting;
    if (!facts) return [];
    const again = `sallyport setup hub --dir ${dir} --yes (takes up the steward's key)`;
    if (!cards.governance)
      return [`Let the App in, on all repositories: ${installAt(answers['github'] ?? '', facts)}`, again];
    return [
      'Set the rulesets that keep it off branches: docs/install/steward.md#rulesets',
      ...startLines(setting, 'steward', `sallyport steward --config ${path.join(dir, 'steward-config.yml')}`),
    ];
  },
};

function cardOf(setting: Setting, place: string): string | undefined {
  const facts = appFacts(setting, app(setting));
  const line = publicLine(place);
  if (!facts || !line) return undefined;
  return cardText({ role: 'steward', key: line, app: { ...facts, client_id: facts.client_id || 'none' } });
}

function textOf(setting: Setting): string | undefined {
  const { answers, cards } = setting;
  const facts = appFacts(setting, app(setting));
  const { governance } = cards;
  if (!facts || !governance) return undefined;
  return lines(
    HEAD('steward', 'steward.md'),
    'github:',
    `  origin: ${q(answers['github'])}`,
    `  app_id: ${facts.id} # of the second App`,
    `  private_key_file: ${secretFiles(app(setting)).pem}`,
    'governance:',
    `  repository: ${governance.repository}`,
    `  owner: ${q(governance.owner)}`,
    `  name: ${q(governance.name)}`,
    `  branch: ${q(governance.branch)}`,
    `  commit: ${q(governance.commit)} # every version that it believes descends from it`,
    `hub: {origin: ${q(answers['hub_origin'])}}`,
    'key_file: steward.key # its public line stands in hub.yml',
    `state_dir: ${q(stateOf(setting, HOST))}`,
    `reviews: ${answers['keeps']}`,
    `projects: ${answers['keeps']}`,
    watchLine(setting, HOST),
    'log: info',
  );
}
