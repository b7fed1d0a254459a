/**
 * The facts of test/sandbox/facts.ts against a real organisation: `npm run test:github`.
 *
 * Wants an organisation with the App installed as `app.yml` says, a public scratch repository with a
 * README.md whose content may be littered, a member who may write there, and a stranger:
 *
 *   SALLYPORT_TEST_GITHUB_APP_ID, _PRIVATE_KEY (PEM file), _INSTALLATION, _REPO (owner/name),
 *   _WRITER and _READER (personal tokens); _URL when it is not https://github.com; _CLIENT_ID and
 *   _CLIENT_SECRET for the facts about codes
 */
import { describe, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { githubPlaces } from '../../src/lib/origin.ts';
import { FACTS, type GitHubUnderTest } from '../sandbox/facts.ts';
import { callApi, signAppJwt } from '../sandbox/world.ts';

const WANTED = ['APP_ID', 'PRIVATE_KEY', 'INSTALLATION', 'REPO', 'WRITER', 'READER'] as const;
const setting = (name: string): string => process.env[`SALLYPORT_TEST_GITHUB_${name}`] ?? '';
const absent = WANTED.filter((name) => !setting(name)).map((name) => `SALLYPORT_TEST_GITHUB_${name}`);

/** GitHub sends and lists deliveries within seconds, and says no more about when. */
const SETTLE_MS = 8000;

function real(): GitHubUnderTest {
  const places = githubPlaces(setting('URL') || 'https://github.com');
  const pem = readFileSync(setting('PRIVATE_KEY'), 'utf8');
  const now = (): number => Math.floor(Date.now() / 1000);
  const run = now().toString(36);
  let count = 0;
  const github: GitHubUnderTest = {
    call: (method, path, options) => callApi(places.api, method, path, options),
    now,
    jwt: (times) => signAppJwt(pem, setting('APP_ID'), times ?? { iat: now() - 60, exp: now() + 500 }),
    installation: Number(setting('INSTALLATION')),
    async token(wish) {
      const path = `/app/installations/${github.installation}/access_tokens`;
      const { status, data, text } = await github.call('POST', path, { as: await github.jwt(), body: wish });
      if (status !== 201) throw new Error(`no installation token: ${status} ${text}`);
      return String(data['token']);
    },
    repo: setting('REPO'),
    gitUrl: `${places.git}/${setting('REPO')}.git`,
    writer: setting('WRITER'),
    reader: setting('READER'),
    ...(setting('CLIENT_SECRET')
      ? {
          oauth: {
            web: places.git,
            clientId: setting('CLIENT_ID'),
            clientSecret: setting('CLIENT_SECRET'),
          },
        }
      : {}),
    settle: () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS)),
    fresh: (stem) => `${stem}-${run}-${(count += 1)}`,
  };
  return github;
}

if (absent.length > 0) {
  describe('a real organisation', () => {
    for (const fact of FACTS)
      test.skip(`${fact.name} [skipped: ${absent.join(', ')} not set]`, () => undefined);
  });
} else {
  const github = real();
  describe('a real organisation', () => {
    for (const fact of FACTS) {
      if (fact.needs && !github[fact.needs])
        test.skip(`${fact.name} [skipped: SALLYPORT_TEST_GITHUB_CLIENT_SECRET not set]`, () => undefined);
      else test(fact.name, () => fact.check(github), 120_000);
    }
  });
}
