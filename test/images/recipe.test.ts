/** Recipes and locks: what is understood, and the line of what is not. */
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isLeftOut } from '../../agent/images/build/layer.ts';
import { readLock, writeLock, type Lock } from '../../agent/images/build/lock.ts';
import { ownRecipes, placeOf, readPlace } from '../../agent/images/build/recipes.ts';
import { readRecipe } from '../../agent/images/build/recipe.ts';
import { differenceOf, installedIn, sbomOf } from '../../agent/images/build/sbom.ts';
import { isRefusal } from '../../src/lib/refusal.ts';

const GOOD = `FROM debian:trixie-slim
RUN apt-get update \\
 && apt-get install -y --no-install-recommends \\
      python3=3.13.5-1 \\
 && rm -rf /var/lib/apt/lists/*
# a comment
LABEL org.opencontainers.image.title="our \\"python\\"" one=two
ENV LANG=C.UTF-8
COPY tool.py /app/tool.py
WORKDIR /workspace
USER 65534:65534
ENTRYPOINT ["/usr/bin/env"]
CMD ["python"]
`;

describe('a recipe', () => {
  test('of the program is whole, and its lock holds what it names', () => {
    expect(ownRecipes().sort()).toEqual(['node', 'python', 'r', 'sqlrunner']);
    for (const name of ownRecipes()) {
      const place = placeOf(name);
      const found = isRefusal(place) ? place : readPlace(place);
      if (isRefusal(found)) throw new Error(found.says);
      const versions = new Map(found.lock?.packages.map((one) => [one.name, one.version]));
      for (const root of found.recipe.roots)
        expect(`${name} ${root.name} ${versions.get(root.name)}`).toBe(
          `${name} ${root.name} ${root.version}`,
        );
      expect([found.name, found.recipe.workDir, found.lock?.suite]).toEqual([
        name,
        '/workspace',
        found.recipe.suite,
      ]);
    }
  });

  test('is read as docker build reads it', () => {
    expect(readRecipe(GOOD)).toEqual({
      suite: 'trixie',
      roots: [{ name: 'python3', version: '3.13.5-1' }],
      copies: [{ from: 'tool.py', to: '/app/tool.py' }],
      labels: { 'org.opencontainers.image.title': 'our "python"', one: 'two' },
      environment: { LANG: 'C.UTF-8' },
      user: '65534:65534',
      workDir: '/workspace',
      entry: ['/usr/bin/env'],
      command: ['python'],
    });
  });

  test.each([
    [
      'an image of a registry',
      'FROM debian:trixie-slim',
      'FROM python:3',
      1,
      'FROM names a release of Debian',
    ],
    ['a second FROM', 'USER 65534', 'FROM debian:trixie\nUSER 65534', 11, 'there is one FROM'],
    ['a command of its own', 'apt-get update', 'curl x | sh', 2, 'RUN only installs packages'],
    ['a hidden command', 'apt-get update', 'apt-get update; curl x', 2, 'does something else'],
    [
      'a package without a version',
      'python3=3.13.5-1',
      'python3',
      2,
      '"python3" is no package with its version',
    ],
    ['an option among packages', 'python3=3.13.5-1', '-o=Dpkg python3=3', 2, '"-o=Dpkg" is no package'],
    ['a volume', 'WORKDIR /workspace', 'VOLUME /data', 10, 'VOLUME would be a writable folder'],
    ['another folder', 'WORKDIR /workspace', 'WORKDIR /srv', 10, 'WORKDIR is /workspace'],
    ['root', 'USER 65534:65534', 'USER 0:0', 11, 'USER is two numbers above 0'],
    ['root by name', 'USER 65534:65534', 'USER root', 11, 'USER is two numbers above 0'],
    ['a group of root', 'USER 65534:65534', 'USER 1:0', 11, 'USER is two numbers above 0'],
    ['no user', 'USER 65534:65534', '', 14, 'it would run as root'],
    ['a shell form', '["/usr/bin/env"]', '/usr/bin/env', 12, 'ENTRYPOINT is a list'],
    ['no entry point', 'ENTRYPOINT ["/usr/bin/env"]', '', 14, 'there is no ENTRYPOINT'],
    ['a variable', 'LANG=C.UTF-8', 'LANG=$HOME', 8, 'ENV is a name and its value'],
    [
      'a file from elsewhere',
      'tool.py /app',
      '../../etc/shadow /app',
      9,
      'COPY takes one file beside the recipe',
    ],
    ['a whole path', 'tool.py /app', '/etc/shadow /app', 9, 'COPY takes one file beside the recipe'],
    ['a place that climbs', '/app/tool.py', '/app/../etc/passwd', 9, 'COPY takes one file beside the recipe'],
    ['an instruction nobody knows', 'CMD ["python"]', 'ONBUILD RUN x', 13, 'ONBUILD is not known here'],
  ])('with %s is refused with its line', (_case, from, to, line, says) => {
    const text = GOOD.replace(from, to);
    expect(text).not.toBe(GOOD);
    const found = readRecipe(text, 'our/Dockerfile');
    expect(found).toMatchObject({ code: 'images.recipe' });
    expect(isRefusal(found) && found.says).toContain(`our/Dockerfile, line ${line}: `);
    expect(isRefusal(found) && found.says).toContain(says);
  });

  test.each(['', '\0', 'FROM', '\\\n'.repeat(5000), 'RUN '.repeat(50_000)])(
    'of nonsense is refused',
    (text) => {
      expect(isRefusal(readRecipe(text))).toBe(true);
    },
  );
});

