/** What the boundary host is asked: its door, who may knock, and the registry behind it. */
import path from 'node:path';
import { HOST as REGISTRY_HOST } from '../../proxy/upstream-settings.ts';
import { Refused } from '../../lib/refusal.ts';
import { readWithdrawn } from '../../proxy/authorities.ts';
import type { Cards } from './cards.ts';
import { certificate, keyOf } from './certificate.ts';
import type { Host } from './host.ts';
import { proxyOrigin } from './origins.ts';
import { packagesQuestions } from './packages-questions.ts';
import {
  absolute,
  always,
  file,
  listed,
  nobodyKnows,
  oneOf,
  orNothing,
  port,
  wholeNumber,
  type Answers,
  type Question,
} from './question.ts';
import { roleQuestions } from './role-questions.ts';

export const PROXY: Host = { name: 'proxy' };

const INSIDE = /^(?:localhost|\[::1\]|127\..*|10\..*|192\.168\..*|172\.(?:1[6-9]|2\d|3[01])\..*)$/;
const githubIn = (cards: Cards): string =>
  cards.governance?.github ?? cards.hub?.github ?? 'https://github.com';

export const hasTls = (answers: Answers): boolean =>
  !['127.0.0.1', '::1', 'localhost'].includes(answers['listen_host'] ?? '');
const hosts =
  (form: RegExp) =>
  (text: string): string | undefined =>
    listed(text).every((one) => form.test(one)) ? undefined : 'Write names of hosts, with commas.';

const asksCertificates = (answers: Answers): boolean => hasTls(answers) && Boolean(answers['client_ca_file']);
/** The sentence that the proxy itself would start with. */
function withdrawn(text: string): string | undefined {
  const wrong = file()(text);
  if (wrong) return wrong;
  try {
    readWithdrawn(text);
    return undefined;
  } catch (error) {
    return error instanceof Refused ? error.refusal.says : String(error);
  }
}

const door: readonly Question[] = [
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
    fault: certificate,
  },
  {
    id: 'tls_key_file',
    asks: 'Which file holds its key?',
    why: 'PEM, for this user alone.',
    standard: ({ dir }) => path.join(dir, 'egress.key'),
    when: hasTls,
    fault: keyOf('tls_cert_file'),
  },
  {
    id: 'client_ca_file',
    asks: 'Which authority signs the certificates of the zones?',
    why: 'PEM, an authority that you use for nothing else: whoever has no certificate of it gets no answer at all. The card takes it to the zones. Nothing: keys in governance alone say who may ask.',
    standard: always(''),
    when: hasTls,
    fault: (text, known) => (text === '' ? undefined : certificate(text, known)),
  },
  {
    id: 'client_crl_file',
    asks: 'Which list says which of these certificates are withdrawn?',
    why: 'A revocation list of that authority, PEM (openssl ca -gencrl): read when the proxy starts, so restart it with each new one; one that has run out shuts the door for everybody. Nothing: none is.',
    standard: always(''),
    when: asksCertificates,
    fault: orNothing(withdrawn),
  },
  {
    id: 'github_private',
    asks: 'Has your GitHub an address inside?',
    why: 'yes: an Enterprise Server with a private address. no: addresses inside are never connected to.',
    standard: ({ cards }) => (INSIDE.test(new URL(githubIn(cards)).hostname) ? 'yes' : 'no'),
    fault: oneOf('yes', 'no'),
  },
];

const hasImages = (answers: Answers): boolean => answers['images'] === 'yes';
const hasLogin = (answers: Answers): boolean => hasImages(answers) && answers['images_login_host'] !== '';
const hasStore = (answers: Answers): boolean => hasImages(answers) && answers['images_store_dir'] !== '';

const images: readonly Question[] = [
  {
    id: 'images',
    asks: 'Do zones fetch the images of actions through this proxy?',
    why: 'yes: by digest, what governance lists, from the registry that governance names. no: people carry images in.',
    standard: always('no'),
    fault: oneOf('yes', 'no'),
  },
  {
    id: 'images_ca_file',
    asks: 'Which authority signed the registry’s certificate?',
    why: 'A PEM file, when it is an authority of your own; nothing when it is a public one.',
    standard: always(''),
    when: hasImages,
    fault: (text, known) => (text === '' ? undefined : certificate(text, known)),
  },
  {
    id: 'images_private_hosts',
    asks: 'Which hosts of the registry have an address inside your network?',
    why: 'Without their name here such an address is never connected to. Nothing: it is on the internet.',
    standard: always(''),
    when: hasImages,
    fault: hosts(/^[a-z0-9](?:[a-z0-9.:-]{0,251}[a-z0-9])?$/),
  },
  {
    id: 'images_token_hosts',
    asks: 'Where else than at itself does the registry have its tokens made?',
    why: 'auth.docker.io for Docker Hub. Nothing: at itself, as ghcr.io does.',
    standard: always(''),
    when: hasImages,
    fault: hosts(REGISTRY_HOST),
  },
  {
    id: 'images_login_host',
    asks: 'Which registry asks for a login?',
    why: 'Its host: the login is sent there alone. Nothing: it serves everybody.',
    standard: always(''),
    when: hasImages,
    fault: orNothing((text) =>
      REGISTRY_HOST.test(text) ? undefined : 'Write its host in lower case, with :port where it is not 443.',
    ),
  },
  {
    id: 'images_login_user',
    asks: 'As whom?',
    why: 'An account that may read, and nothing else.',
    standard: nobodyKnows,
    when: hasLogin,
    fault: (text) => (/^[^\s:]{1,200}$/.test(text) ? undefined : 'Write the name of the account.'),
  },
  {
    id: 'images_password_file',
    asks: 'Which file holds the password?',
    why: 'One line, chmod 600.',
    standard: ({ dir }) => path.join(dir, 'registry.password'),
    when: hasLogin,
    fault: absolute,
  },
  {
    id: 'images_store_dir',
    asks: 'Where does it keep what was fetched?',
    why: 'By digest, compared again at each reading; what is there does not need the registry. May be deleted at any time. Nothing: nowhere.',
    standard: ({ answers }) => path.join(answers['state_dir'] ?? '/var/lib/sallyport/proxy', 'images'),
    when: hasImages,
    fault: orNothing(absolute),
  },
  {
    id: 'images_store_gib',
    asks: 'How many GiB may that take?',
    why: 'What was not asked for longest gives way.',
    standard: always('20'),
    when: hasStore,
    fault: wholeNumber,
  },
];

export const proxyQuestions: readonly Question[] = roleQuestions(PROXY, door, [
  ...images,
  ...packagesQuestions,
]);
