/**
 * The story's second half: outputs are asked for, reviewed by two people who do not see each other's work, let
 * out in part, corrected, let out, published. People act where they would: in the viewer and by labels.
 */
import type { Person } from './as-person.ts';
import type { InViewer } from './in-viewer.ts';
import { expect, visible, type Stage } from './stage.ts';

const TABLE = 'output/absence_by_region.csv';
const FIGURE = 'output/absence_and_score.svg';
const MODEL = 'output/model.json';
const REGION = 'output/by_region_harbour.csv';
/** As Wren writes it: what a pattern matched is never said outside. */
const REGIONS = 'output/by_region_har*.csv';
const GROUP = 'outputs';

/** What the story leaves for whoever goes on by hand. */
export interface Released {
  request: string;
  releaseIssue: string;
  reviewIssue: string;
}

interface Review {
  request: string;
  /** Number of the issue in the study, and of the one where checkers sign. */
  study: number;
  review: number;
}

/** One of the two who check: at the viewer, and on GitHub. */
interface Checker {
  name: string;
  viewer: InViewer;
  github: Person;
}

export async function release(stage: Stage): Promise<Released> {
  const request = await askForFour(stage);
  const wren = await buildTheRequest(stage, request);
  const review = await seeTheIssues(stage, request);
  const checkers = await chosen(stage, review);
  await reviewBlind(stage, review, checkers);
  await letOutAPart(stage, review, checkers);
  await correct(stage, review, wren);
  await reviewAgain(stage, review, checkers);
  await publish(stage, review);
  const { web, study, reviews } = stage.on;
  return {
    request,
    releaseIssue: `${web}/${study}/issues/${review.study}`,
    reviewIssue: `${web}/${reviews}/issues/${review.review}`,
  };
}

async function askForFour(stage: Stage): Promise<string> {
  const { screen, on } = stage;
  screen.chapter('8. Wren asks for four files to leave the zone');
  const text = `/release ${[TABLE, FIGURE, MODEL, REGIONS].join(' ')}`;
  const asked = await screen.step(`Wren comments /release with three paths and a pattern`, () =>
    stage.comment(on.people.wren, text),
  );
  const reply = await on.changes.until('an answer to /release', async () => {
    const comments = await on.people.wren.comments(on.study, stage.issue.number);
    return comments.find(({ id, body }) => id > asked.id && body.includes(String(asked.id)));
  });
  const request = /request `([a-z0-9]{16})` is a draft/.exec(visible(reply.body))?.[1];
  expect(request !== undefined, `no draft was started: ${visible(reply.body)}`);
  screen.seen('a draft is started, and the App says where it is built');
  screen.quote(visible(reply.body));
  return request;
}

async function buildTheRequest(stage: Stage, request: string): Promise<InViewer> {
  const { screen, on } = stage;
  const wren = on.inViewer('wren');
  await screen.step('Wren signs in to the viewer: a number there, a code from the hub', () => wren.signIn());
  await screen.step('the automatic checks look at the files', () => checked(stage, wren, request));
  const hints: string[] = [];
  await screen.step('Wren explains the files and answers the automatic checks', async () => {
    await wren.explain(request, {
      group: GROUP,
      context:
        'Mean exam scores by absence, region and free school meals; the figure shows the same pupils in bands of absence, the model is a linear regression over them.',
      population: 'All pupils of the county with a score',
      'population-size': '52000',
      n: '51995',
      df: '51990',
      controls:
        'Counts below 8 are suppressed and all others rounded to 5; means stand on at least 8 pupils.',
      threshold: '7',
      base: '5',
      method: 'rounding',
    });
    await checked(stage, wren, request);
    hints.push(
      ...(await wren.answerHints(
        request,
        'Means and coefficients of whole regions; the number of pupils stands in the table.',
      )),
    );
  });
  screen.quote(hints.join('\n'));
  await screen.step('Wren accepts the policy and submits', () => wren.submit(request));
  screen.look('the request, in the zone', `${on.viewer}/requests/${request}`);
  return wren;
}

async function checked(stage: Stage, wren: InViewer, request: string): Promise<void> {
  await stage.on.changes.until('the checks have ended', async () =>
    (await wren.isChecked(request)) ? true : undefined,
  );
}

