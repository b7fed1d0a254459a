/**
 * Which repository on which GitHub, and with whose token. A clone's "origin" is somebody else's word: a token goes to
 * github.com, or to the host that the person named with it, and nowhere else.
 */
import { mayAddress, parseOrigin } from '../lib/origin.ts';
import { isRefusal, refusal, Refused, type Refusal } from '../lib/refusal.ts';

export interface GithubPlace {
  /** Without a slash at its end. */
  api: string;
  owner: string;
  name: string;
  token: string;
}

type Env = Readonly<Record<string, string | undefined>>;

const NAMED = /^([A-Za-z0-9_.-]{1,100})\/([A-Za-z0-9_.-]{1,100})$/;
const PUBLIC = 'github.com';

/** `remote`: the address of "origin", if there is one. Throws Refused 'github.…'. */
export function githubPlace(env: Env, repo: string | undefined, remote: string | undefined): GithubPlace {
  const found = remote === undefined ? undefined : readRemote(remote);
  const named = repo === undefined ? found?.path : repo;
  const [, owner, name] = NAMED.exec(named ?? '') ?? [];
  if (owner === undefined || name === undefined || /^\.+$/.test(name)) throw new Refused(noRepository(repo));
  const host = hostOf(env);
  if (repo === undefined && found !== undefined && found.host !== host)
    throw new Refused(otherHost(found.host, host));
  const api = apiOf(env, host);
  if (isRefusal(api)) throw new Refused(api);
  const token = tokenOf(env, host);
  if (!token) throw new Refused(noToken(host));
  return { api, owner, name, token };
}

/** `git@host:o/n.git`, `ssh://git@host/o/n`, `https://host/o/n.git`, with or without a port or a person. */
export function readRemote(remote: string): { host: string; path: string } | undefined {
  const short = /^(?:[^@/:\s]+@)?([^/:\s]+):(?!\/\/)([^\s]+)$/.exec(remote);
  if (short) return { host: short[1]!.toLowerCase(), path: bare(short[2]!) };
  try {
    const { protocol, host, pathname } = new URL(remote);
    if (!['https:', 'http:', 'ssh:', 'git:'].includes(protocol)) return undefined;
    const name = protocol === 'ssh:' ? host.replace(/:\d+$/, '') : host;
    return { host: name.replace(/^ssh\.github\.com$/, PUBLIC).toLowerCase(), path: bare(pathname) };
  } catch {
    return undefined;
  }
}

const bare = (path: string): string => path.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '');

/** The host that the person chose. In a workflow of GitHub Actions it is the server's. */
function hostOf(env: Env): string {
  if (env['GH_HOST']) return env['GH_HOST'].toLowerCase();
  const server = env['GITHUB_SERVER_URL'];
  return server && URL.canParse(server) ? new URL(server).host.toLowerCase() : PUBLIC;
}

function apiOf(env: Env, host: string): string | Refusal {
  const given = env['GITHUB_API_URL']?.replace(/\/+$/, '');
  if (given) return mayAddress(given) ?? given;
  if (host === PUBLIC) return 'https://api.github.com';
  // Hosts of GitHub Enterprise Cloud with data residency have their API beside them, a server has it below.
  const origin = parseOrigin(host.endsWith('.ghe.com') ? `https://api.${host}` : `https://${host}`);
  if (isRefusal(origin)) return origin;
  return host.endsWith('.ghe.com') ? origin : `${origin}/api/v3`;
}

function tokenOf(env: Env, host: string): string | undefined {
  const enterprise = env['GH_ENTERPRISE_TOKEN'] || env['GITHUB_ENTERPRISE_TOKEN'];
  const usual = env['GH_TOKEN'] || env['GITHUB_TOKEN'];
  return host === PUBLIC || host.endsWith('.ghe.com') ? usual : enterprise || usual;
}

const noRepository = (repo: string | undefined) =>
  refusal(
    'github.no-repository',
    repo === undefined
      ? 'This folder is no clone whose "origin" leads to a repository.'
      : `${JSON.stringify(repo)} is not the name of a repository.`,
    'Go to your clone, or write --repo owner/name.',
  );

const otherHost = (found: string, host: string) =>
  refusal(
    'github.other-host',
    `"origin" leads to ${found}, and your token is for ${host}.`,
    `If ${found} is to have it, set GH_HOST=${found}; else write --repo owner/name.`,
  );

const noToken = (host: string) =>
  refusal(
    'github.no-token',
    'There is no token to ask GitHub with.',
    `Use the extension of gh ("gh sallyport …"), or set GH_TOKEN, for example to what "gh auth token --hostname ${host}" prints.`,
  );
