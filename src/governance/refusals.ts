/** The catalogue of this room's refusals: stable code, sentence, next step. */
import { isoTime } from '../lib/clock.ts';
import { refusal } from '../lib/refusal.ts';
import { ROLE_NAMES } from './permissions.ts';
import type { Waiting } from './root-of-trust.ts';
import type { GlobalRole, Project } from './types.ts';

const GOVERNANCE = 'Ask the governance team';
const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

export const no = {
  personUnknown: (id: number) =>
    refusal(
      'run.person-unknown',
      `GitHub user ${id} is not registered here.`,
      `${GOVERNANCE} to add them to people.yml.`,
    ),
  personEnded: (until: string) =>
    refusal(
      'run.person-ended',
      `Your registration ended on ${until}.`,
      `${GOVERNANCE} to renew it in people.yml.`,
    ),
  projectUnknown: (project: string) =>
    refusal(
      'run.project-unknown',
      `There is no project "${project}".`,
      `${GOVERNANCE} which project this repository belongs to.`,
    ),
  notAMember: (project: string) =>
    refusal(
      'run.not-a-member',
      `You are not a member of project "${project}".`,
      'Ask its lead to propose you as a member.',
    ),
  membershipEnded: (project: string, until: string) =>
    refusal(
      'run.membership-ended',
      `Your membership of project "${project}" ended on ${until}.`,
      'Ask its lead to propose a new end date.',
    ),
  roleEnded: (role: GlobalRole, until: string) =>
    refusal(
      'role.ended',
      `Your role ${ROLE_NAMES[role]} ended on ${until}.`,
      `${GOVERNANCE} to renew it in teams.yml.`,
    ),
  roleMissing: (project: string) =>
    refusal(
      'run.role-missing',
      `Your role in project "${project}" does not include running jobs.`,
      'Ask its lead for the role developer.',
    ),
  projectNotYet: (project: string, on: string) =>
    refusal('run.project-not-yet', `Project "${project}" is approved from ${on}.`, 'Try again on that day.'),
  projectEnded: (project: string, until: string) =>
    refusal(
      'run.project-ended',
      `Project "${project}" ended on ${until}.`,
      `${GOVERNANCE} for an extension.`,
    ),
  projectStatus: (project: string, status: string) =>
    refusal(
      'run.project-closed',
      `Project "${project}" is ${status.replace('_', ', ')}.`,
      `${GOVERNANCE} to reopen it.`,
    ),
  conditionOpen: (text: string) =>
    refusal(
      'run.condition-open',
      `A condition of the approval is not met: ${text}.`,
      `Send the governance team what it asks for.`,
    ),
  backendUnknown: (backend: string) =>
    refusal(
      'run.backend-unknown',
      `There is no backend "${backend}".`,
      "Name one of the project's backends with --backend.",
    ),
  backendInactive: (backend: string) =>
    refusal(
      'run.backend-inactive',
      `Backend "${backend}" is switched off.`,
      'Try again when it is back, or name another with --backend.',
    ),
  backendNotInProject: (backend: string, project: Project) =>
    refusal(
      'run.backend-not-in-project',
      `Project "${project.id}" is not approved for backend "${backend}".`,
      project.backends.length > 0
        ? `It may use ${list(project.backends)}.`
        : `${GOVERNANCE} to add it to the project.`,
    ),
  notGranted: (backend: string) =>
    refusal(
      'run.backend-not-granted',
      `You are not granted backend "${backend}".`,
      `${GOVERNANCE} to grant it in people.yml.`,
    ),
  grantEnded: (backend: string, until: string) =>
    refusal(
      'run.backend-grant-ended',
      `Your grant of backend "${backend}" ended on ${until}.`,
      `${GOVERNANCE} to renew it in people.yml.`,
    ),
  trainingMissing: () =>
    refusal(
      'run.training-missing',
      'You have no training on record.',
      'Send the governance team your certificate.',
    ),
  trainingExpired: (expires: string) =>
    refusal(
      'run.training-expired',
      `Your training expired on ${expires}.`,
      'Renew it and send the governance team the certificate.',
    ),
  agreementMissing: () =>
    refusal(
      'run.agreement-missing',
      'You have no data access agreement on record.',
      `${GOVERNANCE} for one.`,
    ),
  agreementExpired: (expires: string) =>
    refusal(
      'run.agreement-expired',
      `Your data access agreement expired on ${expires}.`,
      `${GOVERNANCE} for a new one.`,
    ),
  cancel: (project: string) =>
    refusal(
      'cancel.not-permitted',
      `Only who asked for it, or a lead or developer of project "${project}", can cancel this.`,
      'Ask one of them.',
    ),

  imageUnknown: (image: string, known: readonly string[]) =>
    refusal(
      'image.unknown',
      `The image ${image} is not allowed here.`,
      known.length > 0 ? `Allowed: ${known.join(', ')}.` : 'Ask for it in images.yml.',
    ),
  imageRetired: (image: string, on: string, known: readonly string[], replacedBy?: string) =>
    refusal(
      'image.retired',
      `The image ${image} was retired on ${on}.`,
      replacedBy !== undefined
        ? `Use ${replacedBy}, which takes its place.`
        : known.length > 0
          ? `Use one of: ${known.join(', ')}.`
          : 'Ask for a newer one in images.yml.',
    ),
  imageOnlyDummy: (image: string, backend: string) =>
    refusal(
      'image.no-digest',
      `The image ${image} has no digest, so it cannot run on backend "${backend}", which holds real data.`,
      'Ask for its digest in images.yml.',
    ),
  imageNotDatabase: (image: string) =>
    refusal(
      'image.not-database',
      `The image ${image} is not listed as a database image.`,
      'Use a database image, or ask for "database: true" in images.yml.',
    ),

  mirrorUnreachable: () =>
    refusal(
      'governance.unreachable',
      'The governance repository could not be fetched.',
      'The last accepted version stays in force; look at the log.',
    ),
  mirrorNoPin: (sha: string) =>
    refusal(
      'governance.pin-missing',
      `The pinned commit ${sha} is not in the governance repository's history.`,
      'Compare the pin with the repository; somebody may have rewritten it.',
    ),
  mirrorRewritten: (sha: string) =>
    refusal(
      'governance.rewritten',
      `The governance branch no longer contains the accepted commit ${sha}.`,
      'Restore the branch; only fast-forwards are accepted.',
    ),
  mirrorNoBranch: (branch: string) =>
    refusal(
      'governance.branch-missing',
      `The governance repository has no branch "${branch}".`,
      'Restore the branch or correct the setting.',
    ),
  mirrorUnapproved: ({ commit, loosens, signatures, from }: Waiting) =>
    refusal(
      'governance.unapproved',
      `Commit ${commit} gives something that is not in force yet (${loosens[0]!.text}${loosens.length > 1 ? `, and ${loosens.length - 1} more` : ''}); ${signatures} of 2 signatures are here.`,
      signatures < 2
        ? `Two signers run: git tag -s approved/<name> ${commit}, then push the tag; it acts from ${isoTime(from)} on.`
        : `It acts from ${isoTime(from)} on.`,
    ),
  rootState: (file: string) =>
    refusal(
      'governance.state-unreadable',
      `${file} holds something else than this program wrote there.`,
      'Find out who changed it; then remove it, and the zone begins again at governance.commit of zone.yml.',
    ),
  mirrorInvalid: (sha: string, first: string, more: number) =>
    refusal(
      'governance.invalid',
      `Commit ${sha} is not valid: ${first}${more > 0 ? `, and ${more} more` : ''}.`,
      'Correct it on the default branch; the last valid version stays in force.',
    ),
} as const;