async function seeTheIssues(stage: Stage, request: string): Promise<Review> {
  const { screen, on } = stage;
  screen.chapter('9. Two issues: one for the study, one for the checkers');
  const study = await on.changes.until('the release issue', async () =>
    (await on.people.wren.issues(on.study)).find((one) => one.title.includes(request)),
  );
  const review = await on.changes.until('the review issue', async () => {
    const found = (await on.people.ines.issues(on.reviews)).find((one) => one.title.includes(request));
    return found && found.assignees.length === 2 ? found : undefined;
  });
  const said = [study.body, review.body].join('\n');
  for (const name of [TABLE, FIGURE, MODEL, REGION, 'harbour', GROUP + '"', 'linear regression'])
    expect(!said.includes(name), `an issue says "${name}"`);
  screen.seen(
    `two checkers were chosen in the zone: ${review.assignees.map(({ login }) => login).join(' and ')}`,
  );
  screen.seen('neither issue holds a name, a number or a sentence from the zone');
  screen.quote(
    visible(study.body ?? '')
      .split('\n')
      .slice(0, 3)
      .join('\n'),
  );
  screen.look('the release issue', study.html_url);
  screen.look('the review issue', review.html_url);
  return { request, study: study.number, review: review.number };
}

async function chosen(stage: Stage, { review }: Review): Promise<[Checker, Checker]> {
  const { on } = stage;
  const { assignees } = await on.people.ines.issue(on.reviews, review);
  const [first, second] = assignees.map(
    ({ login }): Checker => ({ name: capital(login), viewer: on.inViewer(login), github: on.person(login) }),
  );
  expect(first !== undefined && second !== undefined, 'there are not two checkers');
  return [first, second];
}

/** Grades of the first turn, by file number as the request lists them. */
const FIRST_TURN = [
  [TABLE, 'approve'],
  [FIGURE, 'approve'],
  [MODEL, 'changes'],
  [REGION, 'reject'],
] as const;

async function reviewBlind(stage: Stage, review: Review, checkers: [Checker, Checker]): Promise<void> {
  const { screen, on } = stage;
  const [first, second] = checkers;
  const { request } = review;
  screen.chapter(`10. ${first.name} and ${second.name} review, neither seeing the other's work`);
  for (const checker of checkers) {
    await screen.step(`${checker.name} signs in, reads four files, grades each`, async () => {
      await checker.viewer.signIn();
      const numbers = await checker.viewer.numbers(request);
      for (const [file, grade] of FIRST_TURN) {
        await checker.viewer.read(request, numbers[file] ?? 0);
        await checker.viewer.grade(request, numbers[file] ?? 0, file, grade);
      }
      await checker.viewer.resolveHints(request, 'Whole regions; agreed.');
      await checker.viewer.deed(
        request,
        'comment',
        [
          ['group', GROUP],
          [
            'text',
            'Please add the residual degrees of freedom to the model. Single regions are not what was approved.',
          ],
          ['visibility', 'private'],
        ],
        `/groups/${GROUP}`,
      );
    });
  }
  await screen.step('a collaborator of the study tries a verdict label', async () => {
    const refused = await on.people.sasha.label(on.reviews, review.review, 'verdict: approve').then(
      () => false,
      () => true,
    );
    expect(refused, 'somebody of the study can label the review issue');
  });
  await signs(stage, review, first, 'verdict: submit', 1);
  await signs(stage, review, second, 'verdict: submit', 2);
  screen.seen('both labels are off again, and GitHub shows that two reviews are in, not what they say');
}

/** A label, and the App's confirmation. */
async function signs(
  stage: Stage,
  review: Review,
  checker: Checker,
  label: string,
  nth: number,
): Promise<void> {
  const { screen, on } = stage;
  const confirmed = async (): Promise<number> =>
    (await on.people.ines.comments(on.reviews, review.review)).filter(({ body }) =>
      /review \d of \d received/i.test(body),
    ).length;
  const before = await confirmed();
  await screen.step(`${checker.name} puts the label "${label}" on the review issue`, async () => {
    await checker.github.label(on.reviews, review.review, label);
    await on.changes.until(`review ${nth} is confirmed`, async () =>
      (await confirmed()) > before ? true : undefined,
    );
    await on.changes.until('the label is off', async () => {
      const { labels } = await on.people.ines.issue(on.reviews, review.review);
      return labels.some(({ name }) => name === label) ? undefined : true;
    });
  });
}

async function letOutAPart(stage: Stage, review: Review, [first, second]: [Checker, Checker]): Promise<void> {
  const { screen, on } = stage;
  const { request } = review;
  screen.chapter('11. The table and the figure leave, the rest goes back');
  await screen.step(`${first.name} tells Wren what to change`, () =>
    first.viewer.deed(
      request,
      'comment',
      [
        ['group', GROUP],
        [
          'text',
          'Add the residual degrees of freedom to the model, and withdraw the table of a single region.',
        ],
        ['visibility', 'public'],
      ],
      `/groups/${GROUP}`,
    ),
  );
  await screen.step(`${first.name} proposes the part, ${second.name} confirms it`, async () => {
    await first.viewer.deed(request, 'propose-part', [
      ['path', TABLE],
      ['path', FIGURE],
    ]);
    await second.viewer.deed(request, 'confirm-part');
  });
  await on.changes.until('the part is released', () => released(stage, review, 1));
  await on.changes.until('the request is returned', () => isIn(stage, review, 'release: returned'));
  screen.seen('two files have left the zone; the request is back with Wren');
  await showReleased(stage, `${request}-1`, ['absence_by_region.csv', 'absence_and_score.svg']);
}

