/** What is said about packages. apt shows a person the status alone; whoever looks with curl reads the sentence. */
import { refusal, type Refusal } from '../../lib/refusal.ts';

const PURPOSE =
  'This name of the proxy exists so that hosts of the secure zone can update themselves with apt from the archive its operator lists, and for nothing else.';

export const no = {
  path: () =>
    refusal(
      'proxy.package-path',
      PURPOSE,
      'Use apt with `deb https://<this host>/<path of the archive> <suite> <component>`.',
    ),
  readOnly: () =>
    refusal('proxy.package-read-only', `${PURPOSE} Nothing can be sent to it.`, 'Use apt as it is.'),
  body: () => refusal('proxy.package-body', 'A download carries no body.', 'Use apt as it is.'),
  client: () =>
    refusal(
      'proxy.package-client',
      'Packages are for hosts that show a certificate of the zone’s authority.',
      'Give apt one: Acquire::https::SslCert and SslKey.',
    ),
  suite: (name: string) =>
    refusal(
      'proxy.package-suite',
      `${PURPOSE} The suite "${name.slice(0, 60)}" is not listed.`,
      'Ask the operator of the proxy for it (packages.archives, suites, in proxy.yml).',
    ),
  component: (name: string) =>
    refusal(
      'proxy.package-component',
      `${PURPOSE} The component "${name.slice(0, 60)}" is not listed.`,
      'Ask the operator of the proxy for it (packages.archives, components, in proxy.yml).',
    ),
  missing: () =>
    refusal('proxy.package-missing', 'The archive does not have it.', 'Run apt-get update, then try again.'),
  away: () => refusal('proxy.archive-away', 'The archive did not answer as expected.', 'Try again.'),
  limited: () =>
    refusal('proxy.archive-limit', 'The archive asks this proxy to wait.', 'Try again in a minute.'),
  redirect: () =>
    refusal(
      'proxy.archive-redirect',
      'The archive pointed to a place that is not listed, or not safe to follow.',
      'If that is meant, add the host to redirect_hosts of the archive in proxy.yml.',
    ),
  address: () =>
    refusal(
      'proxy.archive-address',
      'The archive, or where it points, has an address inside a network of ours.',
      'If that is meant, add it to packages.private_hosts in proxy.yml.',
    ),
  tooLarge: () =>
    refusal(
      'proxy.package-too-large',
      'This is larger than the proxy lets pass.',
      'Ask its operator to raise limits.response_bytes.',
    ),
  certificateName: (host: string) =>
    refusal(
      'proxy.package-certificate',
      `The proxy's certificate does not have the name ${host}, so apt would not speak to it.`,
      'Have tls.cert_file issued for this name too, or take it out of packages.archives in proxy.yml.',
    ),
} as const;

const STATUS: Record<string, number> = {
  'proxy.package-read-only': 405,
  'proxy.package-body': 400,
  'proxy.package-missing': 404,
  'proxy.busy': 429,
  'proxy.too-often': 429,
  'proxy.too-much': 429,
  'proxy.fault': 503,
  'proxy.archive-away': 502,
  'proxy.archive-limit': 503,
  'proxy.archive-redirect': 502,
  'proxy.archive-address': 502,
};

export const statusOf = ({ code }: Refusal): number => STATUS[code] ?? 403;
