/** What is said about images, and how a registry says it: a status, a code that engines know, a sentence. */
import { refusal, refusalText, type Refusal } from '../../lib/refusal.ts';

const PURPOSE =
  'This proxy lets the secure zone pull the images that governance lists by digest, and nothing else.';

export const no = {
  path: () =>
    refusal('proxy.image-path', PURPOSE, 'Use: docker pull <this host>/<namespace>/<image>@sha256:….'),
  readOnly: () =>
    refusal('proxy.image-read-only', `${PURPOSE} Nothing can be sent to it.`, 'Pull by digest.'),
  body: () => refusal('proxy.image-body', 'A pull carries no body.', 'Use an engine as it is.'),
  digest: () => refusal('proxy.image-digest', 'That is no sha256 digest.', 'Pull by digest.'),
  scope: () =>
    refusal(
      'proxy.image-scope',
      'A token is given for pulling one repository of this proxy, and for nothing more.',
      'Ask with service=<this host> and scope=repository:<namespace>/<image>:pull.',
    ),
  token: () =>
    refusal(
      'proxy.image-token',
      'Pulling needs a token of this proxy for this repository.',
      'Ask for one where the header WWW-Authenticate says.',
    ),
  password: () =>
    refusal(
      'proxy.image-password',
      'A token is given to the agents that governance lists.',
      "Send the agent's signed token as the password.",
    ),
  agent: () =>
    refusal('proxy.image-agent', 'Governance no longer lists this agent.', 'Have its key listed again.'),
  off: () =>
    refusal(
      'proxy.image-off',
      'Governance names no registry, so no image passes.',
      'Ask the governance team for proxy.registry in deployment.yml.',
    ),
  unlisted: (repository: string) =>
    refusal(
      'proxy.image-unlisted',
      `${PURPOSE} "${repository}" is not listed.`,
      'Ask the governance team to list it in images.yml, in a namespace of deployment.yml.',
    ),
  unpinned: () =>
    refusal(
      'proxy.image-unpinned',
      'Governance does not list this digest, nor anything that it is part of.',
      'Ask the governance team to list the digest in images.yml.',
    ),
  tag: () =>
    refusal(
      'proxy.image-tag',
      'Governance lists no image, or several, under this tag.',
      'Pull by the digest in images.yml.',
    ),
  noGovernance: () =>
    refusal(
      'proxy.no-governance',
      'No governance version is in force here yet.',
      'Look at the log of the proxy, then try again.',
    ),
  missing: () =>
    refusal(
      'proxy.image-missing',
      'The registry does not have it.',
      'Push the image, or list another digest.',
    ),
  away: () => refusal('proxy.registry-away', 'The registry did not answer as expected.', 'Try again.'),
  limited: () =>
    refusal('proxy.registry-limit', 'The registry asks this proxy to wait.', 'Try again in a minute.'),
  denied: () =>
    refusal(
      'proxy.registry-denied',
      'The registry does not let this proxy read the image.',
      'Give the proxy credentials for it (images.credentials in proxy.yml).',
    ),
  redirect: () =>
    refusal(
      'proxy.registry-redirect',
      'The registry pointed to a place that is not listed, or not safe to follow.',
      'Ask the governance team for the host in proxy.registry.redirect_hosts.',
    ),
  realm: () =>
    refusal(
      'proxy.registry-realm',
      'The registry has its tokens made at a host that is not listed.',
      'Add the host to images.token_hosts in proxy.yml.',
    ),
  address: () =>
    refusal(
      'proxy.registry-address',
      'The registry, or where it points, has an address inside a network of ours.',
      'If that is meant, add it to images.private_hosts in proxy.yml.',
    ),
  passwordFile: (place: string) =>
    refusal(
      'proxy.registry-password',
      `The registry's password cannot be read from ${place}.`,
      'Put it there for the proxy to read, or correct images.credentials.password_file in proxy.yml.',
    ),
  mismatch: () =>
    refusal(
      'proxy.image-mismatch',
      'The registry sent other bytes than the digest says.',
      'Tell the operator of the registry: nothing of it was passed on.',
    ),
  manifest: (why: string) =>
    refusal(
      'proxy.image-manifest',
      `The manifest is not one that may pass: ${why}.`,
      'Build the image again.',
    ),
  tooLarge: () =>
    refusal(
      'proxy.image-too-large',
      'This is larger than the proxy lets pass.',
      'Ask its operator to raise limits.response_bytes.',
    ),
} as const;

/** What a manifest can have that lets it not pass. */
export const MANIFEST = {
  json: 'it is no JSON',
  old: 'it is of the first schema, whose digest does not say what its bytes are',
  both: 'it is an image and a list of images at once',
  shape: 'it is neither an image nor a list of images',
  foreign: 'it names layers that are kept elsewhere',
  nested: 'a list of images that stands in another list',
  size: 'it has another size than the list says',
  large: 'it is larger than 4 MiB',
} as const;

const TOLD: Record<string, readonly [status: number, code: string]> = {
  'proxy.image-read-only': [405, 'UNSUPPORTED'],
  'proxy.image-body': [400, 'UNSUPPORTED'],
  'proxy.image-digest': [400, 'DIGEST_INVALID'],
  'proxy.image-scope': [400, 'DENIED'],
  'proxy.image-token': [401, 'UNAUTHORIZED'],
  'proxy.image-password': [401, 'UNAUTHORIZED'],
  'proxy.image-agent': [403, 'DENIED'],
  'proxy.image-unpinned': [404, 'MANIFEST_UNKNOWN'],
  'proxy.image-tag': [404, 'MANIFEST_UNKNOWN'],
  'proxy.image-missing': [404, 'MANIFEST_UNKNOWN'],
  'proxy.image-mismatch': [502, 'DIGEST_INVALID'],
  'proxy.image-manifest': [502, 'MANIFEST_INVALID'],
  'proxy.image-too-large': [403, 'DENIED'],
  'proxy.fault': [503, 'UNAVAILABLE'],
  'proxy.no-governance': [503, 'UNAVAILABLE'],
  'proxy.registry-away': [502, 'UNAVAILABLE'],
  'proxy.registry-limit': [503, 'TOOMANYREQUESTS'],
  'proxy.registry-denied': [502, 'DENIED'],
  'proxy.registry-redirect': [502, 'DENIED'],
  'proxy.registry-realm': [502, 'DENIED'],
  'proxy.registry-address': [502, 'DENIED'],
  'proxy.busy': [429, 'TOOMANYREQUESTS'],
  'proxy.too-often': [429, 'TOOMANYREQUESTS'],
  'proxy.too-much': [429, 'TOOMANYREQUESTS'],
};

export function toldAs({ code }: Refusal): { status: number; code: string } {
  const [status, name] =
    TOLD[code] ?? (code.startsWith('protocol.') ? [401, 'UNAUTHORIZED'] : [404, 'NAME_UNKNOWN']);
  return { status, code: name };
}

/** As the registry API words an error. */
export function errorBody(refused: Refusal): string {
  const { code } = toldAs(refused);
  return `${JSON.stringify({ errors: [{ code, message: refusalText(refused), detail: { code: refused.code } }] })}\n`;
}
