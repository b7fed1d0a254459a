/** Westmere with the bench's image enrolled in its governance, and the chain as its study: for P2 and P3. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Docker from 'dockerode';
import { parse } from 'yaml';
import { buildNodeImage } from '../../agent/images/node-image.ts';
import { GOVERNANCE_REPO, ORG } from '../../src/sandbox/demo/governance-files.ts';
import { pushImage } from '../../src/sandbox/demo/images.ts';
import { WorkingCopy } from '../../src/sandbox/demo/working-copy.ts';
import { westmere, until, type Town } from '../e2e/town.ts';
import { benchRecipe, chainProject } from './chain.ts';

export async function benchTown(): Promise<Town> {
  const town = await westmere({ executor: 'docker' });
  await enrol(town);
  const { stage } = town;
  writeFileSync(path.join(stage.on.copy.folder, 'project.yaml'), chainProject());
  const sha = await stage.push('A chain of small actions');
  const check = await stage.finished(sha, 'sallyport/access');
  if (check.conclusion !== 'success')
    throw new Error(`sallyport/access: ${check.output.title} ${check.output.summary}`);
  await stage.finished(sha, 'sallyport/dummy run');
  await stage.openIssue('Bench', 'Here.');
  return town;
}

/** Pushes the image to the zone's registry and lists its digest, as an operator and a governance team would. */
async function enrol({ world }: Town): Promise<void> {
  const zone = parse(readFileSync(path.join(world.folder('zone'), 'zone.yml'), 'utf8')) as {
    images: { registry: string };
  };
  const docker = new Docker();
  const local = await buildNodeImage(benchRecipe);
  const name = 'westmere-images/bench';
  const { digest } = await pushImage(docker, local.image, `${zone.images.registry}/${name}`);
  const author = { login: 'gale', name: 'Gale', email: 'gale@example.org', token: world.token('gale') };
  const remote = `${world.addresses.github}/${ORG.login}/${GOVERNANCE_REPO.name}.git`;
  const copy = await WorkingCopy.clone(remote, path.join(world.root, 'gale', 'governance'), author);
  copy.edit(
    'images.yml',
    (text) =>
      `${text}- {name: bench, version: v1, image: ${name}, digest: '${digest}', database: false, retire_on: null}\n`,
  );
  const sha = await copy.push('Allow the image bench');
  await until('the hub works by the new governance', async () => {
    const answer = await fetch(`${world.addresses.hub}/healthz`);
    return (await answer.text()).includes(sha) || undefined;
  });
}
