/**
 * Who is at the viewer: sign-in by a code of the hub or by a passkey of the zone, sessions, and keys.
 *
 * The hub is believed about who typed the code, and nothing else: rights come from governance in the
 * zone, at every request. A passkey does without the hub.
 */
export type {
  Browser,
  Entrance,
  LiveSession,
  RelyingParty,
  SignedIn,
  SignInEvent,
  SignInLimits,
  SignInParts,
  Waiting,
} from './types.ts';
export { finishSignIn, startSignIn, waitingFor } from './by-code.ts';
export { askPasskey, passkeySignIn } from './by-passkey.ts';
export {
  addPasskey,
  askNewPasskey,
  confirmAtHost,
  confirmPasskey,
  OPERATORS,
  ownPasskeys,
  removePasskey,
  waitingPasskeys,
  whyNotConfirm,
  type ShownPasskey,
} from './enrolment.ts';
export {
  endedByRights,
  endOthers,
  endOwn,
  findSession,
  liveSession,
  ownSessions,
  signOut,
  type Found,
  type OwnSession,
} from './sessions.ts';
export { markBrowsers, newBrowsers } from './announcements.ts';
export { formToken, isSecret, newSecret } from './secrets.ts';
export { limitsOf } from './limits.ts';
export { signInOfRoom, type RoomSignIn } from './of-room.ts';
