/** What the steward says when it offers the skeleton of a study, or will not. */
import { refusal } from '../lib/refusal.ts';

export const no = {
  otherOwner: (owner: string) =>
    refusal(
      'onboard.other-owner',
      `Governance does not list ${owner} among the organisations that hold code.`,
      'Add it to github.code_orgs in deployment.yml, or take the App off the repository.',
    ),
  otherPurpose: (id: number) =>
    refusal(
      'onboard.other-purpose',
      `Repository ${id} is one that deployment.yml names for another purpose.`,
      'Nothing was changed.',
    ),
  outOfReach: () =>
    refusal(
      'onboard.out-of-reach',
      'The repository is not there, is archived, or the App "Sallyport Steward" is not installed on it.',
      'Install it there, then tick the box on the dashboard.',
    ),
  empty: () =>
    refusal(
      'onboard.empty',
      'The repository has no commit yet, so nothing can be proposed for it.',
      'Make a first commit, for example a README, then tick the box on the dashboard.',
    ),
  noImage: () =>
    refusal(
      'onboard.no-image',
      'Governance lists no image with which an action could be run.',
      'Add one to images.yml.',
    ),
};

export const TITLE = 'Add the skeleton of a study';
export const commitMessage = (again: boolean): string =>
  again ? 'Bring the skeleton of a study up to date' : TITLE;

export function body(files: readonly string[], left: readonly string[]): string {
  return [
    'This repository has no `project.yaml` yet. This pull request adds the skeleton of a study:',
    '',
    ...files.map((path) => `- \`${path}\``),
    ...(left.length > 0
      ? [
          '',
          'Left as they are, because they exist: '.concat(left.map((path) => `\`${path}\``).join(', '), '.'),
        ]
      : []),
    '',
    'No workflow file is among them: pushes are checked by the App, and the checks run nothing here.',
    '',
    '**Merge it** to begin. **Change it** as you like: as soon as somebody pushes to this branch it is yours, and is left alone. **Close it** if you do not want it: it is not opened again, unless somebody ticks the box on the dashboard issue.',
  ].join('\n');
}
