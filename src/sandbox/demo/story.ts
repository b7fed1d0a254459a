/**
 * The story, played by seeded people through git and the public API, and checked step by step against
 * what GitHub shows and what lies in the zone.
 */
import path from 'node:path';
import { studyFolder } from './places.ts';
import { expect, StoryBroken, visible, type Stage } from './stage.ts';
import { hasStarted, logOf, runsOf } from './zone-folder.ts';

/** What the story leaves for whoever goes on by hand. */
export interface Told {
  broken: string;
  first: string;
  quality: string;
  repaired: string;
}

export async function tell(stage: Stage): Promise<Told> {
  const broken = await pushWithAMistake(stage);
  const first = await fixIt(stage);
  await runWithoutTheRight(stage);
  await runEverything(stage);
  const quality = await failOnRealData(stage);
  await cancelTheSlowOne(stage);
  const repaired = await repairAndRerun(stage);
  return { broken, first, quality, repaired };
}

async function pushWithAMistake(stage: Stage): Promise<string> {
  const { screen, on } = stage;
  screen.chapter('1. Wren pushes the study, with a mistake in it');
  on.copy.add(path.join(studyFolder, '1-first'));
  on.copy.edit('project.yaml', (text) => text.replace('needs: [extract]', 'needs: [extrct]'));
  const lines = on.copy.read('project.yaml').split('\n');
  const line = lines.findIndex((one) => one.includes('extrct')) + 1;
  const sha = await stage.push('Add the analysis of absence and results');

  const check = await screen.step('sallyport/project', () => stage.finished(sha, 'sallyport/project'));
  expect(check.conclusion === 'failure', `sallyport/project is ${check.conclusion}, not failure`);
  const annotations = await on.people.wren.annotations(on.study, check.id);
  const found = annotations.find((one) => one.path === 'project.yaml' && one.start_line === line);
  if (!found) throw new StoryBroken(`no annotation on line ${line}: ${JSON.stringify(annotations)}`);
  screen.seen(`the check is red and says where: ${found.path}, line ${found.start_line}`);
  screen.quote(found.message);
  screen.look('the commit', stage.commitPage(sha));
  return sha;
}

async function fixIt(stage: Stage): Promise<string> {
  const { screen, on } = stage;
  screen.chapter('2. The mistake is corrected');
  on.copy.edit('project.yaml', (text) => text.replace('extrct', 'extract'));
  const sha = await stage.push('Correct the name of the extraction');
  await stage.allGreen(sha);
  screen.look('the commit', stage.commitPage(sha));
  return sha;
}

async function runWithoutTheRight(stage: Stage): Promise<void> {
  const { screen, on } = stage;
  screen.chapter('3. Sasha, a collaborator without the right to run, asks for a run');
  await stage.openIssue(
    'Run the analysis',
    'Commands go here, one per line: `/run`, `/cancel`, `/status`, `/plan`, `/help`.',
  );
  const text = `/run run_all --backend ${on.backend}`;
  const asked = await screen.step(`Sasha comments ${text}`, () => stage.comment(on.people.sasha, text));
  const reply = await on.changes.until('an answer to Sasha', () => stage.replyTo(asked));
  const reactions = await on.changes.until('a reaction to Sasha', async () => {
    const found = await on.people.sasha.reactions(on.study, asked.id);
    return found.includes('confused') ? found : undefined;
  });
  expect(reactions.length > 0, 'there is no reaction');
  expect((await stage.runs()).length === 0, 'a run was made for somebody who may not run');
  screen.seen('😕 refused, with the reason and what to do next');
  screen.quote(visible(reply.body));
  screen.look('the conversation', stage.issue.url);
}

