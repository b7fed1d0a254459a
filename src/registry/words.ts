/** What this room says. */
import { refusal, type Refusal } from '../lib/refusal.ts';

export const noRegistry = (): Refusal =>
  refusal(
    'registry.none',
    'This deployment keeps no registry of codelists.',
    'Governance can name one in deployment.yml, github.repos.codelists.',
  );
export const noPlace = (what: string): Refusal =>
  refusal('registry.draft-invalid', what, 'Correct it and send the form again.');
export const notAMember = (): Refusal =>
  refusal(
    'registry.not-a-member',
    'Only people of this deployment build codelists here.',
    'Ask a project lead to propose you, or open a pull request on the registry.',
  );
export const notYourOwner = (owner: string): Refusal =>
  refusal(
    'registry.owner',
    `You may not make codelists of ${owner}.`,
    'Choose one of your organisations, or yourself.',
  );
export const published = (id: string): Refusal =>
  refusal('registry.published', `${id} is published already.`, 'Choose another version.');
export const noDraft = (): Refusal =>
  refusal('registry.no-draft', 'There is no such draft of yours.', 'Begin a new one.');
export const draftEnded = (): Refusal =>
  refusal('registry.draft-ended', 'This draft was merged or closed.', 'Begin a new one.');
export const unknownSystem = (): Refusal =>
  refusal('registry.no-system', 'There is no such system of codes.', 'Choose one of the list.');
export const unknownCode = (code: string): Refusal =>
  refusal('registry.no-code', `${code.slice(0, 100)} is no code of this system.`, 'Search for it.');
export const noDecision = (): Refusal =>
  refusal('registry.no-decision', 'There is no such decision to take back.', '');
export const noReason = (): Refusal =>
  refusal(
    'registry.no-reason',
    'The reason has more than 1,000 characters.',
    'Shorten it; longer texts belong into the pull request.',
  );
export const tooManyDecisions = (): Refusal =>
  refusal(
    'registry.too-many',
    'A draft has at most 5,000 decisions.',
    'Save it, and begin with the new version.',
  );
export const empty = (): Refusal =>
  refusal('registry.empty', 'The list holds no code.', 'Include one before you save.');
export const tooLong = (most: number): Refusal =>
  refusal(
    'registry.too-long',
    `The list holds more than ${most.toLocaleString('en')} codes, which is more than a page can save.`,
    'Exclude some, or open a pull request on the registry yourself.',
  );
export const upstreamAway = (): Refusal =>
  refusal(
    'codelists.registry-away',
    'The registry that these codelists come from does not answer, and has said nothing of them in the last day.',
    'Try again when it is back; actions that do not read the database can be run by themselves.',
  );
export const upstreamSays = (what: string): Refusal =>
  refusal('codelists.registry-refuses', what, 'Update the codelists, push, and run again.');
