/** What the zone's host is asked: agent and airlock read one zone.yml. */
import path from 'node:path';
import { airlockQuestions } from './airlock-questions.ts';
import { hostQuestions, unitQuestions, type Host } from './host.ts';
import type { Cards } from './cards.ts';
import { certificate, isIssuedBy, keyOf } from './certificate.ts';
import { needsTrust } from './engine-trust.ts';
import { hubOrigin, proxyOrigin } from './origins.ts';
import { tracesQuestions, watchQuestions } from './watch.ts';
import {
  absolute,
  always,
  listed,
  nobodyKnows,
  oneOf,
  orNothing,
  port,
  shortName,
  type Answers,
  type Question,
} from './question.ts';

export const AGENT: Host = { name: 'agent', prefix: 'agent_', folderMode: 0o700 };

const pullBy = ({ proxy }: Cards): string | undefined => proxy && (proxy.images ? 'proxy' : 'never');

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
    fault: (text, known) => (text === '' ? undefined : certificate(text, known)),
  },
  {
    id: 'proxy_client_cert_file',
    asks: 'Which certificate does this host show the proxy?',
    why: 'A PEM file, of the authority that the proxy’s card names. Nothing: the proxy asks for none.',
    standard: ({ dir, cards }) => (cards.proxy?.client_ca ? path.join(dir, 'proxy-client.pem') : ''),
    fault(text, known) {
      const authority = known.cards.proxy?.client_ca;
      if (text === '')
        return authority === undefined
          ? undefined
          : `The proxy answers nobody without a certificate: have its operator issue one, put it and its key at ${path.join(known.dir, 'proxy-client.pem')} and .key, and answer with the first.`;
      const wrong = certificate(text, known);
      if (wrong !== undefined || authority === undefined) return wrong;
      return isIssuedBy(text, authority)
        ? undefined
        : `${text} is not of the authority that the proxy’s card names.`;
    },
  },
  {
    id: 'proxy_client_key_file',
    asks: 'Which file holds the certificate’s key?',
    why: 'PEM, without a passphrase, chmod 600.',
    standard: ({ dir }) => path.join(dir, 'proxy-client.key'),
    when: (answers) => answers['proxy_client_cert_file'] !== '',
    fault: keyOf('proxy_client_cert_file'),
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
    id: 'images_pull',
    asks: 'How does an image that is missing here come?',
    why: 'proxy: the engine fetches it through the proxy when a job needs it, by digest and only what governance lists. never: people carry it in.',
    standard: ({ cards }) => pullBy(cards) ?? 'never',
    byCard: pullBy,
    fault: oneOf('proxy', 'never'),
  },
  {
    id: 'engine_certs_dir',
    asks: 'Where does the engine look for the authorities of registries?',
    why: 'A folder with one for each registry. The proxy’s authority, and the certificate that it asks for, are copied there.',
    standard: always('/etc/docker/certs.d'),
    when: needsTrust,
    fault: absolute,
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
  ...watchQuestions(AGENT),
  ...tracesQuestions({ zone: true }),
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

/** Answers of the zone are kept together: whoever set up the airlock is not asked for the agent's again. */
export function zoneQuestions(part: 'agent' | 'airlock' | 'zone'): Question[] {
  const real = (question: Question): Question => ({
    ...question,
    when: (answers) => answers['data'] === 'real' && (question.when?.(answers) ?? true),
  });
  return [...ofAgent, ...(part === 'agent' ? [] : airlockQuestions.map(real)), ...unitQuestions];
}
