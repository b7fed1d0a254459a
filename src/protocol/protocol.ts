/** The face of the protocol room: messages, signatures, the client. */
export * from './messages.ts';
export * from './airlock.ts';
export {
  bearer,
  signerOf,
  signRequest,
  verifyRequest,
  type Caller,
  type KeysOf,
  type RequestToSign,
  type RequestToVerify,
} from './requests.ts';
export { signGitToken, verifyGitToken, type GitTokenToSign, type GitTokenToVerify } from './git-token.ts';
export * from './operator.ts';
export * from './deeds.ts';
export { signTask, verifyTask, type TaskToVerify } from './tasks.ts';
export {
  MOST_ACTS,
  signFreezes,
  verifyFreezes,
  type FreezeActTold,
  type FreezesToVerify,
} from './freezes.ts';
export { signOrder, verifyOrder, type OrderToVerify } from './orders.ts';
export { parsed, refusalIn } from './refusal-answer.ts';
export { backOff, HubSaidNo } from './back-off.ts';
export {
  commonVersion,
  readSpoken,
  spokenText,
  VERSION_HEADER,
  WE_SPEAK,
  WITH_LEASES,
  type Asker,
  type Spoken,
} from './versions.ts';
export { HubUnreachable, type HubCallOptions } from './hub-call.ts';
export { AirlockClient, type AirlockClientOptions, type OrdersPolled } from './airlock-client.ts';
export {
  ZoneClient,
  type Heartbeat,
  type PollResult,
  type UpdateAnswer,
  type ZoneClientOptions,
} from './client.ts';
export { IN_TOTO_TYPE, signEnvelope, verifyEnvelope } from './dsse.ts';
export {
  PROVENANCE_TYPE,
  provenance,
  review,
  signFileStatement,
  STATEMENT_TYPE,
  statementLines,
  subjectOf,
  verifyFileStatement,
  type Dependency,
  type Provenance,
  type Review,
  type Statement,
} from './statements.ts';
export * from './steward.ts';
export { unknownCaller } from './words.ts';
