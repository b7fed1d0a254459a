/** The sandbox holds to every fact; where it would be kinder than GitHub, a fact fails here. */
import { afterAll, beforeAll, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { FACTS, type GitHubUnderTest } from './facts.ts';
import { APP_ID, INSTALLATION, keyOf, signAppJwt, world, type World } from './world.ts';

let github: World;
let under: GitHubUnderTest;
let count = 0;

beforeAll(async () => {
  const plenty = 1_000_000;
  github = await world({
    manifest: fileURLToPath(new URL('../../app.yml', import.meta.url)),
    limits: { contentPerMinute: plenty, contentPerHour: plenty, pointsPerMinute: plenty },
  });
  under = {
    call: github.call,
    now: () => Math.floor(Date.now() / 1000),
    jwt: (times) => (times ? signAppJwt(keyOf(github, 'sally'), APP_ID, times) : github.jwt()),
    installation: INSTALLATION,
    token: (wish) => github.installationToken(wish),
    repo: 'acme/study',
    gitUrl: `${github.url}/acme/study.git`,
    writer: github.tokens['wes'] ?? '',
    reader: github.tokens['mallory'] ?? '',
    oauth: {
      web: github.url,
      clientId: github.apps['sally']?.clientId ?? '',
      clientSecret: github.apps['sally']?.clientSecret ?? '',
    },
    settle: () => github.state.idle(),
    fresh: (stem) => `${stem}-${(count += 1)}`,
  };
});
afterAll(async () => {
  await github.stop();
});

for (const fact of FACTS) test(fact.name, () => fact.check(under));
