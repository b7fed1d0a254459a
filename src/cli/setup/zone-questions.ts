/** What the zone's host is asked: agent and airlock read one zone.yml. */
import path from 'node:path';
import { databaseQuestions } from './database.ts';
import { hostQuestions, unitQuestions, type Host } from './host.ts';
import { proxyOrigin } from './proxy.ts';
import { hubOrigin } from './hub.ts';
import {
  absolute,
  always,
  file,
  listed,
  nobodyKnows,
  oneOf,
  origin,
  orNothing,
  port,
  shortName,
  wholeNumber,
  type Answers,
  type Question,
} from './question.ts';

export const AGENT: Host = { name: 'agent', prefix: 'agent_', folderMode: 0o700 };
export const AIRLOCK_DATABASE = {
  prefix: 'airlock_',
  file: 'airlock-database.url',
  name: 'sallyport_airlock',
};
export const AIRLOCK: Host = { name: 'airlock', prefix: 'airlock_' };

const ofAgent: readonly Question[] = [
  {
    id: 'backend',
    asks: 'What is this backend called?',
    why: 'A short name, as it will stand in backends.yml and behind "/run --backend".',
    standard: ({ cards }) => cards.zones[0]?.backend,
    fault: shortName,
  },
  {
    id: 'data',
    asks: 'Is its data real?',
    why: 'real: inside the secure zone. dummy: invented rows, on a host outside that holds nothing else.',
    standard: always('real'),
    fault: oneOf('real', 'dummy'),
  },
  hubOrigin,
  proxyOrigin,
  {
    id: 'proxy_ca_file',
    asks: 'Which authority signed the proxy’s certificate?',
    why: 'A PEM file, when it is an authority of your own; nothing when it is a public one.',
    standard: always(''),
    fault: orNothing(file(/-----BEGIN CERTIFICATE-----/)),
  },
  {
    id: 'agent_id',
    asks: 'What is this agent called?',
    why: 'As it will stand in backends.yml beside its key; each host has its own.',
    standard: ({ answers }) => `${answers['backend']}-1`,
    fault: shortName,
  },
  ...hostQuestions(AGENT),
  {
    id: 'image_registry',
    asks: 'What stands before the names of images on this host?',
    why: 'Governance says our-images/python; where this host has them as mirror:5000/our-images/python, write mirror:5000. Nothing: they are called as governance says.',
    standard: always(''),
    fault: orNothing((text) =>
      /^[a-z0-9.:/_-]{1,200}$/.test(text) ? undefined : 'Write it like mirror:5000.',
    ),
  },
  {
    id: 'datasets',
    asks: 'Which datasets does the database hold, and which tables belong to each?',
    why: 'dataset=schema.table, with + for more than one: results=public.results, absence=public.absence+public.sessions. Nothing: no database.',
    standard: always(''),
    when: (answers) => answers['data'] === 'real',
    fault: (text) =>
      listed(text).every((one) =>
        /^[a-z0-9_-]+=[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)?(?:\+[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)?)*$/.test(
          one,
        ),
      )
        ? undefined
        : 'Write dataset=schema.table, dataset=schema.table+schema.table.',
  },
  ...databaseOfData(),
];

function databaseOfData(): Question[] {
  const when = (answers: Answers): boolean => Boolean(answers['datasets']);
  return [
    {
      id: 'data_host',
      asks: 'On which address is the database with the data?',
      why: 'An address in the zone: jobs reach it and nothing else.',
      standard: nobodyKnows,
      when,
      fault: (text) => (/^[A-Za-z0-9.:-]{1,253}$/.test(text) ? undefined : 'Write an address or a name.'),
    },
    {
      id: 'data_port',
      asks: 'On which port?',
      why: 'PostgreSQL’s own is 5432.',
      standard: always('5432'),
      when,
      fault: port,
    },
    {
      id: 'data_name',
      asks: 'What is the database called?',
      why: 'On that server.',
      standard: nobodyKnows,
      when,
      fault: (text) => (/^[\w-]{1,63}$/.test(text) ? undefined : 'Letters, digits, underscores, hyphens.'),
    },
    {
      id: 'data_admin',
      asks: 'Which account makes a role for each job?',
      why: 'docs/install/agent.md#database has the lines that make it: it may create roles and hand on what it may read.',
      standard: always('sallyport_admin'),
      when,
      fault: (text) => (/^[\w-]{1,63}$/.test(text) ? undefined : 'Letters, digits, underscores, hyphens.'),
    },
    {
      id: 'data_password_file',
      asks: 'Which file holds its password?',
      why: 'One line, chmod 600.',
      standard: ({ dir }) => path.join(dir, 'database.password'),
      when,
      fault: absolute,
    },
  ];
}

