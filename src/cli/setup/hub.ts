/** `sallyport setup hub`: the App, keys, database, settings and unit of the public host. */
import { isIP } from 'node:net';
import path from 'node:path';
import { publicKeyText, readPrivateKey } from '../../lib/keys.ts';
import { verifierKey } from '../../ledger/ledger.ts';
import { appDeeds, appFacts, appQuestions, installAt, secretFiles, type AppPlaces } from './app.ts';
import { cardFile, cardText } from './cards.ts';
import { databaseDeeds, databaseQuestions } from './database.ts';
import { key, publicLine, settings } from './deed.ts';
import { hostDeeds, startLines, stateOf, unitDeeds, userOf, type Host } from './host.ts';
import { always, listed, port } from './question.ts';
import type { Role, Setting } from './role.ts';
import { publicQuestions, roleQuestions } from './role-questions.ts';
import { HEAD, lines, q } from './text.ts';
import { tracesLine, tracesQuestions, watchDeeds, watchLine } from './watch.ts';

const HOST: Host = { name: 'hub' };
const DATABASE = { prefix: '', file: 'hub-database.url', name: 'sallyport_hub' };
const app = (setting: Setting): AppPlaces => ({
  manifest: 'app.yml',
  prefix: '',
  owner: userOf(setting, HOST),
});

export const hubRole: Role = {
  answers: 'hub',
  questions: roleQuestions(HOST, [
    ...publicQuestions,
    {
      id: 'port',
      asks: 'On which port of this machine does the hub listen?',
      why: 'The web server in front speaks TLS and calls it there.',
      standard: always('8080'),
      fault: port,
    },
    {
      id: 'listen_host',
      asks: 'On which address?',
      why: '127.0.0.1, this machine alone. In a container 0.0.0.0, where nobody but the web server is on its network.',
      standard: always('127.0.0.1'),
      fault: (text) => (isIP(text) ? undefined : 'Write an address.'),
    },
    {
      id: 'trusted_proxies',
      asks: 'From which addresses does the web server call?',
      why: 'Its word for a browser’s address is taken; limits count by it. With commas.',
      standard: always('127.0.0.1'),
      fault: (text) =>
        listed(text).every((one) => isIP(one.replace(/\/\d{1,3}$/, '')))
          ? undefined
          : 'Write addresses, or networks like 172.30.0.0/24.',
    },
    ...appQuestions('Sallyport'),
    ...databaseQuestions(DATABASE),
    ...tracesQuestions({ zone: false }),
  ]),
  deeds(setting) {
    const { dir, files } = setting;
    const at = (name: string): string => path.join(dir, name);
    const user = userOf(setting, HOST);
    return [
      ...hostDeeds(setting, HOST),
      key(at('hub.key'), user),
      key(at('log.key'), user),
      ...databaseDeeds(setting, { ...DATABASE, owner: user }),
      ...appDeeds(setting, app(setting)),
      ...watchDeeds(setting, HOST),
      settings(
        cardFile(dir, { ...CARD }),
        { text: cardOf(setting), waits: 'the App and the keys above' },
        files,
      ),
      settings(at('hub.yml'), { text: textOf(setting), waits: waitsFor(setting) }, files),
      ...unitDeeds(setting, HOST),
    ];
  },
  next(setting) {
    const facts = appFacts(setting, app(setting));
    const { dir, answers, cards } = setting;
    if (!facts) return [];
    if (!cards.governance)
      return [
        `Let the App in, on all repositories: ${installAt(answers['github'] ?? '', facts)}`,
        ...(cards.steward ? [] : [`sallyport setup steward --dir ${dir}`]),
        `Copy the zone's card to ${path.join(dir, 'cards')}/, then: sallyport setup governance --dir ${dir}`,
      ];
    return [
      ...startLines(setting, 'hub', `sallyport hub --config ${path.join(dir, 'hub.yml')}`),
      `On the boundary host: copy ${path.join(dir, 'cards')}/ and ${path.join(dir, 'app.pem')} there, then sallyport setup proxy`,
      `On the zone host: copy ${path.join(dir, 'cards')}/ there, then sallyport setup zone`,
    ];
  },
};

const CARD = {
  role: 'hub',
  github: '',
  organisation: '',
  origin: '',
  key: '',
  app: { id: 0, slug: '', client_id: '' },
  log_key: '',
} as const;

/** The line with which people verify the public log. */
export function logLine({ dir, answers }: Setting): string | undefined {
  const place = path.join(dir, 'log.key');
  if (!publicLine(place)) return undefined;
  const { publicKey } = readPrivateKey(place);
  const host = (answers['hub_origin'] ?? '').replace(/^https?:\/\//, '');
  return publicKeyText(publicKey) && verifierKey(`${host}/log`, publicKey).text;
}

function cardOf(setting: Setting): string | undefined {
  const { dir, answers } = setting;
  const facts = appFacts(setting, app(setting));
  const hub = publicLine(path.join(dir, 'hub.key'));
  const log = logLine(setting);
  if (!facts || !hub || !log) return undefined;
  const { github = '', organisation = '', hub_origin: at = '' } = answers;
  return cardText({
    role: 'hub',
    github,
    organisation,
    origin: at,
    key: hub,
    app: { ...facts, client_id: facts.client_id || 'none' },
    log_key: log,
  });
}

const waitsFor = ({ cards }: Setting): string =>
  cards.governance
    ? 'the App above'
    : 'the governance repository: "sallyport setup governance" writes its card';

function textOf(setting: Setting): string | undefined {
  const { answers, cards } = setting;
  const facts = appFacts(setting, app(setting));
  const { governance } = cards;
  if (!facts || !governance) return undefined;
  const { pem, webhook, client } = secretFiles(app(setting));
  return lines(
    HEAD('hub', 'hub.md'),
    '# Files are named relative to this folder; where systemd hands them over as credentials, those are read.',
    'github:',
    `  origin: ${q(answers['github'])}`,
    `  app_id: ${facts.id}`,
    `  private_key_file: ${pem}`,
    `  webhook_secret_files: [${webhook}]`,
    facts.client_id !== '' &&
      `  client_id: ${q(facts.client_id)} # with these two people can sign in on the hub's pages`,
    facts.client_id !== '' && `  client_secret_file: ${client}`,
    'governance:',
    `  repository: {id: ${governance.repository}, owner: ${q(governance.owner)}, name: ${q(governance.name)}}`,
    `  branch: ${q(governance.branch)}`,
    `  pinned: ${q(governance.commit)} # every version that comes into force descends from it`,
    'hub:',
    `  origin: ${q(answers['hub_origin'])}`,
    '  key_file: hub.key',
    `  listen: {host: ${q(answers['listen_host'])}, port: ${answers['port']}}`,
    `  trusted_proxies: ${q(listed(answers['trusted_proxies']))} # whose word for a browser's address is taken`,
    cards.steward && `steward: {key: ${q(cards.steward.key)}} # who may publish`,
    'ledger: {key_file: log.key} # signs the public log',
    `data: ${q(stateOf(setting, HOST))}`,
    answers['database'] === 'embedded'
      ? '# No database_url_file: an embedded database in "data", for trials alone.'
      : 'database_url_file: hub-database.url',
    watchLine(setting, HOST),
    tracesLine(setting),
    'log: info',
  );
}
