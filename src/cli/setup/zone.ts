/** `sallyport setup agent`, `airlock`, or `zone` for both: the host next to the data. */
import { existsSync, lchownSync, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cardFile, cardText, type CardOf } from './cards.ts';
import { databaseDeeds } from './database.ts';
import { brought, folder, key, publicLine, settings, type Deed } from './deed.ts';
import { folderAt, guarded, userNamed } from './files.ts';
import { hostDeeds, startLines, stateOf, unitDeeds, userOf, type Host } from './host.ts';
import { engineTrustDeeds } from './engine-trust.ts';
import { listed, placeOf } from './question.ts';
import type { Role, Setting } from './role.ts';
import { HEAD, lines, q } from './text.ts';
import { watchDeeds, watchLine, tracesLine } from './watch.ts';
import { AIRLOCK, AIRLOCK_DATABASE } from './airlock-questions.ts';
import { AGENT, zoneQuestions } from './zone-questions.ts';

type Part = 'agent' | 'airlock' | 'zone';

const AGENT_KEY = 'agent.key';
const AIRLOCK_KEY = 'airlock.key';
/** Once the airlock was answered for, zone.yml has its part whoever runs this. */
const hasAirlock = ({ answers }: Setting): boolean => answers['airlock_id'] !== undefined;

/**
 * Containers see files of this folder one by one, and a switch comes and goes: it gets a folder that they are given whole.
 * A zone that is frozen beside zone.yml stays so.
 */
const SWITCH = 'switch';
const hasSwitchFolder = ({ answers, dir }: Setting): boolean =>
  answers['units'] === 'none' && !existsSync(path.join(dir, 'FROZEN'));

export function zoneRole(part: Part): Role {
  return {
    answers: 'zone',
    questions: zoneQuestions(part),
    deeds(setting) {
      const { dir, files, answers } = setting;
      const at = (name: string): string => path.join(dir, name);
      const agent = part === 'airlock' ? [] : agentDeeds(setting);
      const airlock = part === 'agent' || !hasAirlock(setting) ? [] : airlockDeeds(setting);
      const card = cardOf(setting);
      return [
        ...airlock.slice(0, 1),
        ...agent,
        ...airlock.slice(1),
        ...(hasSwitchFolder(setting) ? [folder(at(SWITCH), { mode: 0o755 })] : []),
        settings(
          cardFile(dir, { role: 'zone', backend: answers['backend'] ?? '' } as CardOf<'zone'>),
          { text: card && cardText(card), waits: 'the keys above' },
          files,
        ),
        settings(
          at('zone.yml'),
          {
            text: zoneText(setting),
            waits: `cards/hub.yml and cards/governance.yml: copy them from the public host to ${path.join(dir, 'cards')}/`,
          },
          files,
        ),
        ...(agent.length > 0 ? unitDeeds(setting, AGENT) : []),
        ...(airlock.length > 0 ? unitDeeds(setting, AIRLOCK) : []),
      ];
    },
    next(setting) {
      const { dir, cards, answers } = setting;
      if (!cards.governance)
        return [
          `Take ${cardFile(dir, { role: 'zone', backend: answers['backend'] ?? '' } as CardOf<'zone'>)} to the public host's cards/: it holds public lines and no secret.`,
        ];
      const zone = path.join(dir, 'zone.yml');
      return [
        ...(cards.proxy?.images === true && answers['images_pull'] === 'never'
          ? ['The proxy lets images through: answer "images_pull: proxy" to have them fetched by it']
          : []),
        ...(part === 'airlock' ? [] : startLines(setting, 'agent', `sallyport agent --zone ${zone}`)),
        ...(part === 'agent' || !hasAirlock(setting)
          ? []
          : startLines(setting, 'airlock', `sallyport airlock --zone ${zone}`)),
      ];
    },
  };
}