const site = (id: 'viewer' | 'files', asks: string, why: string): Question[] => [
  { id: `${id}_origin`, asks, why, standard: nobodyKnows, fault: origin },
  {
    id: `${id}_listen`,
    asks: 'On which address and port of this machine?',
    why: 'host:port. On 127.0.0.1 something in front speaks TLS.',
    standard: always(id === 'viewer' ? '127.0.0.1:8443' : '127.0.0.1:8444'),
    fault: (text) => {
      const [, at, number = ''] = /^(.+):(\d+)$/.exec(text) ?? [];
      return at === undefined ? 'Write it like 127.0.0.1:8443.' : port(number);
    },
  },
  ...(['cert', 'key'] as const).map(
    (part): Question => ({
      id: `${id}_tls_${part}_file`,
      asks: part === 'cert' ? 'Which file holds its certificate?' : 'Which file holds the certificate’s key?',
      why: 'PEM.',
      standard: ({ dir }) => path.join(dir, `${id}.${part === 'cert' ? 'pem' : 'key'}`),
      when: (answers) => !/^(?:127\.0\.0\.1|localhost|::1):/.test(answers[`${id}_listen`] ?? ''),
      fault: file(part === 'cert' ? /-----BEGIN CERTIFICATE-----/ : /PRIVATE KEY-----/),
    }),
  ),
];

const ofAirlock: readonly Question[] = [
  {
    id: 'airlock_id',
    asks: 'What is the airlock called?',
    why: 'As it will stand in backends.yml under keys.viewer.',
    standard: ({ answers }) => `${answers['backend']}-airlock`,
    fault: shortName,
  },
  ...hostQuestions(AIRLOCK),
  ...databaseQuestions(AIRLOCK_DATABASE),
  ...site(
    'viewer',
    'Under which address do people in the zone open the viewer?',
    'Passkeys are bound to its name: it cannot change later.',
  ),
  ...site(
    'files',
    'Under which other name are files shown?',
    'A name of its own, best under another domain: no cookie of the viewer ever goes there.',
  ),
  {
    id: 'scanner',
    asks: 'Where is clamd, the malware scanner?',
    why: 'Its socket on this machine; every file that is asked for is handed to it. Nothing: no scan, and the airlock says so at each start.',
    standard: always('/run/clamav/clamd.ctl'),
    fault: orNothing(absolute),
  },
  {
    id: 'threshold',
    asks: 'Up to which count is a cell too small?',
    why: 'Your data controller’s figure: a floor that governance can raise and never lower.',
    standard: always('7'),
    fault: (text) => (text === '0' ? undefined : wholeNumber(text)),
  },
  {
    id: 'rounding',
    asks: 'To multiples of what are counts rounded?',
    why: 'The same: a floor.',
    standard: always('5'),
    fault: wholeNumber,
  },
  {
    id: 'trust',
    asks: 'Whose word counts on who reviewed?',
    why: 'hub: signatures on GitHub. zone: passkeys enrolled here, and two SSH signatures under governance: docs/security.md says what each keeps out.',
    standard: always('hub'),
    fault: oneOf('hub', 'zone'),
  },
  {
    id: 'signers_file',
    asks: 'Which file holds the SSH public keys of those who sign governance?',
    why: 'One key a line, of two people or more, on hardware.',
    standard: nobodyKnows,
    when: (answers) => answers['trust'] === 'zone',
    fault: file(/^ssh-ed25519 |^sk-ssh-ed25519/m),
  },
];

/** Answers of the zone are kept together: whoever set up the airlock is not asked for the agent's again. */
export function zoneQuestions(part: 'agent' | 'airlock' | 'zone'): Question[] {
  const real = (question: Question): Question => ({
    ...question,
    when: (answers) => answers['data'] === 'real' && (question.when?.(answers) ?? true),
  });
  return [...ofAgent, ...(part === 'agent' ? [] : ofAirlock.map(real)), ...unitQuestions];
}
