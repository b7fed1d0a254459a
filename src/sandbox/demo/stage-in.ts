/** The stage of a running world: Wren's clone, everybody's way in, and what is waited for. */
import path from 'node:path';
import { Changes } from './changes.ts';
import { ORG, REAL_BACKEND, REVIEW_REPO, STUDY_REPO } from './governance-files.ts';
import { InViewer } from './in-viewer.ts';
import { OnHub } from './on-hub.ts';
import { person } from './people.ts';
import type { Screen } from './screen.ts';
import { Stage } from './stage.ts';
import { WorkingCopy } from './working-copy.ts';
import type { World } from './world.ts';

export async function stageIn(world: World, screen: Screen, ended: AbortSignal): Promise<Stage> {
  const study = `${ORG.login}/${STUDY_REPO.name}`;
  const web = world.addresses.github;
  const { login, name } = person('wren');
  const author = { login, name, email: `${login}@example.org`, token: world.token(login) };
  return new Stage({
    screen,
    changes: await Changes.of(web, study, ended),
    study,
    web,
    people: world.people('wren', 'sasha', 'kit', 'ines', 'perry'),
    person: (name) => world.person(name),
    reviews: REVIEW_REPO,
    hub: world.addresses.hub,
    viewer: world.viewer,
    inViewer: (name) => new InViewer(world.places, name),
    onHub: (name) => new OnHub(world.places, name),
    copy: await WorkingCopy.clone(
      `${web}/${study}.git`,
      path.join(world.root, 'wren', STUDY_REPO.name),
      author,
    ),
    backend: REAL_BACKEND,
    workspace: `${STUDY_REPO.name}-main`,
    zone: world.zoneState,
    runningJobs: () => world.runningJobs(),
  });
}
