/**
 * The App's side of GitHub: who we are, and clients that act for one installation.
 *
 * Probot signs the JWTs and keeps the tokens. Its own throttling and retries are off: the outbox has one
 * budget per installation, and a reader must hear "no" at once instead of waiting behind a queue.
 */
import { Probot, ProbotOctokit } from 'probot';
import type { Logger } from '../lib/logger.ts';
import { githubPlaces } from '../lib/origin.ts';
import { refusal, Refused } from '../lib/refusal.ts';

export type Octokit = Awaited<ReturnType<Probot['auth']>>;

export interface AppSettings {
  /** Web origin: `https://github.com`, or an Enterprise Server's. */
  origin: string;
  appId: number;
  /** PEM. */
  privateKey: string;
  /** The current secret first; the previous one beside it while it is being rotated. */
  webhookSecrets: string[];
}

export interface App {
  appId: number;
  places: ReturnType<typeof githubPlaces>;
  /** `slug[bot]`: the author of everything the App writes. No person can have such a login. */
  botLogin(): Promise<string>;
  /** Acts as the App itself. */
  asApp(): Promise<Octokit>;
  /** Acts in one installation. */
  forInstallation(installation: number): Promise<Octokit>;
  /** A token for git, narrowed to one repository and reading. */
  gitToken(installation: number, repository: number): Promise<string>;
  /** Tokens hold the permissions of the moment in which they were made. */
  forgetTokens(): void;
  webhookSecrets: string[];
}

/** No call to GitHub may take longer: a lost connection must not hold a repository's queue. */
const CALL_TIMEOUT_MS = 30_000;

/**
 * Refuses to start without a webhook secret: Probot would quietly use a well-known one.
 * `through` takes each call to GitHub.
 */
export function createApp(
  settings: AppSettings,
  log: Logger,
  through: typeof fetch = (input, init) => fetch(input, init),
): App {
  const [secret] = settings.webhookSecrets;
  if (!secret || settings.webhookSecrets.some((each) => each.length < 16)) {
    throw new Refused(
      refusal(
        'hub.webhook-secret',
        'The webhook secret is missing or shorter than 16 characters.',
        'Copy it from the App\'s settings page, "Webhook secret", into the file that hub.yml names.',
      ),
    );
  }
  const places = githubPlaces(settings.origin);
  const Client = ProbotOctokit.defaults((options: Record<string, unknown>) => ({
    ...options,
    retry: { enabled: false },
    throttle: { ...(options['throttle'] as object | undefined), enabled: false },
  }));
  const make = () =>
    new Probot({
      appId: settings.appId,
      privateKey: settings.privateKey,
      secret,
      baseUrl: places.api,
      Octokit: Client as typeof ProbotOctokit,
      request: { fetch: watchedFetch },
      log: log.child({ part: 'octokit' }, { level: log.isLevelEnabled('warn') ? 'warn' : log.level }),
    });
  // Probot keeps tokens for an hour whatever becomes of them; a new instance begins with none.
  let probot = make();
  const forgetTokens = () => {
    probot = make();
  };
  async function watchedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const answer = await timedFetch(through, input, init);
    // Revoked, or run out early: whoever tries again gets a fresh one.
    if (answer.status === 401) forgetTokens();
    return answer;
  }
  let bot: Promise<string> | undefined;
  const askBot = async () =>
    `${(await (await probot.auth()).rest.apps.getAuthenticated()).data?.slug ?? ''}[bot]`;
  return {
    appId: settings.appId,
    places,
    botLogin() {
      bot ??= askBot().catch((error: unknown) => {
        bot = undefined;
        throw error;
      });
      return bot;
    },
    webhookSecrets: settings.webhookSecrets,
    forgetTokens,
    asApp: () => probot.auth(),
    forInstallation: (installation) => probot.auth(installation),
    async gitToken(installation, repository) {
      // Asked for by REST: the auth plugin would speak to api.github.com whatever the origin.
      const octokit = await probot.auth();
      const { data } = await octokit.rest.apps.createInstallationAccessToken({
        installation_id: installation,
        repository_ids: [repository],
        permissions: { contents: 'read', metadata: 'read' },
      });
      return data.token;
    },
  };
}

function timedFetch(
  through: typeof fetch,
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  const signals = [AbortSignal.timeout(CALL_TIMEOUT_MS), ...(init.signal ? [init.signal] : [])];
  return through(input, { ...init, signal: AbortSignal.any(signals) });
}