async function runEverything(stage: Stage): Promise<void> {
  const { screen, on } = stage;
  screen.chapter(`4. Wren runs everything on the backend ${on.backend}`);
  const check = await stage.runToItsEnd(`/run run_all --backend ${on.backend}`);
  expect(check.conclusion === 'success', `${check.name} is ${check.conclusion}`);
  screen.seen(`${check.name} is green: ${check.output.title ?? ''}`);

  const inside = stage.outputs('high');
  const viewable = stage.outputs('medium');
  for (const name of ['output/pupils.csv', 'output/model.json', 'output/by_region_harbour.csv']) {
    expect(inside.includes(name), `${name} is not in the zone`);
  }
  expect(!viewable.includes('output/pupils.csv'), 'pupil-level data may be viewed');
  screen.seen(
    `in the zone: ${inside.length} outputs, ${viewable.length} of them viewable for output checking`,
  );
  screen.quote(stage.output('output/absence_by_region.csv').split('\n').slice(0, 4).join('\n'));
  screen.look('outputs, in the zone', stage.viewable);
}

async function failOnRealData(stage: Stage): Promise<string> {
  const { screen, on } = stage;
  screen.chapter('5. A check that works on dummy data and fails on the real');
  on.copy.add(path.join(studyFolder, '2-quality'));
  const sha = await stage.push('Check the extraction, and bootstrap the slope');
  await stage.allGreen(sha);
  const check = await stage.runToItsEnd(`/run quality --backend ${on.backend}`);
  expect(check.conclusion === 'failure', `${check.name} is ${check.conclusion}, not failure`);
  screen.seen(`${check.name} is red: ${check.output.title ?? ''}`);

  const says = 'pupils lack a score';
  const log = logOf(runsOf(on.zone, 'quality').at(-1) ?? '', 'quality');
  expect(log.includes(says), 'the log in the zone does not tell why');
  expect(!(await stage.everythingShown()).includes(says), 'text of a job on real data is on GitHub');
  screen.seen('why stands in the log inside the zone, and nowhere on GitHub');
  screen.quote(/Error: .*pupils lack a score.*/.exec(log)?.[0] ?? '');
  return sha;
}

async function cancelTheSlowOne(stage: Stage): Promise<void> {
  const { screen, on } = stage;
  screen.chapter('6. A slow action, cancelled by a colleague');
  const text = `/run bootstrap --backend ${on.backend}`;
  const begun = await screen.step(`Wren comments ${text}; its container starts`, async () => {
    const check = await stage.run(text, () => true);
    await on.changes.until('the slow action runs', async () => {
      const run = runsOf(on.zone, 'bootstrap').at(-1);
      return run && hasStarted(run) && (await on.runningJobs()).length > 0 ? run : undefined;
    });
    return check;
  });

  const check = await screen.step('Kit comments /cancel bootstrap', async () => {
    await stage.comment(on.people.kit, '/cancel bootstrap');
    return on.changes.until('the cancelled run has ended', async () => {
      const found = (await stage.runs()).find((one) => one.name === begun.name);
      return found?.status === 'completed' ? found : undefined;
    });
  });
  expect(check.conclusion === 'cancelled', `${check.name} is ${check.conclusion}, not cancelled`);
  expect((await on.runningJobs()).length === 0, 'the cancelled job still runs');
  screen.seen(`${check.name} is cancelled, and nothing of it runs in the zone`);
}

async function repairAndRerun(stage: Stage): Promise<string> {
  const { screen, on } = stage;
  screen.chapter('7. The check is repaired and run again');
  on.copy.add(path.join(studyFolder, '3-repaired'));
  const sha = await stage.push('Count missing scores instead of stopping');
  await stage.allGreen(sha);
  const extractions = runsOf(on.zone, 'extract').length;
  const check = await stage.runToItsEnd(`/run quality --backend ${on.backend}`);
  expect(check.conclusion === 'success', `${check.name} is ${check.conclusion}`);
  expect(stage.outputs('medium').includes('output/quality.csv'), 'output/quality.csv is not in the zone');
  expect(runsOf(on.zone, 'extract').length === extractions, 'the extraction ran again');
  screen.seen(`${check.name} is green; the extraction was not run again`);
  screen.quote(stage.output('output/quality.csv'));
  screen.look('the conversation', stage.issue.url);
  return sha;
}
