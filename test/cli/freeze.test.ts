/** The zone's own switch, by command: what agent and airlock of the host watch. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { confirmFile, switchAt } from '../../agent/freezes.ts';
import { readZoneFile } from '../../agent/zone-file.ts';
import { program } from '../../src/cli/program.ts';

let folder: string;
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'freeze-'));
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** The template that operators copy, over folders of this test. */
function zone(template: 'zone-hub.yml' | 'zone-own.yml'): string {
  const text = readFileSync(new URL(`../../docs/install/${template}`, import.meta.url), 'utf8');
  const file = path.join(folder, 'zone.yml');
  writeFileSync(file, text.replaceAll('/var/lib/sallyport/', `${folder}/`));
  chmodSync(file, 0o644);
  return file;
}
async function sallyport(...words: string[]): Promise<string> {
  printed = '';
  await program().parseAsync(words, { from: 'user' });
  return printed;
}
const held = (id: string, lift: [number, number] | null) => ({
  ...{ id, scope: { kind: 'project', id: 'ns-2026-014' }, running: 'stop', at: 1, lift, lifted: false },
});

test('one command sets the file that both watch, and either lifts it', async () => {
  const file = zone('zone-hub.yml');
  const at = path.join(folder, 'FROZEN');
  const read = readZoneFile(file);
  expect('freeze_file' in read && read.freeze_file).toBe(at);

  await sallyport('agent', '--zone', file, 'freeze', '--reason', 'a disk: "stolen"\nrunning: finish');
  expect(switchAt(at)).toMatchObject({ by: 'zone', running: 'stop' });
  expect(statSync(at).mode & 0o777).toBe(0o644);
  await sallyport('airlock', '--zone', file, 'freeze', '--why', 'x', '--running', 'finish');
  expect(switchAt(at)).toMatchObject({ running: 'finish' });

  expect(await sallyport('airlock', '--zone', file, 'unfreeze', '--why', 'it is over')).toBe(
    'lifted: this zone goes on\n',
  );
  expect(switchAt(at)).toBeUndefined();
  expect(await sallyport('agent', '--zone', file, 'unfreeze', '--why', 'it is over')).toBe(
    'this zone was not frozen here\n',
  );
});

test('the zone may be named after what is asked', async () => {
  const file = zone('zone-hub.yml');
  const at = path.join(folder, 'FROZEN');
  for (const role of ['agent', 'airlock']) {
    await sallyport(role, 'freeze', '--why', 'x', '--zone', file);
    expect(switchAt(at)).toMatchObject({ by: 'zone', running: 'stop' });
    expect(await sallyport(role, 'unfreeze', '--why', 'it is over', '--zone', file)).toBe(
      'lifted: this zone goes on\n',
    );
  }
});

test('it lifts nothing that governance froze, and says so', async () => {
  const file = zone('zone-hub.yml');
  const own = path.join(folder, 'agent');
  await sallyport('agent', '--zone', file, 'freeze', '--why', 'x');
  mkdirSync(own);
  writeFileSync(
    path.join(own, 'freezes.json'),
    JSON.stringify({ seq: 2, freezes: [held('a'.repeat(16), [1, 2])] }),
  );
  expect(await sallyport('agent', '--zone', file, 'unfreeze', '--why', 'it is over')).toContain(
    'still frozen by governance: project "ns-2026-014"',
  );
  expect(existsSync(confirmFile(path.join(folder, 'FROZEN')))).toBe(false);
});

test.each([
  ['nobody outside is believed', 'zone-own.yml' as const, ''],
  ['the operator wants to be asked', 'zone-hub.yml' as const, '\nconfirm_unfreeze: true\n'],
])('where %s it confirms what two people lifted, and nothing else', async (_where, template, more) => {
  const file = zone(template);
  appendFileSync(file, more);
  mkdirSync(path.join(folder, 'agent'));
  const freezes = [held('a'.repeat(16), [1, 2]), held('b'.repeat(16), null)];
  writeFileSync(path.join(folder, 'agent', 'freezes.json'), JSON.stringify({ seq: 2, freezes }));
  const said = await sallyport('agent', '--zone', file, 'unfreeze', '--why', 'it is over');
  expect(said).toContain('confirmed what governance lifted');
  expect(said).toContain('still frozen by governance');
  expect(readFileSync(confirmFile(path.join(folder, 'FROZEN')), 'utf8')).toBe(`${'a'.repeat(16)}\n`);
});

test('a word that is neither stop nor finish sets nothing', async () => {
  const file = zone('zone-hub.yml');
  await expect(
    sallyport('agent', '--zone', file, 'freeze', '--why', 'x', '--running', 'later'),
  ).rejects.toMatchObject({ refusal: { code: 'freeze.running' } });
  expect(existsSync(path.join(folder, 'FROZEN'))).toBe(false);
});
