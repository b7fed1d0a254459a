/** `sallyport init`: what it writes, what it leaves alone, and whom it refuses. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { checkPath } from '../../src/cli/check-path.ts';
import { program } from '../../src/cli/program.ts';
import type { InitFlags } from '../../src/cli/init.ts';
import { deploymentFacts } from '../../src/skeleton/governed.ts';
import { LANGUAGES } from '../../src/skeleton/skeleton.ts';
import { TEXTS } from '../../src/skeleton/texts.ts';
import { skeletonFor } from '../../src/steward/skeleton.ts';
import { aGovernance, AT } from '../support/governance.ts';
import { filesIn, initIn, refusedIn } from '../support/init.ts';

let top: string;
beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), 'init-'));
});
afterEach(() => {
  chmodSync(top, 0o755);
  rmSync(top, { recursive: true });
});

const at = (...names: string[]): string => path.join(top, ...names);
const read = (...names: string[]): string => readFileSync(at(...names), 'utf8');
const json = (...names: string[]): unknown => JSON.parse(read(...names));
const init = (folder: string, flags: Partial<InitFlags> = {}) => initIn(top, folder, flags);
const refused = (folder: string, flags: Partial<InitFlags> = {}) => refusedIn(top, folder, flags);

function put(name: string, text: string): void {
  mkdirSync(path.dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
}

const facts = () => deploymentFacts(aGovernance(), AT);
const FACTS = 'deployment.json';

test('someone new reads what was written, and the next commands', async () => {
  const { code, said } = await init('my-study');
  expect(code).toBe(0);
  expect(said).toMatchInlineSnapshot(`
   "/work/my-study/
   ├── project.yaml    what runs, in which order, and what comes out
   ├── README.md       what the study is, and the next steps
   ├── analysis/       the code (generate.py, describe.py)
   ├── codelists/      lists of codes; none yet (codelists.txt, README.md)
   ├── .vscode/        completion and errors in project.yaml while you type
   ├── .devcontainer/  for Codespaces: Sallyport, and Docker inside
   ├── .github/        issue forms, and the same checks in Actions
   ├── .gitignore      outputs are never committed
   └── .gitattributes  the same line ends on every system

   Next:
     cd /work/my-study
     sallyport check         # is project.yaml right?
     sallyport dag           # what runs, drawn
     sallyport run run_all   # runs it on invented data, in containers
     git init && git add . && git commit -m "Begin the study"
   "
  `);
});

test.each(LANGUAGES.flatMap((language) => [false, true].map((example) => [language, example] as const)))(
  'in %s (example: %s) everything is right at once, for the program and for editors',
  async (language, example) => {
    if (language === 'sql' && example)
      return expect(await refused('s', { language, example })).toMatch(/\(init\.no-example\)$/);
    await init('s', { language, example });

    expect(checkPath(at('s'))).toMatchObject({ ok: true, findings: [] });
    expect(filesIn(at('s')).filter((file) => /__(?!pycache|error)[a-z_]+__/.test(read('s', file)))).toEqual(
      [],
    );
    const project = parse(read('s', 'project.yaml')) as { actions: Record<string, { run: string }> };
    const validate = new Ajv({ allErrors: true }).compile(
      json('s', '.vscode', 'project.schema.json') as object,
    );
    expect([validate(project), validate.errors]).toEqual([true, null]);
    expect(
      Object.keys((json('s', '.vscode', 'settings.json') as Record<string, object>)['yaml.schemas']!),
    ).toEqual(['./.vscode/project.schema.json']);
    for (const { run } of Object.values(project.actions))
      expect(existsSync(at('s', /analysis\/\S+/.exec(run)![0]))).toBe(true);
  },
);

test.each([
  ['python', process.env['PYTHON'] ?? 'python3', 'py'],
  ['node', process.execPath, 'mjs'],
] as const)(
  'the scripts in %s make tables that nobody has to send back, and a picture',
  async (language, program, ending) => {
    await init('s', { language, example: true });
    const run = (script: string, ...words: string[]) =>
      spawnSync(program, [`analysis/${script}.${ending}`, ...words], { cwd: at('s'), encoding: 'utf8' });

    expect(['generate', 'describe', 'draw'].map((script) => run(script).stderr)).toEqual(['', '', '']);
    expect(read('s', 'output/areas.svg').match(/<rect /g)).toHaveLength(8);
    const all = read('s', 'output/describe.csv');
    rmSync(at('s', 'output/describe.csv'));
    expect([run('describe', '2024').stderr, run('describe', '2025').stderr, run('draw').stderr]).toEqual([
      '',
      '',
      '',
    ]);

    const rows = all
      .trimEnd()
      .split('\n')
      .map((row) => row.split(','));
    expect(rows).toHaveLength(9);
    expect(rows.slice(1).every(([, , count]) => Number(count) % 5 === 0)).toBe(true);
    expect(read('s', 'output/describe_2024.csv').trimEnd().split('\n').slice(1)).toEqual(
      rows.slice(1, 5).map((row) => row.join(',')),
    );
    expect(read('s', 'output/areas.svg').match(/<rect /g)).toHaveLength(8);
    const before = read('s', 'output/rows.csv');
    run('generate');
    expect(read('s', 'output/rows.csv')).toBe(before);
  },
);

test('for a deployment it writes what the steward offers, byte for byte, and a workflow beside it', async () => {
  writeFileSync(at(FACTS), JSON.stringify(facts()));

  await init('a-study', { deployment: at(FACTS) });

  const offered = skeletonFor(aGovernance(), AT, 'a-study')!;
  expect(filesIn(at('a-study'))).toEqual(
    [...offered.map((file) => file.path), '.github/workflows/sallyport.yml'].sort(),
  );
  for (const { path: file, text } of offered) expect([file, read('a-study', file)]).toEqual([file, text]);
  await init('b-study', { deployment: at(FACTS), workflow: false });
  expect(filesIn(at('b-study'))).toEqual(offered.map((file) => file.path).sort());
});

test('the workflow is a valid one, with the package or with the Action that is named', async () => {
  const steps = (folder: string): unknown[] =>
    (parse(read(folder, '.github/workflows/sallyport.yml')) as { jobs: { study: { steps: unknown[] } } }).jobs
      .study.steps;
  await init('a');
  await init('b', { uses: 'somebody/sallyport@v1' });
  const checkout = { uses: 'actions/checkout@v5', with: { 'persist-credentials': false } };
  expect(steps('a')).toEqual([
    checkout,
    { run: expect.stringMatching(/^npx --yes sallyport@\d+\.\d+\.\d+\S* ci --pull$/) },
  ]);
  expect(steps('b')).toEqual([checkout, { uses: 'somebody/sallyport@v1' }]);
  for (const uses of ['somebody/sallyport', './x@v1', 'a/b@v1\n      - run: x', 'a/b@${{ x }}', 'a/../b@v1/'])
    await expect(async () => {
      const root = program();
      root.configureOutput({ writeErr: () => undefined });
      for (const each of root.commands) each.configureOutput({ writeErr: () => undefined });
      await root.parseAsync(['init', at('c'), '--uses', uses], { from: 'user' });
    }).rejects.toThrow('owner/repository@ref');
  expect(existsSync(at('c'))).toBe(false);
});

test('a deployment without an image for the language is said, with those that it has', async () => {
  writeFileSync(at(FACTS), JSON.stringify(facts()));
  expect(await refused('s', { deployment: at(FACTS), language: 'r' })).toBe(
    'This deployment lists no image for r. It has images for: python, sql. Name one with --language. (init.no-image)',
  );
  writeFileSync(at(FACTS), JSON.stringify({ ...facts(), images: [] }));
  expect(await refused('s', { deployment: at(FACTS) })).toMatch(/Ask who runs it\. \(init\.no-image\)$/);
  expect(existsSync(at('s'))).toBe(false);
});

test.each([
  ['no JSON', 'nothing'],
  ['something else', '{}'],
  [
    'an image with a line end',
    { images: [{ name: 'r', version: 'v1\n  evil: x', image: 'a/r', database: false }] },
  ],
  [
    'an image with an expression of a workflow',
    { images: [{ name: '${{ x }}', version: 'v1', image: 'a/r', database: false }] },
  ],
  ['a registry that is a command', { registry: '$(touch x)' }],
  ['an address with a path', { address: 'https://hub.example.org/x' }],
  ['an address that runs', { address: 'javascript:alert(1)' }],
])('of a deployment.json with %s nothing is taken', async (_what, change) => {
  writeFileSync(at(FACTS), typeof change === 'string' ? change : JSON.stringify({ ...facts(), ...change }));
  expect(await refused('s', { deployment: at(FACTS) })).toMatch(/\(init\.deployment-invalid\)$/);
  expect(existsSync(at('s'))).toBe(false);
});

test('a file that is missing, too large or a folder is no deployment', async () => {
  expect(await refused('s', { deployment: at('missing') })).toMatch(/\(init\.deployment-unreadable\)$/);
  expect(await refused('s', { deployment: top })).toMatch(/\(init\.deployment-invalid\)$/);
  writeFileSync(at(FACTS), ' '.repeat(2 ** 20 + 1));
  expect(await refused('s', { deployment: at(FACTS) })).toMatch(/\(init\.deployment-invalid\)$/);
});

test('what is there is kept and named; a second time nothing is left to write', async () => {
  put('s/README.md', 'mine\n');
  put('s/.gitignore', '');
  const first = await init('s');
  expect(first.said).toContain(
    'Kept as it was: README.md, .gitignore. To have one replaced: --force README.md',
  );
  expect([read('s', 'README.md'), read('s', '.gitignore')]).toEqual(['mine\n', '']);

  expect((await init('s')).said).toMatch(/^Nothing was written to \/work\/s: everything is there\.\n/);

  const third = await init('s', { force: ['./README.md'] });
  expect(read('s', 'README.md')).toMatch(/^# s\n/);
  expect(third.said).toContain('Kept as it was: .gitignore.');
  expect(await refused('s', { force: ['../README.md'] })).toMatch(
    /^\.\.\/README\.md is none of the files .*\(init\.unknown-file\)$/,
  );
});

test('a study that has begun gets what belongs around it, and no first actions', async () => {
  put('s/project.yaml', 'version: 5\n');
  const { said } = await init('s');
  expect(said).toContain('The project.yaml that is here was kept, so no first actions were written.');
  expect(read('s', 'project.yaml')).toBe('version: 5\n');
  expect(existsSync(at('s', 'analysis'))).toBe(false);
  // One that cannot be read is somebody's, too.
  mkdirSync(at('t/project.yaml'), { recursive: true });
  expect((await init('t')).said).toContain('The project.yaml that is here was kept');
  expect(filesIn(at('s'))).toContain('.vscode/settings.json');
});

test('a folder that came from somebody else sends no file elsewhere', async () => {
  mkdirSync(at('elsewhere'));
  put('precious', 'precious');
  mkdirSync(at('s'));
  symlinkSync(at('elsewhere'), at('s', '.github'));
  expect(await refused('s')).toMatch(/^\.github is a symbolic link, .*\(init\.in-the-way\)$/);
  expect(filesIn(at('s'))).toEqual(['.github']);
  rmSync(at('s', '.github'));
  put('s/analysis', 'a file');
  expect(await refused('s')).toMatch(/^analysis is a file, .*\(init\.in-the-way\)$/);
  rmSync(at('s', 'analysis'));
  // A link that leads nowhere is there, too; a forced one is replaced, and what it led to is left alone.
  symlinkSync(at('made-by-it'), at('s', '.gitignore'));
  symlinkSync(at('precious'), at('s', 'README.md'));
  symlinkSync(at('precious'), at('s', 'README.md.sallyport-part'));
  await init('s', { force: ['README.md'] });
  expect(read('precious')).toBe('precious');
  expect(read('s', 'README.md')).toMatch(/^# s\n/);
  expect(existsSync(at('made-by-it'))).toBe(false);
  expect(filesIn(at('elsewhere'))).toEqual([]);
});

test('where no file can be written it is said, before or after how many', async () => {
  put('file', '');
  expect(await refused('file')).toBe('/work/file is not a folder. Name another one. (init.not-a-folder)');
  expect(await refused('x'.repeat(300))).toMatch(/its name is too long\. .*\(init\.cannot-write\)$/);
  mkdirSync(at('s/README.md'), { recursive: true });
  expect(await refused('s', { force: ['README.md'] })).toMatch(/\(init\.not-a-file\)$/);
  mkdirSync(at('locked/analysis'), { recursive: true });
  const isRoot = process.getuid?.() === 0;
  chmodSync(top, 0o755);
  chmodSync(at('locked'), 0o555);
  if (isRoot) process.seteuid!(65534);
  try {
    expect(await refused('locked')).toBe(
      '/work/locked/project.yaml cannot be written: you have no permission for that. Name a folder in which you may write. (init.cannot-write)',
    );
  } finally {
    if (isRoot) process.seteuid!(0);
    chmodSync(at('locked'), 0o755);
  }
  // The first files are there when the folder in which the next belongs takes none.
  chmodSync(at('locked'), 0o777);
  chmodSync(at('locked/analysis'), 0o555);
  if (isRoot) process.seteuid!(65534);
  try {
    expect(await refused('locked')).toMatch(
      /generate\.py cannot be written: you have no permission for that\. 4 files were written before\. Mend it .*\(init\.cannot-write\)$/,
    );
  } finally {
    if (isRoot) process.seteuid!(0);
    chmodSync(at('locked/analysis'), 0o755);
  }
});

test('a home folder or a whole disk is no study, by whatever name it is called', async () => {
  symlinkSync(homedir(), at('link'));
  for (const wide of ['link', path.relative(top, homedir()), path.relative(top, '/')])
    expect(await refused(wide)).toMatch(/\(init\.too-wide\)$/);
});

test('in Node it is said where an image comes from, since there is no usual one', async () => {
  expect((await init('s', { language: 'node' })).said).toContain(
    '  docker pull node:20 && docker tag node:20 node:v20   # the image\n',
  );
});

test.each(['', ' ', 'a\nb', 'a\u0000', 'a\u202eb', 'a\u2028b', 'x'.repeat(101)])(
  '%j is no title',
  async (name) => {
    expect(await refused('s', { name })).toMatch(/\(init\.title\)$/);
  },
);

test('a title or a folder that means something elsewhere stays a name', async () => {
  const name = 'Sales "2025" & <b>__version__</b> [x](javascript:y) `z` \\ *a* ${localEnv:HOME}';
  await init('s', { name });
  expect(json('s', '.devcontainer', 'devcontainer.json')).toHaveProperty(
    'name',
    'Sales "2025" & <b>__version__</b> [x](javascript:y) `z` \\ *a* ${localEnv:HOME}',
  );
  expect(read('s', 'README.md').split('\n')[0]).toBe(
    '# Sales "2025" \\& \\<b\\>__version__\\</b\\> \\[x\\](javascript:y) \\`z\\` \\\\ \\*a\\* \\${localEnv:HOME}',
  );

  const { said } = await init("a 'b'\u001b[2J; rm -rf $HOME");
  expect(said).toContain(`cd -- '/work/a '\\''b'\\''\\u001b[2J; rm -rf $HOME'`);
  expect(said).not.toContain('\u001b');
  expect(read("a 'b'\u001b[2J; rm -rf $HOME", 'README.md')).toMatch(/^# Study\n/);
});

test('a hub is asked for its deployment.json; a strange answer is none', async () => {
  let answer: (response: ServerResponse) => void = () => undefined;
  const server = createServer((request, response) => {
    if (request.url === '/deployment.json') answer(response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const hub = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    answer = (response) => void response.end(JSON.stringify({ ...facts(), address: hub, more: 1 }));
    await init('s', { deployment: `${hub}/` });
    expect(read('s', '.vscode/settings.json')).toContain(`"${hub}/schemas/project.json"`);
    const strange: [string, typeof answer][] = [
      ['init.deployment-invalid', (response) => void response.writeHead(302, { location: '/x' }).end()],
      ['init.deployment-invalid', (response) => void response.end('{')],
      ['init.deployment-away', (response) => void response.end('x'.repeat(2 ** 20 + 1))],
      ['init.deployment-away', (response) => void response.destroy()],
    ];
    for (const [code, how] of strange) {
      answer = how;
      expect(await refused('t', { deployment: hub })).toContain(`(${code})`);
    }
    expect(await refused('t', { deployment: `${hub}/x` })).toContain('(origin.has-path)');
    expect(await refused('t', { deployment: 'http://hub.example.org' })).toContain('(origin.not-https)');
  } finally {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
  expect(await refused('t', { deployment: hub })).toContain('(init.deployment-away)');
  expect(existsSync(at('t'))).toBe(false);
});

test('what is carried in the program is what stands in src/skeleton/study (node .tools/skeleton.mjs)', () => {
  const from = path.join(import.meta.dirname, '../../src/skeleton/study');
  const files = filesIn(from).map((file) => [file, readFileSync(path.join(from, file), 'utf8')]);
  expect(Object.entries(TEXTS).map(([file, lines]) => [file, lines.join('')])).toEqual(files);
});
