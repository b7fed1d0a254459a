/** Released files: for members, whole, written down; for everybody else they do not exist. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { crc32, inflateRawSync } from 'node:zlib';
import { sql } from 'drizzle-orm';
import { sha256 } from '../../src/lib/hash.ts';
import { entryNames } from '../../web/site/archive.ts';
import { safeName } from '../../web/site/files.tsx';
import type { ReleaseView } from '../../src/outputs/outputs.ts';
import { onOneDatabase, type TestDatabase } from '../support/database.ts';
import { aGovernance, edited, PEOPLE } from '../support/governance.ts';
import { hubPages, type HubPages, type Role } from './world.ts';

const TABLE = 'group,count\na,10\n';
const FIGURE = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

onOneDatabase((open) => {
  let database: TestDatabase;
  let hub: HubPages;
  let release: ReleaseView;
  beforeEach(async () => {
    database = await open();
    hub = await hubPages(database);
    release = hub.outputs.release({ 'output/table.csv': TABLE, 'output/figure.svg': FIGURE });
  });
  afterEach(async () => {
    expect(hub.state.faults).toEqual([]);
    await hub.stop();
  });
  const at = (rest = ''): string => `/releases/${release.id}${rest}`;

  test('a member sees files, sizes, who asked and who approved, and gets the bytes', async () => {
    const member = await hub.as('collaborator');
    expect((await member.get('/releases')).text).toContain(at());
    const { text } = await member.get(at());
    for (const shown of ['output/table.csv', '17 bytes', 'Rowan Example', 'Kim Example, Noor Example'])
      expect(text).toContain(shown);

    const file = await member.get(at('/files/1/download'));

    expect([file.status, file.text]).toEqual([200, TABLE]);
    expect(hub.outputs.downloads).toEqual([{ release: release.id, number: 1, person: PEOPLE.collaborator }]);
    expect((await hub.log()).slice(-2)).toEqual([
      { what: 'RELEASED_LISTING_VIEW', person: PEOPLE.collaborator, file: null, sha256: null, code: null },
      {
        what: 'RELEASED_FILE_DOWNLOAD',
        person: PEOPLE.collaborator,
        file: 1,
        sha256: sha256(TABLE),
        code: null,
      },
    ]);
  });

  test.each<[Role, boolean]>([
    ['lead', true],
    ['collaborator', true],
    ['checker', true],
    ['copilot', false],
    ['governor', false],
    ['stranger', false],
  ])('%s may have released files: %p, on page, file, archive and list alike', async (role, may) => {
    const browser = await hub.as(role);
    const list = await browser.get('/releases');
    const page = await browser.get(at());
    const rest = ['/files/1', '/files/1/download', '/files/2/download', '/all.zip'];
    const statuses = await Promise.all(rest.map(async (path) => (await browser.get(at(path))).status));

    expect(list.text.includes(release.id)).toBe(may);
    expect(page.status).toBe(200);
    expect(page.text.includes('output/table.csv')).toBe(may);
    expect(statuses).toEqual(rest.map(() => (may ? 200 : 404)));
    if (!may) expect((await hub.log()).map(({ what }) => what)).toEqual(['LOGIN']);
  });

  test('a publisher reads the files of a release once it is asked that they be public, and not before or after', async () => {
    hub.state.governance = aGovernance(
      edited({
        'teams.yml': ['role: governance\n', 'role: output_publisher\n'],
      }),
    );
    const publisher = await hub.as('governor');
    const reads = async () => (await publisher.get(at('/files/1/download'))).status;
    expect(await reads()).toBe(404);
    expect((await publisher.get(at())).text).not.toContain('output/table.csv');

    await database.db.execute(sql`
      insert into publications (id, project, workspace, backend, repository_id, set_key, requested_by, requested_at)
      values ('p', ${release.project}, ${release.workspace}, 'attainment', 70011, 'set', ${PEOPLE.lead}, 1)`);
    await database.db.execute(sql`
      insert into publication_files (publication, release, number) values ('p', ${release.id}, 1)`);
    expect(await reads()).toBe(200);
    expect((await publisher.get(at())).text).toContain('output/table.csv');
    expect(hub.outputs.downloads).toEqual([{ release: release.id, number: 1, person: PEOPLE.governor }]);
    // Not what nobody asks to publish.
    expect((await publisher.get(at('/files/2/download'))).status).toBe(404);
    for (const { path } of release.files.slice(1))
      expect((await publisher.get(at())).text).not.toContain(path);

    await database.db.execute(sql`update publications set state = 'rejected', ended_at = 2`);
    expect(await reads()).toBe(404);
  });

  test('members of another project have nothing of this one', async () => {
    const other = hub.outputs.release({ 'secret.csv': 'x\n' }, { project: 'ns-2026-015' });
    const member = await hub.as('lead');
    expect((await member.get('/releases')).text).not.toContain(other.id);
    expect((await member.get(`/releases/${other.id}`)).text).not.toContain('secret.csv');
    for (const path of ['files/1', 'files/1/download', 'all.zip'])
      expect((await member.get(`/releases/${other.id}/${path}`)).status).toBe(404);
  });

  test('the public learns workspace, zone, time and state, and neither names, counts, people nor digests', async () => {
    const page = await hub.browser().get(at());

    expect(page.status).toBe(200);
    for (const shown of ['study-main', 'Pupil attainment warehouse', '2026-10-01 12:00 UTC', 'released'])
      expect(page.text).toContain(shown);
    for (const hidden of ['table.csv', 'figure.svg', 'Rowan', 'Kim', sha256(TABLE).slice(0, 8), '17 bytes'])
      expect(page.text).not.toContain(hidden);
    expect(await hub.log()).toEqual([]);
  });

  test('for whoever is not signed in every file leads to the sign-in, whether it is there or not', async () => {
    const answers = [];
    for (const path of [at('/files/1/download'), at('/files/99'), at('/all.zip'), '/releases/none/files/1'])
      answers.push(await hub.browser().get(path));
    expect(answers.map(({ status, location }) => [status, location.slice(0, 12)])).toEqual(
      answers.map(() => [303, '/login?next=']),
    );
  });

  test('a release whose files are still on their way does not exist for anybody', async () => {
    release.releasedAt = null;
    const member = await hub.as('lead');
    expect((await member.get('/releases')).text).not.toContain(release.id);
    for (const path of ['', '/files/1', '/files/1/download', '/all.zip'])
      expect((await member.get(at(path))).status).toBe(404);
  });

  test('a recalled file is a tombstone without its name, everywhere', async () => {
    hub.outputs.recall(release, 1);
    const member = await hub.as('lead');
    const page = (await member.get(at())).text;

    expect(page).not.toContain('table.csv');
    expect(page).toContain('disclosure');
    expect(page).toContain('recalled in part');
    for (const path of ['/files/1', '/files/1/download'])
      expect((await member.get(at(path))).status).toBe(404);
    expect(unzipped((await member.get(at('/all.zip'))).bytes)).not.toHaveProperty(
      `${release.id}/output/table.csv`,
    );

    hub.outputs.recall(release, 2);
    expect((await member.get(at('/all.zip'))).status).toBe(404);
    const outside = await hub.browser().get(at());
    expect(outside.text).toContain('2026-10-01 12:05 UTC');
    expect(outside.text).not.toContain('disclosure');
  });

  test('files leave as attachments in a sandbox of their own, under a harmless name', async () => {
    const member = await hub.as('lead');
    const { headers } = await member.get(at('/files/2/download'));

    expect(Object.fromEntries(headers)).toMatchObject({
      'content-disposition': 'attachment; filename=figure.svg',
      'content-type': 'application/octet-stream',
      'content-security-policy':
        "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'private, no-store',
      'cross-origin-resource-policy': 'same-origin',
      'accept-ranges': 'none',
    });
    expect(headers.get('etag')).toBeNull();
  });

  test('HEAD is checked like GET and gives no byte and no entry; a range or an old copy gets the whole file again', async () => {
    const [member, stranger] = [await hub.as('lead'), await hub.as('stranger')];
    const entries = (await hub.log()).length;
    for (const path of ['', '/files/1', '/files/1/download', '/all.zip']) {
      const [yes, no] = [await member.get(at(path), {}, 'HEAD'), await stranger.get(at(path), {}, 'HEAD')];
      expect([yes.status, yes.bytes.length, no.status]).toEqual([200, 0, path === '' ? 200 : 404]);
    }
    expect(await hub.log()).toHaveLength(entries);
    expect(hub.outputs.downloads).toEqual([]);

    const again = {
      range: 'bytes=0-3',
      'if-none-match': '*',
      'if-modified-since': new Date(2e12).toUTCString(),
    };
    const ranged = await member.get(at('/files/1/download'), again);
    expect([ranged.status, ranged.text]).toEqual([200, TABLE]);
    expect(hub.outputs.downloads).toHaveLength(1);
  });

  test('as many sign-ins, looks and downloads are written down as were given, whoever asked and in whatever order, and none that were not', async () => {
    const asked: [path: string, what: string, most: number][] = [
      [at(), 'RELEASED_LISTING_VIEW', 1],
      [at('/files/1'), 'RELEASED_FILE_VIEW', 1],
      [at('/files/1/download'), 'RELEASED_FILE_DOWNLOAD', 1],
      [at('/files/2/download'), 'RELEASED_FILE_DOWNLOAD', 1],
      [at('/all.zip'), 'RELEASED_FILE_DOWNLOAD', 2],
    ];
    const [lead, other, stranger] = [
      await hub.as('lead'),
      await hub.as('collaborator'),
      await hub.as('stranger'),
    ];
    const counted = async (): Promise<Record<string, number>> => {
      const all = (await hub.log()).map(({ what, person }) => `${what} ${person}`);
      return Object.fromEntries(
        [...new Set(all)].map((key) => [key, all.filter((one) => one === key).length]),
      );
    };
    const wanted: Record<string, number> = {};
    const add = (key: string, n: number): void => void (wanted[key] = (wanted[key] ?? 0) + n);
    for (const id of [PEOPLE.lead, PEOPLE.collaborator, PEOPLE.stranger]) add(`LOGIN ${id}`, 1);
    let turn = 0;
    for (const [who, id] of [
      [lead, PEOPLE.lead],
      [other, PEOPLE.collaborator],
      [stranger, PEOPLE.stranger],
      [lead, PEOPLE.lead],
    ] as const) {
      turn += 1;
      for (const [path, what, n] of [...asked.slice(turn), ...asked.slice(0, turn)]) {
        const { status } = await who.get(path);
        const given = who !== stranger;
        expect([path, status]).toEqual([path, given || path === at() ? 200 : 404]);
        if (given) add(`${what} ${id}`, n);
      }
    }
    expect(await counted()).toEqual(wanted);
  });

  test.each(['0', '-1', '1.0', '01', '1e0', '3', '99999999999', '..%2f1', 'a'])(
    'there is no file number %s',
    async (number) => {
      const member = await hub.as('lead');
      expect((await member.get(at(`/files/${number}/download`))).status).toBe(404);
    },
  );

  test.each(['x', `${'a'.repeat(16)}-1`, `${'a'.repeat(16)}-0`, '..%2f..%2fetc', '%00'])(
    'there is no release %s',
    async (id) => {
      const member = await hub.as('lead');
      expect((await member.get(`/releases/${id}`)).status).toBe(404);
    },
  );

  test('rights that end are asked at the next look', async () => {
    const member = await hub.as('collaborator');
    expect((await member.get(at('/files/1/download'))).status).toBe(200);
    const withoutRole = edited({
      'projects/ns-2026-014.yml': [
        `  - {id: ${PEOPLE.collaborator}, roles: [collaborator], until: 2027-02-28, reason: writes up, ref: GOV-132}\n`,
        '',
      ],
    });
    hub.state.governance = aGovernance(withoutRole);
    expect((await member.get(at('/files/1/download'))).status).toBe(404);
  });

  test('the archive holds every file and a list of digests that fits', async () => {
    const member = await hub.as('lead');
    const zip = await member.get(at('/all.zip'));

    expect(zip.headers.get('content-disposition')).toBe(`attachment; filename=${release.id}.zip`);
    const files = unzipped(zip.bytes);
    expect(files).toEqual({
      [`${release.id}/SHA256SUMS`]: `${sha256(TABLE)}  output/table.csv\n${sha256(FIGURE)}  output/figure.svg\n`,
      [`${release.id}/output/table.csv`]: TABLE,
      [`${release.id}/output/figure.svg`]: FIGURE,
    });
    expect(hub.outputs.downloads.map(({ number }) => number)).toEqual([1, 2]);
  });

  test('an archive that can no longer be whole breaks off instead of looking whole', async () => {
    const member = await hub.as('lead');
    const { releasedFile } = hub.outputs.face;
    hub.outputs.face.releasedFile = async (db, id, number) => {
      // Recalled while the first file was being sent.
      if (number === 2) hub.outputs.recall(release, 2);
      return releasedFile(db, id, number);
    };

    const zip = await member.get(at('/all.zip'));

    expect(() => unzipped(zip.bytes)).toThrow('this archive has no end');
    expect(zip.bytes.length).toBeGreaterThan(0);
    // Whom the recall must reach: noted before the bytes were asked for.
    expect(hub.outputs.downloads.map(({ number }) => number)).toEqual([1, 2]);
  });

  test('text is shown as text, a picture as a picture, and what a browser would run not at all', async () => {
    const odd = hub.outputs.release({
      'a.csv': 'name\n<img src=x onerror=alert(1)>\n',
      'b.svg': FIGURE,
      'c.html': '<script>alert(1)</script>',
      'd.txt': 'x'.repeat(300_000),
      '<b>&.json': '{}',
    });
    const member = await hub.as('lead');
    const shown = async (n: number) => (await member.get(`/releases/${odd.id}/files/${n}`)).text;

    expect(await shown(1)).toContain('&lt;img src=x onerror=alert(1)>');
    expect(await shown(2)).toContain(
      `src="data:image/svg+xml;base64,${Buffer.from(FIGURE).toString('base64')}"`,
    );
    expect(await shown(3)).toContain('not shown here');
    expect(await shown(3)).not.toContain('alert');
    expect((await shown(4)).length).toBeLessThan(250_000);
    expect(await shown(5)).not.toContain('<b>');
    expect((await hub.log()).filter(({ what }) => what === 'RELEASED_FILE_VIEW')).toHaveLength(6);
    expect(hub.outputs.downloads).toEqual([]);
  });

  test('the log of looks and downloads can be neither changed nor emptied row by row', async () => {
    const member = await hub.as('lead');
    await member.get(at('/files/1/download'));
    for (const attempt of [
      sql`update member_log set person = 1`,
      sql`delete from member_log`,
      sql`insert into member_log (at, what, person) values (1, 'RELEASED_FILE_DOWNLOAD', 1)`,
    ])
      await expect(database.db.execute(attempt)).rejects.toThrow();
  });

  test('while it is frozen the page says since when, and gives nobody a file', async () => {
    await database.db.execute(sql`
      insert into freezes (id, scope, subject, running, why, by, by_login, at)
      values ('freeze0000000001', 'backend', ${release.backend}, 'stop', 'a secret reason', 1, 'noor-example', 1000)`);
    const member = await hub.as('collaborator');
    const { text } = await member.get(at());
    expect(text).toContain('data-testid="paused"');
    expect(text).not.toContain('output/table.csv');
    expect(text).not.toContain('a secret reason');
    for (const path of ['/files/1', '/files/1/download', '/all.zip'])
      expect((await member.get(at(path))).status).toBe(404);
    await database.db.execute(sql`
      update freezes set lift_by = 1, lift_by_login = 'a', lift_at = 2, lifted_by = 2, lifted_by_login = 'b', lifted_at = 3`);
    expect((await member.get(at('/files/1/download'))).status).toBe(200);
  });
});

test.each([
  ['table.csv', 'table.csv'],
  ['..', '_'],
  ['.bashrc', '_bashrc'],
  ['a"; rm -rf /\r\nx.csv', 'a_; rm -rf ___x.csv'],
  ['\u202evsc.exe', '_vsc.exe'],
  ['', 'file'],
  [`${'a'.repeat(300)}.csv`, `${'a'.repeat(146)}.csv`],
])('%j is offered as %j', (name, offered) => {
  expect(safeName(name)).toBe(offered);
});

test('entries of an archive stay beneath its folder and never fall together', () => {
  const paths = ['a/b.csv', '../../etc/passwd', '/abs', 'A/B.csv', 'c:\\x', 'SHA256SUMS', '..', 'a//b.csv'];
  const names = entryNames(
    'rel',
    paths.map((path, n) => ({ number: n + 1, path })),
  );
  expect([...names.values()]).toEqual([
    'rel/a/b.csv',
    'rel/etc/passwd',
    'rel/abs',
    'rel/4-A-B.csv',
    'rel/c_/x',
    'rel/6-SHA256SUMS',
    'rel/file',
    'rel/8-a-b.csv',
  ]);
});

/** Entries by the central directory, each inflated and held against its sum; throws when the end is missing. */
function unzipped(zip: Buffer): Record<string, string> {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Error('this archive has no end');
  const files: Record<string, string> = {};
  let at = zip.readUInt32LE(end + 16);
  for (let n = zip.readUInt16LE(end + 10); n > 0; n -= 1) {
    const [nameSize, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const name = zip.toString('utf8', at + 46, at + 46 + (nameSize ?? 0));
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20));
    const bytes = zip.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed);
    if (crc32(bytes) !== zip.readUInt32LE(at + 16)) throw new Error(`${name} is damaged`);
    files[name] = bytes.toString('utf8');
    at += 46 + (nameSize ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return files;
}
