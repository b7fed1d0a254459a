/** The demo's story on these hosts: Wren's git in a host outside, browsers where their people sit. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Changes } from '../../../src/sandbox/demo/changes.ts';
import { ORG, REAL_BACKEND, REVIEW_REPO, STUDY_REPO } from '../../../src/sandbox/demo/governance-files.ts';
import { InViewer } from '../../../src/sandbox/demo/in-viewer.ts';
import { OnHub } from '../../../src/sandbox/demo/on-hub.ts';
import { person } from '../../../src/sandbox/demo/people.ts';
import type { Screen } from '../../../src/sandbox/demo/screen.ts';
import { Stage } from '../../../src/sandbox/demo/stage.ts';
import { WorkingCopy } from '../../../src/sandbox/demo/working-copy.ts';
import type { Installation } from './installation.ts';

export const STUDY = `${ORG.login}/${STUDY_REPO.name}`;

export async function stageOn(
  here: Installation,
  screen: Screen,
  ended: AbortSignal,
  patienceMs?: number,
): Promise<Stage> {
  const web = here.places.github;
  const { login, name } = person('wren');
  gitOf(here);
  return new Stage({
    screen,
    changes: await Changes.of(web, STUDY, ended, patienceMs),
    study: STUDY,
    web,
    people: {
      wren: here.person('wren'),
      sasha: here.person('sasha'),
      kit: here.person('kit'),
      ines: here.person('ines'),
      perry: here.person('perry'),
    },
    person: (one) => here.person(one),
    reviews: REVIEW_REPO,
    hub: here.places.hub,
    viewer: here.places.viewer,
    inViewer: (one) => new InViewer(here.places, one),
    onHub: (one) => new OnHub(here.places, one),
    copy: await WorkingCopy.clone(`${web}/${STUDY}.git`, here.folders.folder('wren', STUDY_REPO.name), {
      login,
      name,
      email: `${login}@example.org`,
      token: here.token(login),
    }),
    backend: REAL_BACKEND,
    workspace: `${STUDY_REPO.name}-main`,
    zone: here.folders.zoneState,
    runningJobs: () => here.zone.runningJobs(),
  });
}

/** The git that this process finds runs on the researcher's host and trusts the test's authority. */
function gitOf(here: Installation): void {
  const folder = here.folders.folder('bin');
  mkdirSync(folder, { recursive: true });
  const [file, args] = here.network.on(
    'researcher',
    'env',
    `GIT_SSL_CAINFO=${here.folders.authorityFile}`,
    'git',
  );
  const script = path.join(folder, 'git');
  writeFileSync(
    script,
    `#!/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nexec ${[file, ...args].join(' ')} "$@"\n`,
  );
  chmodSync(script, 0o755);
  process.env['PATH'] = `${folder}:${process.env['PATH'] ?? ''}`;
}
