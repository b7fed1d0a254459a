/** What the zone's host is asked for the airlock: its database, its two addresses, and the floors. */
import path from 'node:path';
import { isLoopback } from '../../lib/watch-settings.ts';
import { certificate, keyOf } from './certificate.ts';
import { databaseQuestions } from './database.ts';
import { hostQuestions, type Host } from './host.ts';
import {
  absolute,
  always,
  file,
  nobodyKnows,
  oneOf,
  origin,
  orNothing,
  place,
  placeOf,
  shortName,
  wholeNumber,
  type Question,
} from './question.ts';
import { watchQuestions } from './watch.ts';

export const AIRLOCK_DATABASE = {
  prefix: 'airlock_',
  file: 'airlock-database.url',
  name: 'sallyport_airlock',
};
export const AIRLOCK: Host = { name: 'airlock', prefix: 'airlock_' };

const site = (id: 'viewer' | 'files', asks: string, why: string): Question[] => [
  { id: `${id}_origin`, asks, why, standard: nobodyKnows, fault: origin },
  {
    id: `${id}_listen`,
    asks: 'On which address and port of this machine?',
    why: 'host:port. An address of its own of this host, with 443 (10.1.2.4:443): desks reach it there, over TLS. 127.0.0.1 is for a web server of yours in front, which speaks TLS.',
    standard: always(id === 'viewer' ? '127.0.0.1:8443' : '127.0.0.1:8444'),
    fault: place,
  },
  ...(['cert', 'key'] as const).map(
    (part): Question => ({
      id: `${id}_tls_${part}_file`,
      asks: part === 'cert' ? 'Which file holds its certificate?' : 'Which file holds the certificate’s key?',
      why: 'PEM.',
      standard: ({ dir }) => path.join(dir, `${id}.${part === 'cert' ? 'pem' : 'key'}`),
      when: (answers) => !isLoopback(placeOf(answers[`${id}_listen`])?.host ?? ''),
      fault: part === 'cert' ? certificate : keyOf(`${id}_tls_cert_file`),
    }),
  ),
];

export const airlockQuestions: readonly Question[] = [
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
  ...watchQuestions(AIRLOCK),
];
