/** From a check that names what is missing, over the filled-in request, to a grant in force and the run that needs it. */
import { afterEach, expect, test } from '@jest/globals';
import { readForm, bodyOf, fieldsOf } from '../../src/sandbox/pages/issue-form.ts';
import { days, isoDay } from '../../src/lib/clock.ts';
import { edited } from '../support/governance.ts';
import { onOneDatabase } from '../support/database.ts';
import { anIntake, type Intake } from '../support/intake.ts';
import { ORG, PROJECT_YAML } from '../support/world.ts';

const POPULATION = `everybody:
  steward_team: sp-data-stewards
  ask: https://research.example.edu/permissions/everybody
  grants: []
`;

onOneDatabase((open) => {
  let intake: Intake;
  afterEach(() => intake.world.stop());

  test('the check names the permission and links the request; granted, the same run is taken', async () => {
    const files = edited({
      'deployment.yml': ['project_number', 'population_permissions: [everybody]\nproject_number'],
    });
    files.set('permissions/populations.yml', POPULATION);
    intake = await anIntake({ database: await open(), governance: files });
    const { world } = intake;
    // The App has seen the repository: any event there tells it.
    intake.open('governor', 'A question');
    await world.settle();

    await world.as('lead').push({
      'project.yaml': PROJECT_YAML.replace(
        '    run: sqlrunner',
        '    permissions: [everybody]\n    run: sqlrunner',
      ),
    });
    await world.settle();
    const summary = world.run('sallyport/access').summary ?? '';
    expect(summary).toContain('(access.permission-not-granted)');
    const link = new URL(/\[request `everybody`\]\(([^)]+)\)/.exec(summary)?.[1] ?? 'none:');
    expect(link.pathname).toBe(`/${ORG}/intake/issues/new`);
    expect(Object.fromEntries(link.searchParams)).toEqual({
      template: 'permission.yml',
      title: 'everybody for ns-2026-014',
      project: 'ns-2026-014',
      permission: 'population',
      name: 'everybody',
    });

    const run = async () => {
      const issue = world.as('lead').issue();
      world.as('lead').comment(issue, '/run extract --backend attainment');
      await world.settle();
      return world.thread(issue);
    };
    expect(await run()).toContain('access.permission-not-granted');
    expect(await world.requests()).toEqual([]);

    // What GitHub's page makes of that address and a person's further answers.
    const text = await (await fetch(`${world.hub.url}/forms/permission.yml`)).text();
    const form = readForm('permission.yml', text);
    if ('faults' in form) throw new Error(form.faults.join('; '));
    const known = fieldsOf(form).flatMap(({ id }) => (id ? [id] : []));
    expect(
      [...link.searchParams.keys()]
        .filter((key) => !['template', 'title'].includes(key))
        .every((key) => known.includes(key)),
    ).toBe(true);
    const answers = new Map(known.map((key) => [key, [link.searchParams.get(key) ?? '']]));
    const said = answers
      .set('reason', ['The question needs everybody'])
      .set('until', [isoDay(Date.now() + days(200))]);
    const stranger = intake.open('stranger', bodyOf(form, said));
    const issue = intake.open('lead', bodyOf(form, said));
    await world.settle();
    expect(intake.kept(stranger)).toContain('You are no member of project');
    expect(intake.labels(stranger)).toEqual(['application: draft']);

    const [pull = 0] = await intake.steward();
    expect(intake.labels(issue)).toEqual(['application: in review']);
    expect(intake.kept(issue)).toContain(`@${ORG}/sp-data-stewards decides`);
    expect(intake.change(pull)['permissions/populations.yml']).toContain(
      'reason: The question needs everybody, ref: request ',
    );
    await intake.merge(pull);
    expect(intake.labels(issue)).toEqual(['application: approved']);

    expect(await run()).not.toContain('access.permission-not-granted');
    expect(await world.requests()).toHaveLength(1);
  });
});
