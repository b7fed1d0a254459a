/** A viewer in which everything that jobs and people named is an attack, and somebody who is signed in to it. */
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { ListingQuery } from '../../agent/airlock/face.ts';
import { refusal } from '../../src/lib/refusal.ts';
import { APP, setStage, Surfer, type Stage } from './stage.ts';

export const ROWAN = 101;
export const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(2)>'`;

export let stage: Stage;
export let rowan: Surfer;
export const asked: { path?: string; query?: ListingQuery }[] = [];
beforeAll(async () => {
  stage = await setStage({
    limits: { requests: 100_000, signIns: 100_000 },
    room: {
      workspaces: async () => [workspace()],
      workspaceFile: async (_person, _workspace, path) => {
        asked.push({ path });
        return refusal('airlock.unknown', 'There is no such file.');
      },
      listing: async (_person, name, query) => {
        asked.push({ query });
        if (name !== 'ws') throw new Error('SECRET-CONTENT select * from patients where name = Ada');
        return {
          workspace: workspace(),
          dir: query.dir,
          total: 2,
          sequence: 1,
          behind: false,
          changed: [],
          entries: [
            { kind: 'folder', name: EVIL, path: EVIL, files: 1 },
            {
              kind: 'file',
              name: EVIL,
              path: EVIL,
              size: 1,
              at: 0,
              status: 'unreleased',
              stale: true,
              excluded: EVIL,
              hints: null,
            },
          ],
        };
      },
    },
  });
  stage.people.set(ROWAN, {
    login: 'rowan-example',
    name: EVIL,
    roles: ['member', 'operator', 'auditor', 'checker'],
  });
  rowan = new Surfer(stage);
  await rowan.signIn(ROWAN);
});
afterAll(() => stage.stop());
beforeEach(() => {
  asked.length = 0;
  stage.logged.length = 0;
});

export const host = new URL(APP).host;

function workspace() {
  return {
    name: 'ws',
    project: 'p',
    projectTitle: EVIL,
    organisation: EVIL,
    repository: EVIL,
    branch: EVIL,
    as: 'member' as const,
    mayRequest: true,
    archived: false,
    ongoing: true,
    active: null,
    changedAt: null,
  };
}