async function released(stage: Stage, { study }: Review, batch: number): Promise<true | undefined> {
  const { body } = await stage.on.people.wren.issue(stage.on.study, study);
  return new RegExp(`-${batch}\`? \\| released`).test(body ?? '') ? true : undefined;
}

async function isIn(stage: Stage, { study }: Review, label: string): Promise<true | undefined> {
  const { labels } = await stage.on.people.wren.issue(stage.on.study, study);
  return labels.some(({ name }) => name === label) ? true : undefined;
}

/** What a member sees on the hub, and nobody else. */
async function showReleased(stage: Stage, name: string, files: readonly string[]): Promise<void> {
  const { screen, on } = stage;
  await screen.step(`Wren opens release ${name} on the hub`, async () => {
    const wren = on.onHub('wren');
    await wren.signIn();
    const page = await wren.page(`/releases/${name}`);
    for (const file of files) expect(page.includes(file), `${file} is not on the page of the release`);
    const stranger = await on.onHub('val').page(`/releases/${name}`);
    for (const file of files) expect(!stranger.includes(file), `a stranger sees ${file}`);
  });
  screen.look('the release, for members', `${on.hub}/releases/${name}`);
}

async function correct(stage: Stage, { request }: Review, wren: InViewer): Promise<void> {
  const { screen, on } = stage;
  screen.chapter('12. Wren corrects the model and submits again');
  on.copy.edit('analysis/model.mjs', (text) =>
    text.replace(
      '      r_squared:',
      '      residual_df: Math.round((pupils.length - names.length) / 5) * 5,\n      r_squared:',
    ),
  );
  const sha = await stage.push('Say how many degrees of freedom the model has');
  await stage.allGreen(sha);
  const check = await stage.runToItsEnd(`/run model --backend ${on.backend}`);
  expect(check.conclusion === 'success', `${check.name} is ${check.conclusion}`);
  await screen.step('Wren takes the new model, withdraws the region, says so, submits', async () => {
    await wren.files(request, 'update', [MODEL]);
    await wren.files(request, 'withdraw', [REGION]);
    await checked(stage, wren, request);
    await wren.comment(request, GROUP, 'The degrees of freedom are in; the region is withdrawn.');
    await wren.answerHints(
      request,
      'The number of pupils and the degrees of freedom stand beside the coefficients.',
    );
    await wren.submit(request);
  });
}

async function reviewAgain(stage: Stage, review: Review, checkers: [Checker, Checker]): Promise<void> {
  const { screen, on } = stage;
  const { request } = review;
  screen.chapter('13. The second look');
  await on.changes.until('the request is submitted again', () => isIn(stage, review, 'release: submitted'));
  for (const checker of checkers) {
    await screen.step(`${checker.name} reads the new model`, async () => {
      const numbers = await checker.viewer.numbers(request);
      await checker.viewer.read(request, numbers[MODEL] ?? 0);
      await checker.viewer.resolveHints(request, 'Agreed.');
    });
  }
  await signs(stage, review, checkers[0], 'verdict: approve', 1);
  await signs(stage, review, checkers[1], 'verdict: approve', 2);
  await on.changes.until('the rest is released', () => isIn(stage, review, 'release: released'));
  screen.seen('both approved the same bytes: the airlock let the model out by itself');
  await showReleased(stage, `${request}-2`, ['model.json']);
}

async function publish(stage: Stage, { request, study }: Review): Promise<void> {
  const { screen, on } = stage;
  screen.chapter('14. Wren asks for publication, Perry approves');
  await screen.step('Wren comments /publish on the release issue', () =>
    on.people.wren.comment(on.study, study, '/publish'),
  );
  const asked = await on.changes.until('the publication issue', async () =>
    (await on.people.perry.issues(on.reviews)).find(
      ({ title, state }) => /publication/i.test(title) && state === 'open',
    ),
  );
  screen.look('the publication issue', asked.html_url);
  await screen.step('Perry, who had no part in it, approves there and names the data owner’s approval', () =>
    on.people.perry.comment(on.reviews, asked.number, '/approve GOV-131'),
  );
  const published = await on.changes.until('a release on GitHub', async () =>
    (await on.people.wren.releases(on.study)).find(({ draft }) => !draft),
  );
  const names = published.assets.map(({ name }) => name);
  screen.seen(`the steward published ${published.tag_name}: ${names.join(', ')}`);
  expect(!(published.body ?? '').includes('harbour'), 'the release names what never left');
  expect(names.length > 1, `request ${request} was published without its files`);
  screen.look('the publication', published.html_url);
}

const capital = (login: string): string => login.slice(0, 1).toUpperCase() + login.slice(1);
