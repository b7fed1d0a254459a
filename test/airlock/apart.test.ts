/** The airlock's user reads what may be viewed and nothing else of the agent's, and writes none of it. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from '@jest/globals';
import { layout } from '../../agent/runner/layout.ts';
import { closeHigh } from '../../agent/runner/workspace.ts';
import { stateFolders } from '../../agent/state-folders.ts';
import { requires } from '../support/require.ts';

const AIRLOCK = { uid: 10_077, gid: 10_078 };

function asAirlock(script: string): boolean {
  const { uid, gid } = AIRLOCK;
  return spawnSync('sh', ['-c', script], { uid, gid, stdio: 'ignore' }).status === 0;
}

requires('root').test('as another user it can only read workspaces', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'sallyport-test-apart-'));
  chmodSync(root, 0o755);
  const places = layout(path.join(root, 'agent'));
  const umask = process.umask();
  stateFolders(places, true);
  process.umask(umask);
  // What the operator does once.
  for (const dir of [places.root, places.workspaces]) chownSync(dir, 0, AIRLOCK.gid);
  stateFolders(places, true);
  process.umask(umask);
  const workspace = places.workspace('study-main');
  closeHigh(workspace);
  mkdirSync(path.join(workspace.medium, 'metadata'), { recursive: true });
  const viewable = path.join(workspace.medium, 'table.csv');
  const secret = path.join(workspace.high, 'rows.csv');
  const stored = path.join(places.store, 'objects');
  mkdirSync(stored);
  for (const file of [viewable, secret, path.join(stored, 'object'), workspace.manifest]) {
    writeFileSync(file, 'x', { mode: 0o644 });
  }

  const may = {
    list: asAirlock(`ls ${places.workspaces}`),
    readViewable: asAirlock(`cat ${viewable}`),
    readManifest: asAirlock(`cat ${workspace.manifest}`),
    readHigh: asAirlock(`cat ${secret}`),
    readStore: asAirlock(`cat ${stored}/object`),
    listState: asAirlock(`ls ${places.root}`),
    change: asAirlock(`echo y > ${viewable}`),
    add: asAirlock(`touch ${workspace.medium}/new.csv`),
    remove: asAirlock(`rm -f ${viewable} && test ! -e ${viewable}`),
    replace: asAirlock(`mv ${workspace.manifest} ${workspace.manifest}.old`),
  };
  rmSync(root, { recursive: true });

  expect(may).toEqual({
    list: true,
    readViewable: true,
    readManifest: true,
    readHigh: false,
    readStore: false,
    listState: false,
    change: false,
    add: false,
    remove: false,
    replace: false,
  });
});
