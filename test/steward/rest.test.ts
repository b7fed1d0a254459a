/** What GitHub says about how much may be asked of it. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MockAgent } from 'undici';
import { seconds } from '../../src/lib/clock.ts';
import { readStewardAppKey, StewardGitHub } from '../../src/steward/steward.ts';
import { appKey } from '../support/app-key.ts';

let agent: MockAgent;
beforeEach(() => {
  agent = new MockAgent();
  agent.disableNetConnect();
});
afterEach(() => agent.close());

const START = Date.UTC(2027, 0, 4);
const answers = (status: number, body: object, headers: Record<string, string> = {}): void => {
  agent.get('https://api.github.com').intercept({ path: '/app' }).reply(status, body, { headers });
};
function steward() {
  let now = START;
  const key = readStewardAppKey(appKey('steward'));
  const github = new StewardGitHub({
    ...{ origin: 'https://github.com', appId: 1, key, clock: { now: () => now } },
    dispatcher: agent,
  });
  return {
    github,
    later(ms: number): void {
      now += ms;
    },
  };
}

test.each([
  [403, { 'retry-after': '90' }, 90],
  [429, { 'retry-after': '5' }, 5],
  [429, {}, 60],
  [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(START / 1000 + 600) }, 600],
  [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' }, 60],
  [403, { 'retry-after': '999999' }, 3600],
])('told %i with %j it rests for %i seconds, and says that it was a pause', async (status, headers, rest) => {
  const { github, later } = steward();
  answers(status, {}, headers);
  await expect(github.botLogin()).rejects.toMatchObject({ call: 'app', status: 429 });
  // An answer is there, and nobody fetches it.
  answers(200, { slug: 'steward' });
  later(seconds(rest) - 1);
  await expect(github.botLogin()).rejects.toMatchObject({ call: 'app', status: 429 });
  expect(agent.pendingInterceptors()).toHaveLength(1);
  later(1);
  expect(await github.botLogin()).toBe('steward[bot]');
});

test('a plain no is a no, and the next call is made', async () => {
  const { github } = steward();
  answers(403, {}, { 'x-ratelimit-remaining': '4999' });
  await expect(github.botLogin()).rejects.toMatchObject({ status: 403 });
  answers(200, { slug: 'steward' });
  expect(await github.botLogin()).toBe('steward[bot]');
});
