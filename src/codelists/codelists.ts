/**
 * Codelists: reading, comparing and signing them off. The face of the room: pure, no input makes it throw.
 */
export { answerTo, MOST_LINES, readQuestion, type CheckAnswer, type Question } from './answer.ts';
export {
  kindOf,
  readChange,
  type ChangedFile,
  type ChangeReading,
  type NewVersion,
  type RegistryFacts,
} from './change.ts';
export { MAX_BYTES } from './csv.ts';
export { differenceOf, isSame } from './diff.ts';
export { codelistHash, hashesOf, normalised, type Hashes } from './hashes.ts';
export { isOwner, isOwnLine, isOwnPart, lineOfAddress, readLine } from './line.ts';
export { readList } from './list.ts';
export { History, isFault, readHistory, readMeta, type Decision, type ListMeta } from './meta.ts';
export { isSigned, requestedBy, signingOf, WANTED_SIGN_OFFS, type Review, type Signing } from './signing.ts';
export { standingOf, type KnownVersion, type Standing, type StudyLine } from './standing.ts';
export { readSystem } from './system.ts';
export { csvOf, listCsv } from './write.ts';
export * as codelistWords from './words.ts';
export type { Coded, Difference, FileFinding, Finding, Line, SystemCode } from './types.ts';
