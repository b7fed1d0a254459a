/** Why a project's repository, or its teams, are not as governance says. For the operator's log; codes go to the hub. */
import { refusal, type Refusal } from '../lib/refusal.ts';
import type { GitHubTrouble } from './github.ts';

const refuse = (code: string, says: string, next: string): Refusal => refusal(`steward.${code}`, says, next);

export const no = {
  teamTwice: (project: string, slug: string) =>
    refuse(
      'team-twice',
      `The team ${slug} of project ${project} has the name of another team.`,
      'Rename the team in teams.yml; of two projects, give the newer one another id before its repository is made.',
    ),
  noTemplate: () =>
    refuse(
      'no-template',
      'deployment.yml names no template, so no repository is made.',
      'Write the number of a template repository as github.repos.template.',
    ),
  templateLost: (id: number) =>
    refuse(
      'template-lost',
      `The template ${id} is not there, is no template repository, or is out of the steward's reach.`,
      'Tick "Template repository" in its settings, and install the steward App on it.',
    ),
  taken: (project: string) =>
    refuse(
      'project-taken',
      `A repository named ${project} is there already, and the steward did not make it.`,
      'Rename or delete it; or, if it is the one, write its number into the project file.',
    ),
  gone: (project: string, id: number) =>
    refuse(
      'project-gone',
      `The repository ${id} of project ${project} is not there any more: deleted, transferred, or out of the steward's reach.`,
      'Bring it back, or write the number of another into the project file. None is made in its place.',
    ),
  elsewhere: (project: string, id: number) =>
    refuse(
      'project-elsewhere',
      `The file of project ${project} names ${id}, which is no study: it holds governance, the template or reviews.`,
      'Take it out of the project file.',
    ),
  archived: (project: string, id: number) =>
    refuse(
      'project-archived',
      `The repository ${id} of project ${project} is archived, and is left as it is.`,
      'Unarchive it to have its settings kept.',
    ),
  notJoined: (team: string, people: readonly number[]) =>
    refuse(
      'not-joined',
      `GitHub does not take these accounts into the team ${team}: ${people.join(', ')}.`,
      'Invite them to the organisation; an account that is gone leaves people.yml.',
    ),
  teamName: (slug: string, made: string) =>
    refuse('team-name', `GitHub calls the team ${slug} ${made}.`, 'Give it a name as GitHub writes it.'),
  formsGone: (place: string, id: number) =>
    refuse(
      'forms-gone',
      `The repository ${id} that deployment.yml names as github.repos.${place} is not there, or out of the steward's reach.`,
      'Install the steward App on it, or write another number.',
    ),
  formsElsewhere: (place: string, id: number) =>
    refuse(
      'forms-elsewhere',
      `The repository ${id} that deployment.yml names as github.repos.${place} is named for something else, too: no form is written there.`,
      'Give it a repository of its own.',
    ),
  formsArchived: (place: string, id: number) =>
    refuse(
      'forms-archived',
      `The repository ${id} (github.repos.${place}) is archived, and is left as it is.`,
      'Unarchive it, or write another number.',
    ),
  trouble,
};

/** What a "no" of GitHub means for this. */
function trouble({ call, status }: GitHubTrouble, what: string, org: string): Refusal {
  if (call === 'organisation' && status === 404)
    return refuse(
      'project-not-installed',
      `The steward App is not installed on the organisation ${org}.`,
      'Install it there.',
    );
  if (call === 'token' && status === 422)
    return refuse(
      'project-out-of-reach',
      `The steward App lacks a right that ${what} takes.`,
      'Accept the permissions that steward.yml asks for, and install the App on the repository.',
    );
  if (call === 'ruleset' && status === 403)
    return refuse(
      'no-rulesets',
      `GitHub has no rulesets for ${what}: the organisation's plan does not include them for private repositories.`,
      'Set a ruleset for the whole organisation, or write drift: {rulesets: report} in policies.yml.',
    );
  if (['form-move', 'form-begin'].includes(call) && [403, 409, 422].includes(status))
    return refuse(
      'forms-protected',
      `The default branch of repository ${what} does not take a commit of the steward App (${status}): its issue forms are not as governance says.`,
      'Take this repository out of the ruleset that keeps the App off branches, or let the App bypass the one that protects this branch.',
    );
  if (status === 403)
    return refuse(
      'project-forbidden',
      `GitHub does not let the steward App do what ${what} takes (${call}).`,
      'Accept the permissions that steward.yml asks for; look whether the organisation lets Apps make repositories and teams.',
    );
  return refuse(
    'github',
    `GitHub did not do what ${what} takes (${call}: ${status || 'no answer'}).`,
    'The steward tries again; look at the log if this lasts.',
  );
}
