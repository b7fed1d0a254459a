/**
 * The visibility room: by when a repository has to be public, whom to remind when, and what in its history
 * stands against it. Pure; the hub and the steward ask it, each with what they know for themselves.
 */
export { addDays, addMonths, daysBetween } from './days.ts';
export {
  dueDay,
  extendedTo,
  isExempt,
  paperDay,
  placeOf,
  reminderDue,
  visibilityOf,
  type Place,
  type Visibility,
} from './due.ts';
export { findIn } from './scan.ts';
export { SecretLook, SECRETS, type SecretKind } from './secrets.ts';
export { FOUND, type Finding, type HistoryFile, type Question, type Why } from './types.ts';
