/**
 * Applications: what people answer to a form in the private intake repository, and what may follow from it.
 *
 * Pure: the form is data of governance, the answers are texts, what comes out are faults, further questions, states and
 * typed changes of governance. GitHub and the database are elsewhere.
 */
export { answersAny, fieldsOf, rawAnswers, type Asked, type Raw } from './asked.ts';
export { loginsIn, readAnswers, type Fault, type KnownPeople, type Reading } from './answers.ts';
export { issueForm, questionHints, questionText, type FormTitle } from './issue-form.ts';
export { newProject, type Asking } from './project.ts';
export {
  grantAsked,
  PERMISSION_FORM,
  PERMISSION_KINDS,
  permissionsOf,
  type GrantAsked,
  type PermissionKind,
} from './permission.ts';
export { seal, sealedText } from './seal.ts';
export { sectionsOf } from './sections.ts';
export {
  APPLICATION_STATES,
  decideBy,
  DECISIONS,
  isDecided,
  nextState,
  type ApplicationDecision,
  type ApplicationFacts,
  type ApplicationNow,
  type ApplicationState,
} from './states.ts';
export { formWords } from './words.ts';
