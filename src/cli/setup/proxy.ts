/** `sallyport setup proxy`: the boundary host. */
import path from 'node:path';
import { brought } from './app.ts';
import { cardFile, cardText, type Cards } from './cards.ts';
import { settings } from './deed.ts';
import {
  hostDeeds,
  hostQuestions,
  startLines,
  stateOf,
  unitDeeds,
  unitQuestions,
  userOf,
  type Host,
} from './host.ts';
import { always, file, oneOf, origin, port, type Question } from './question.ts';
import type { Role, Setting } from './role.ts';
import { HEAD, lines, q } from './text.ts';

const HOST: Host = { name: 'proxy' };
const PEM = 'app.pem';

const INSIDE = /^(?:localhost|\[::1\]|127\..*|10\..*|192\.168\..*|172\.(?:1[6-9]|2\d|3[01])\..*)$/;
const githubIn = (cards: Cards): string =>
  cards.governance?.github ?? cards.hub?.github ?? 'https://github.com';

const hasTls = (answers: Readonly<Record<string, string>>): boolean =>
  !['127.0.0.1', '::1', 'localhost'].includes(answers['listen_host'] ?? '');

export const proxyOrigin: Question = {
  id: 'proxy_origin',
  asks: 'Under which address does the zone reach the proxy?',
  why: 'Agents make their tokens for exactly this text. The zone has no DNS: the name goes into /etc/hosts there.',
  standard: ({ cards }) => cards.proxy?.origin,
  fault: origin,
};

export const proxyRole: Role = {
  answers: 'proxy',
  questions: [
    proxyOrigin,
    {
      id: 'listen_host',
      asks: 'On which address of this machine does it listen?',
      why: 'The one that the zone reaches. On 127.0.0.1 something in front speaks TLS.',
      standard: always('0.0.0.0'),
      fault: (text) =>
        /^[0-9a-f.:]+$/.test(text) || text === 'localhost' ? undefined : 'Write an address, not a name.',
    },
    {
      id: 'port',
      asks: 'On which port?',
      why: '443, unless the address above says another.',
      standard: always('443'),
      fault: port,
    },
    {
      id: 'tls_cert_file',
      asks: 'Which file holds the certificate and its chain?',
      why: 'PEM. A certificate of your own authority will do: agents are given the authority as proxy.ca_file.',
      standard: ({ dir }) => path.join(dir, 'egress.pem'),
      when: hasTls,
      fault: file(/-----BEGIN CERTIFICATE-----/),
    },
    {
      id: 'tls_key_file',
      asks: 'Which file holds its key?',
      why: 'PEM, for this user alone.',
      standard: ({ dir }) => path.join(dir, 'egress.key'),
      when: hasTls,
      fault: file(/PRIVATE KEY-----/),
    },
    {
      id: 'github_private',
      asks: 'Has your GitHub an address inside?',
      why: 'yes: an Enterprise Server with a private address. no: addresses inside are never connected to.',
      standard: ({ cards }) => (INSIDE.test(new URL(githubIn(cards)).hostname) ? 'yes' : 'no'),
      fault: oneOf('yes', 'no'),
    },
    ...hostQuestions(HOST),
    ...unitQuestions,
  ],
  deeds(setting) {
    const { dir, answers, files } = setting;
    const pem = path.join(dir, PEM);
    const card = cardText({ role: 'proxy', origin: answers['proxy_origin'] ?? '' });
    return [
      ...hostDeeds(setting, HOST),
      brought(pem, userOf(setting, HOST), `copy the App's private key from the public host to ${pem}`),
      settings(cardFile(dir, { role: 'proxy', origin: '' }), { text: card, waits: '' }, files),
      settings(
        path.join(dir, 'proxy.yml'),
        {
          text: textOf(setting),
          waits: `cards/hub.yml and cards/governance.yml: copy them from the public host to ${path.join(dir, 'cards')}/`,
        },
        files,
      ),
      ...unitDeeds(setting, HOST),
    ];
  },
  next(setting) {
    const { dir } = setting;
    if (!setting.cards.governance) return [];
    return [
      ...startLines(setting, 'proxy', `sallyport proxy --config ${path.join(dir, 'proxy.yml')}`),
      `On the zone host: copy ${path.join(dir, 'cards')}/proxy.yml to its cards/, then sallyport setup zone`,
    ];
  },
};

function textOf(setting: Setting): string | undefined {
  const { answers, cards } = setting;
  const { hub, governance } = cards;
  if (!hub || !governance) return undefined;
  return lines(
    HEAD('proxy', 'proxy.md'),
    `origin: ${q(answers['proxy_origin'])} # as agents write it, to the letter`,
    `listen: {host: ${q(answers['listen_host'])}, port: ${answers['port']}}`,
    hasTls(answers) &&
      `tls: {cert_file: ${q(answers['tls_cert_file'])}, key_file: ${q(answers['tls_key_file'])}}`,
    `github: {origin: ${q(governance.github)}, app_id: ${hub.app.id}, private_key_file: ${PEM}${answers['github_private'] === 'yes' ? ', private: true' : ''}}`,
    `hub: {key: ${q(hub.key)}} # its signed tasks say which commits may be fetched`,
    'governance:',
    `  repository: ${governance.repository}`,
    `  owner: ${q(governance.owner)}`,
    `  name: ${q(governance.name)}`,
    `  branch: ${q(governance.branch)}`,
    `  commit: ${governance.commit} # every version that comes into force descends from it`,
    `state_dir: ${q(stateOf(setting, HOST))}`,
  );
}