function agentDeeds(setting: Setting): Deed[] {
  const { dir, answers } = setting;
  const user = userOf(setting, AGENT);
  const host: Host = { ...AGENT, folderMode: hasAirlock(setting) ? 0o710 : 0o700, groups: ['docker'] };
  return [
    ...hostDeeds(setting, host),
    key(path.join(dir, AGENT_KEY), user),
    ...(answers['datasets']
      ? [
          brought(
            answers['data_password_file'] ?? '',
            user,
            `write the password of ${answers['data_admin']} into it, one line, chmod 600`,
          ),
        ]
      : []),
    ...(answers['proxy_client_key_file'] ? [brought(answers['proxy_client_key_file'], user)] : []),
    ...engineTrustDeeds(setting),
    ...watchDeeds(setting, AGENT),
  ];
}

function airlockDeeds(setting: Setting): Deed[] {
  const user = userOf(setting, AIRLOCK);
  return [
    ...hostDeeds(setting, AIRLOCK),
    letIn(stateOf(setting, AGENT), user),
    key(path.join(setting.dir, AIRLOCK_KEY), user),
    ...databaseDeeds(setting, { ...AIRLOCK_DATABASE, owner: user }),
    ...watchDeeds(setting, AIRLOCK),
  ];
}

/** The airlock walks through the agent's folder by its group, and reads what the agent puts out for it. */
function letIn(state: string, user: string): Deed {
  const places = [state, path.join(state, 'workspaces')];
  const isIn = (place: string): boolean => folderAt(place)?.gid === userNamed(user)?.gid;
  return {
    name: path.join(state, 'workspaces'),
    kind: `open to the group of ${user}`,
    look: () => ({ state: places.every(isIn) ? 'same' : 'new' }),
    make: () =>
      guarded(places[1]!, () => {
        mkdirSync(places[1]!, { recursive: true, mode: 0o710 });
        const gid = userNamed(user)?.gid;
        // The link itself, should it have become one since.
        for (const place of places)
          if (!isIn(place) && gid !== undefined) lchownSync(place, lstatSync(place).uid, gid);
      }),
  };
}

function cardOf(setting: Setting): CardOf<'zone'> | undefined {
  const { dir, answers } = setting;
  const agent = publicLine(path.join(dir, AGENT_KEY));
  const airlock = publicLine(path.join(dir, AIRLOCK_KEY));
  if (!agent || (hasAirlock(setting) && !airlock)) return undefined;
  const { backend = '', data, agent_id: id = '', airlock_id: viewerId, viewer_origin: viewer = '' } = answers;
  return {
    role: 'zone',
    backend,
    data: data === 'dummy' ? 'dummy' : 'real',
    datasets: listed(answers['datasets']).map((one) => one.split('=')[0]!),
    agent: { id, key: agent },
    ...(airlock && viewerId !== undefined ? { airlock: { id: viewerId, key: airlock, viewer } } : {}),
  };
}

function zoneText(setting: Setting): string | undefined {
  const { answers, cards } = setting;
  const { hub, governance } = cards;
  if (!hub || !governance) return undefined;
  return lines(
    HEAD('zone', 'agent.md'),
    '# What this host believes without asking anyone. It belongs to root, and nobody else may write to it.',
    'governance:',
    `  repository: ${governance.repository}`,
    `  owner: ${q(governance.owner)}`,
    `  name: ${q(governance.name)}`,
    `  origin: ${q(governance.github)}`,
    `  branch: ${q(governance.branch)}`,
    `  commit: ${q(governance.commit)} # read it, then believe it: every version that is accepted descends from it`,
    `hub: {url: ${q(answers['hub_origin'])}, key: ${q(hub.key)}}`,
    ...proxyLines(setting),
    `backend: ${q(answers['backend'])}`,
    `data: ${answers['data']}`,
    'agent:',
    `  id: ${q(answers['agent_id'])}`,
    `  key_file: ${AGENT_KEY}`,
    `  state_dir: ${q(stateOf(setting, AGENT))}`,
    inner(watchLine(setting, AGENT)),
    ...imageLines(setting),
    tracesLine(setting),
    hasSwitchFolder(setting) &&
      `freeze_file: ${SWITCH}/FROZEN # while it is there, everything in this zone stands still`,
    ...(answers['datasets'] ? dataLines(setting) : []),
    ...(hasAirlock(setting) ? airlockLines(setting) : []),
  );
}

