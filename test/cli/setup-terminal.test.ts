/** `sallyport setup` with a person at the terminal and a browser on the same machine. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { person } from '../../src/cli/setup/ask.ts';
import { setup } from '../../src/cli/setup/work.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/github/github.ts';
import { mountPages } from '../../src/sandbox/pages/of-state.ts';
import { plain, registerFrom } from '../support/setup.ts';

const root = mkdtempSync(path.join(tmpdir(), 'setup-terminal-'));
let github: Sandbox;

beforeAll(async () => {
  github = await startSandbox({
    dataDir: path.join(root, 'github'),
    mount: mountPages,
    seed: {
      users: [{ login: 'noor-example', id: 5550111 }],
      orgs: [{ login: 'northshire-research', id: 80001, members: { 'noor-example': 'admin' } }],
    },
  });
});
afterAll(async () => {
  await github.stop();
  rmSync(root, { recursive: true, force: true });
});

/** Types the next line once the screen ends in a prompt that was not there before. */
function terminal(role: 'hub' | 'steward', dir: string) {
  const input = new PassThrough();
  const output = new PassThrough({ encoding: 'utf8' });
  let screen = '';
  const waiting = new Set<() => void>();
  const hear = (text: string): void => {
    screen += text;
    waiting.forEach((look) => look());
  };
  output.on('data', hear);
  const somebody = person({ input, output }, plain);
  const flags = { dir, yes: false, dryRun: false, replace: [] };
  const ended = setup(role, flags, { out: { write: hear }, person: somebody, paint: plain, now: 0 }).finally(
    () => somebody.leave(),
  );
  let from = 0;
  const until = (expected: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = expected.exec(screen.slice(from));
        if (!found) return;
        waiting.delete(look);
        from += found.index + found[0].length;
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  const says = async (question: RegExp, line: string): Promise<void> => {
    await until(question);
    await until(/> $/);
    input.write(`${line}\n`);
  };
  return { until, says, type: (line: string) => input.write(`${line}\n`), ended, screen: () => screen };
}

test('it asks, says at once what is wrong, serves the page below a secret path, and takes the code from the browser', async () => {
  const dir = path.join(root, 'public');
  const { until, says, type, ended, screen } = terminal('hub', dir);

  await says(/Where is GitHub\?/, github.url);
  await says(/Which organisation/, 'no such name!');
  await says(/✗ Write the name alone/, 'northshire-research');
  await says(/Under which address/, 'https://research.example.edu/hub');
  await says(/✗ .*names more than an origin/, 'https://research.example.edu');
  await says(/On which port/, '');
  await says(/On which address\?/, '');
  await says(/From which addresses/, '');
  await says(/Shall the GitHub App be registered/, '');
  await says(/What shall the App be called/, 'Sallyport of a terminal');
  await says(/Which database/, 'embedded');
  await says(/To which collector/, '');
  await says(/As which user/, userInfo().username);
  await says(/Where does the hub keep/, path.join(root, 'state'));
  await says(/Where may a monitor ask/, '');
  await says(/What starts it/, 'none');
  await until(/Make these \d+\? \[Y\/n\] $/);
  type('');
  const [, address = ''] = await until(/Open in a browser on this machine: (\S+)/);

  const page = await (await fetch(address)).text();
  expect((await fetch(new URL('/', address))).status).toBe(404);
  expect((await fetch(new URL('/registered?code=mine&state=guessed', address))).status).toBe(404);
  expect((await fetch(address, { method: 'POST' })).status).toBe(405);
  const back = await registerFrom(page, 'noor-example');
  expect(new URL(back).origin).toBe(new URL(address).origin);
  expect(await (await fetch(back)).text()).toContain('The code has arrived');

  await until(/Make (?:this|these \d+)\?/);
  type('y');
  expect(await ended).toBe(1);
  expect(screen()).toContain('"sallyport setup governance" writes its card');
  expect(JSON.parse(readFileSync(path.join(dir, 'app.json'), 'utf8'))).toMatchObject({
    slug: 'sallyport-of-a-terminal',
  });
  expect(existsSync(path.join(dir, 'register-hub.html'))).toBe(false);
});

test('on a host without a browser the address is pasted, and somebody else’s is refused', async () => {
  const dir = path.join(root, 'headless');
  const { until, says, type, ended } = terminal('steward', dir);
  await says(/Where is GitHub\?/, github.url);
  await says(/Which organisation/, 'northshire-research');
  await says(/Under which address/, 'https://research.example.edu');
  for (const question of [/Shall the GitHub App/, /What shall the App/, /Shall it make/])
    await says(question, '');
  await says(/As which user/, userInfo().username);
  await says(/Where does the steward keep/, path.join(root, 'steward'));
  await says(/Where may a monitor ask/, '');
  await says(/What starts it/, 'none');
  await until(/Make these \d+\?/);
  type('');
  await until(/paste here/);
  await until(/> $/);
  const failed = expect(ended).rejects.toThrow(/does not come from the registration/);
  type('http://127.0.0.1:8177/registered?code=abc&state=of-somebody-else');
  await failed;
  expect(existsSync(path.join(dir, 'steward-app.pem'))).toBe(false);
});

test('who says no is left with nothing that was not there', async () => {
  const dir = path.join(root, 'declined');
  const { until, says, type, ended } = terminal('steward', dir);
  await says(/Where is GitHub\?/, github.url);
  await says(/Which organisation/, 'northshire-research');
  await says(/Under which address/, 'https://research.example.edu');
  for (const question of [/Shall the GitHub App/, /What shall the App/, /Shall it make/])
    await says(question, '');
  await says(/As which user/, userInfo().username);
  await says(/Where does the steward keep/, path.join(root, 'declined-state'));
  await says(/Where may a monitor ask/, '');
  await says(/What starts it/, 'none');
  await until(/Make these \d+\?/);
  const failed = expect(ended).rejects.toThrow(/Nothing more was written/);
  type('n');
  await failed;
  expect(existsSync(path.join(dir, 'steward.key'))).toBe(false);
  expect(existsSync(path.join(root, 'declined-state'))).toBe(false);
});
