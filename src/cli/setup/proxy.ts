/** `sallyport setup proxy`: the boundary host. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { cardFile, cardText } from './cards.ts';
import { certificateBlocks } from './certificate.ts';
import { brought, folder, settings, type Deed } from './deed.ts';
import { hostDeeds, startLines, stateOf, unitDeeds, userOf } from './host.ts';
import { hasTls, PROXY, proxyQuestions } from './proxy-questions.ts';
import { packageLines } from './packages-questions.ts';
import { listed } from './question.ts';
import type { Role, Setting } from './role.ts';
import { HEAD, lines, q } from './text.ts';
import { watchDeeds, watchLine } from './watch.ts';

const PEM = 'app.pem';
const GIB = 1024 ** 3;

export const proxyRole: Role = {
  answers: 'proxy',
  questions: proxyQuestions,
  deeds(setting) {
    const { dir, files } = setting;
    const pem = path.join(dir, PEM);
    return [
      ...hostDeeds(setting, PROXY),
      brought(pem, userOf(setting, PROXY), `copy the App's private key from the public host to ${pem}`),
      ...imageDeeds(setting),
      ...watchDeeds(setting, PROXY),
      settings(
        cardFile(dir, { role: 'proxy', origin: '', images: false }),
        { text: cardOf(setting), waits: '' },
        files,
      ),
      settings(
        path.join(dir, 'proxy.yml'),
        {
          text: textOf(setting),
          waits: `cards/hub.yml and cards/governance.yml: copy them from the public host to ${path.join(dir, 'cards')}/`,
        },
        files,
      ),
      ...unitDeeds(setting, PROXY),
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

function imageDeeds(setting: Setting): Deed[] {
  const { answers } = setting;
  const user = userOf(setting, PROXY);
  const { images_login_host: login, images_password_file: password = '', images_store_dir: store } = answers;
  return [
    ...(login
      ? [
          brought(
            password,
            user,
            `write the password of ${answers['images_login_user']} into ${password}, one line, chmod 600`,
          ),
        ]
      : []),
    ...(store ? [folder(store, { mode: 0o700, owner: user })] : []),
  ];
}

function cardOf({ answers }: Setting): string {
  const { proxy_origin: origin = '', client_ca_file: authority, images } = answers;
  // Certificates alone: what else may stand in that file is nobody's affair.
  const trusted = authority ? certificateBlocks(readFileSync(authority, 'utf8')).join('\n') : '';
  return cardText({
    role: 'proxy',
    origin,
    ...(trusted ? { client_ca: `${trusted}\n` } : {}),
    images: images === 'yes',
  });
}

function textOf(setting: Setting): string | undefined {
  const { answers, cards } = setting;
  const { hub, governance } = cards;
  if (!hub || !governance) return undefined;
  return lines(
    HEAD('proxy', 'proxy.md'),
    `origin: ${q(answers['proxy_origin'])} # as agents write it, to the letter`,
    `listen: {host: ${q(answers['listen_host'])}, port: ${answers['port']}}`,
    ...tlsLines(setting),
    `github: {origin: ${q(governance.github)}, app_id: ${hub.app.id}, private_key_file: ${PEM}${answers['github_private'] === 'yes' ? ', private: true' : ''}}`,
    `hub: {key: ${q(hub.key)}} # its signed tasks say which commits may be fetched`,
    'governance:',
    `  repository: ${governance.repository}`,
    `  owner: ${q(governance.owner)}`,
    `  name: ${q(governance.name)}`,
    `  branch: ${q(governance.branch)}`,
    `  commit: ${q(governance.commit)} # every version that comes into force descends from it`,
    `state_dir: ${q(stateOf(setting, PROXY))}`,
    ...imageLines(setting),
    ...packageLines(setting),
    watchLine(setting, PROXY),
  );
}

function tlsLines({ answers }: Setting): (string | false)[] {
  if (!hasTls(answers)) return [];
  const { tls_cert_file: cert, tls_key_file: key, client_ca_file: authority } = answers;
  const withdrawn = answers['client_crl_file'];
  return [
    'tls:',
    `  cert_file: ${q(cert)}`,
    `  key_file: ${q(key)}`,
    Boolean(authority) &&
      `  client_ca_file: ${q(authority)} # without a certificate of it nobody is answered`,
    Boolean(authority && withdrawn) &&
      `  crl_file: ${q(withdrawn)} # read at the start: restart with a new one, before this one runs out`,
  ];
}

function imageLines({ answers }: Setting): (string | false)[] {
  if (answers['images'] !== 'yes') return [];
  const list = (id: string): string[] => listed(answers[id]);
  const { images_ca_file: authority, images_login_host: login, images_store_dir: store } = answers;
  const own = [
    Boolean(authority) && `  ca_file: ${q(authority)}`,
    list('images_private_hosts').length > 0 && `  private_hosts: ${q(list('images_private_hosts'))}`,
    list('images_token_hosts').length > 0 && `  token_hosts: ${q(list('images_token_hosts'))}`,
    Boolean(login) &&
      `  credentials: {host: ${q(login)}, user: ${q(answers['images_login_user'])}, password_file: ${q(answers['images_password_file'])}}`,
    Boolean(store) && `  cache: {dir: ${q(store)}, bytes: ${Number(answers['images_store_gib']) * GIB}}`,
  ].filter((line) => line !== false);
  return own.length > 0 ? ['images: # which registry and which images, governance lists', ...own] : [];
}