function proxyLines({ answers }: Setting): (string | false)[] {
  const { proxy_ca_file: authority, proxy_client_cert_file: cert, proxy_client_key_file: key } = answers;
  return [
    'proxy:',
    `  url: ${q(answers['proxy_origin'])}`,
    Boolean(authority) && `  ca_file: ${q(authority)}`,
    Boolean(cert) &&
      `  client: {cert_file: ${q(cert)}, key_file: ${q(key)}} # the proxy answers nobody without`,
  ];
}

function imageLines({ answers }: Setting): (string | false)[] {
  const { image_registry: registry, images_pull: pull } = answers;
  const own = [
    Boolean(registry) && `  registry: ${q(registry)}`,
    pull === 'proxy' && '  pull: proxy # what governance lists and is not here, by digest',
  ].filter((line) => line !== false);
  return own.length > 0 ? ['images:', ...own] : [];
}

const inner = (line: string | false): string | false => line !== false && `  ${line}`;

function dataLines({ answers }: Setting): string[] {
  const datasets = Object.fromEntries(
    listed(answers['datasets']).map((one) => {
      const [dataset = '', tables = ''] = one.split('=');
      return [dataset, tables.split('+')];
    }),
  );
  return [
    'database:',
    `  host: ${q(answers['data_host'])}`,
    `  port: ${answers['data_port']}`,
    `  name: ${q(answers['data_name'])}`,
    `  datasets: ${q(datasets)} # what belongs to each dataset of the backend`,
    `  admin: {user: ${q(answers['data_admin'])}, password_file: ${q(answers['data_password_file'])}} # makes a role for each job`,
  ];
}

function airlockLines(setting: Setting): (string | false)[] {
  const { answers } = setting;
  const site = (id: 'viewer' | 'files'): string[] => {
    const listen = placeOf(answers[`${id}_listen`]);
    const cert = answers[`${id}_tls_cert_file`];
    return [
      `    origin: ${q(answers[`${id}_origin`])}`,
      `    listen: ${q(listen)}`,
      ...(cert === undefined
        ? []
        : [`    tls: {cert_file: ${q(cert)}, key_file: ${q(answers[`${id}_tls_key_file`])}}`]),
    ];
  };
  const { scanner } = answers;
  return [
    'airlock:',
    `  id: ${q(answers['airlock_id'])}`,
    `  key_file: ${AIRLOCK_KEY}`,
    `  state_dir: ${q(stateOf(setting, AIRLOCK))}`,
    answers['airlock_database'] !== 'embedded' && '  database_url_file: airlock-database.url',
    '  app: # the viewer',
    ...site('viewer'),
    '  content: # files, from a name of their own',
    ...site('files'),
    scanner !== '' && `  scanner: {socket: ${q(scanner)}}`,
    inner(watchLine(setting, AIRLOCK)),
    `review: {trust: ${answers['trust']}}`,
    ...(answers['trust'] === 'zone' ? ['signers:', ...signersIn(answers['signers_file'] ?? '')] : []),
    '# What governance can make stricter and never looser.',
    'floors:',
    scanner !== '' && '  malware_scan: required # no airlock without the scanner',
    `  threshold: ${answers['threshold']} # counts up to this are too small`,
    `  rounding: ${answers['rounding']} # counts are multiples of this`,
  ];
}

const signersIn = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => /^(?:sk-)?ssh-ed25519/.test(line))
    .map((line) => `  - ${q(line.split(/\s+/).slice(0, 2).join(' '))}`);