const LOCK: Lock = {
  suite: 'trixie',
  architecture: 'amd64',
  created: '2026-11-21T00:00:00Z',
  packages: [
    { name: 'dash', version: '1:0.5.12-12', architecture: 'amd64', bytes: 97_000, sha256: 'a'.repeat(64) },
    {
      name: 'base-files',
      version: '13.8+deb13u7',
      architecture: 'amd64',
      bytes: 88_296,
      sha256: 'b'.repeat(64),
    },
  ],
};

describe('a lock', () => {
  test('comes back as it was written, in order', () => {
    const back = readLock(writeLock(LOCK));
    expect(back).toEqual({ ...LOCK, packages: [...LOCK.packages].reverse() });
    expect(writeLock(back as Lock)).toBe(writeLock(LOCK));
  });

  test.each([
    ['a package twice', 'dash 1:0.5.12-12', 'base-files 1:0.5.12-12', 'line 7: a second base-files'],
    ['a short hash', 'a'.repeat(64), 'a'.repeat(63), 'line 7: not a package'],
    ['no size', ' 97000 ', ' 0 ', 'line 7: not a package'],
    ['a path for a name', 'dash 1', '../dash 1', 'line 7: not a package'],
    ['an option for a name', 'dash 1', '-odash 1', 'line 7: not a package'],
    ['no suite', 'suite trixie\n', '', 'line 1: without suite'],
    ['an odd suite', 'suite trixie', 'suite ../x', 'line 2: no suite'],
    ['an odd time', '2026-11-21T00', '2026-11-21 00', 'line 4: no created'],
  ])('with %s is refused with its line', (_case, from, to, says) => {
    const found = readLock(writeLock(LOCK).replace(from, to), 'our/packages.lock');
    expect(isRefusal(found) && `${found.code} ${found.says}`).toContain(
      `images.lock our/packages.lock, ${says}`,
    );
  });
});

test('what dpkg says is there is compared with the lock in both directions', () => {
  const status = LOCK.packages
    .map(
      ({ name, version }) =>
        `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`,
    )
    .join('\n');
  const half = 'Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n';
  expect(differenceOf(installedIn(`${status}\n${half}`), LOCK)).toBeUndefined();
  expect(differenceOf(installedIn(status.replace('0.5.12', '0.5.13')), LOCK)).toBe(
    'dash 1:0.5.12-12 amd64 is wanted, 1:0.5.13-12 amd64 is there',
  );
  expect(differenceOf(installedIn(''), LOCK)).toBe('dash 1:0.5.12-12 amd64 is wanted, none is there');
  expect(
    differenceOf(
      installedIn(`${status}\n${half.replace('deinstall ok config-files', 'install ok installed')}`),
      LOCK,
    ),
  ).toBe('gone 1 amd64 is there besides');
});

test('an SBOM is valid SPDX 2.3 in its shape, and the same bytes whatever the order', () => {
  const of = (lock: Lock) =>
    sbomOf({
      name: 'python',
      version: 'v1',
      lock,
      files: [{ path: '/app/tool.py', sha256: 'c'.repeat(64) }],
    });
  const text = of(LOCK);
  expect(of({ ...LOCK, packages: [...LOCK.packages].reverse() })).toBe(text);
  const document = JSON.parse(text) as {
    packages: { SPDXID: string; name: string }[];
    relationships: object[];
  } & Record<string, unknown>;
  expect(document).toMatchObject({
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
  });
  expect(document.packages.map(({ name }) => name)).toEqual(['python', 'base-files', 'dash', '/app/tool.py']);
  expect(document.packages.every(({ SPDXID }) => /^SPDXRef-[A-Za-z0-9.-]+$/.test(SPDXID))).toBe(true);
  expect(document.relationships).toHaveLength(4);
  expect(text).toContain('pkg:deb/debian/dash@1%3A0.5.12-12?arch=amd64&distro=trixie');
});

test('what the host, the day or the mirror left is not taken into a layer', () => {
  const left = [
    'etc/resolv.conf',
    'etc/hostname',
    'etc/machine-id',
    'etc/apt/sources.list',
    'var/log/btmp',
    'var/cache/ldconfig/aux-cache',
    'dev/null',
    'var/lib/dpkg/status-old',
    'usr/share/doc/dash/changelog.gz',
  ];
  const kept = [
    'etc/passwd',
    'etc/hosts',
    'var/lib/dpkg/status',
    'usr/share/doc/dash/copyright',
    'usr/share/doc/dash',
    'var/cache',
    'usr/bin/env',
  ];
  expect(left.filter((name) => !isLeftOut(name))).toEqual([]);
  expect(kept.filter((name) => isLeftOut(name))).toEqual([]);
});

test('no recipe names a mirror or a machine', () => {
  const folder = new URL('../../agent/images/', import.meta.url).pathname;
  for (const name of readdirSync(folder)) {
    for (const file of ['Dockerfile', 'packages.lock']) {
      let text = '';
      try {
        text = readFileSync(path.join(folder, name, file), 'utf8');
      } catch {
        continue;
      }
      expect(`${name}/${file}: ${/https?:\/\/\S+/.exec(text)?.[0] ?? 'none'}`).toBe(`${name}/${file}: none`);
    }
  }
});
