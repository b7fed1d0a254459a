/** What the protocol says when the answer is no. */
import { refusal } from '../lib/refusal.ts';
import type { Asker } from './versions.ts';

export const tokenMissing = () =>
  refusal(
    'protocol.token-missing',
    'The request carries no token.',
    'Send "Authorization: Bearer <token>" signed with the agent\'s key.',
  );

export const tokenMalformed = () =>
  refusal(
    'protocol.token-malformed',
    "The token is not one of Sallyport's in this place.",
    'Use the same version on both sides.',
  );

export const unknownCaller = () =>
  refusal(
    'protocol.unknown-caller',
    'No valid key of this agent stands in backends.yml.',
    'Have the public key added to backends.yml by a reviewed pull request, and check backend and agent id in zone.yml.',
  );

export const wrongSignature = () =>
  refusal(
    'protocol.wrong-signature',
    'The token was not signed with a key of this agent.',
    'Compare the public key with the one in backends.yml.',
  );

export const notTheOperator = () =>
  refusal(
    'protocol.not-the-operator',
    "The token was not signed with this hub's own key.",
    "Run the command on the hub's machine, as its user, with its hub.yml.",
  );

export const tokenExpired = () =>
  refusal(
    'protocol.token-expired',
    'The token is not valid at this time.',
    'Check the clocks on both machines.',
  );

export const tokenElsewhere = () =>
  refusal(
    'protocol.token-elsewhere',
    'The token was made for another address, method or path.',
    "Write the hub's address in zone.yml exactly as the hub's base_url.",
  );

export const bodyAltered = () =>
  refusal(
    'protocol.body-altered',
    'The body is not the one that was signed.',
    'Send the bytes that were signed; look for a proxy that rewrites them.',
  );

export const tokenUsed = () =>
  refusal('protocol.token-used', 'The token was used before.', 'Sign every request anew.');

export const taskMalformed = () =>
  refusal(
    'protocol.task-malformed',
    "The task is not one of Sallyport's.",
    'Use the same version on both sides.',
  );

export const taskSignature = () =>
  refusal(
    'protocol.task-signature',
    'The task was not signed by the hub that zone.yml names.',
    "Compare the hub's key with zone.yml.",
  );

export const taskExpired = () =>
  refusal(
    'protocol.task-expired',
    'The task has expired.',
    'Ask the hub again; check the clocks on both machines.',
  );

export const taskForeign = () =>
  refusal(
    'protocol.task-foreign',
    'The task is for another agent or backend.',
    'Check backend and agent id in zone.yml.',
  );

export const redirected = (status: number) =>
  refusal(
    'protocol.redirected',
    `The hub answered ${status}, a redirect, which an agent never follows.`,
    "Write the hub's final address in zone.yml.",
  );

export const badAnswer = (status: number) =>
  refusal(
    'protocol.bad-answer',
    `The hub answered ${status} in a form that is not Sallyport's.`,
    "Check the hub's address in zone.yml and its version.",
  );

export const orderMalformed = () =>
  refusal(
    'protocol.order-malformed',
    "The order is not one of Sallyport's.",
    'Use the same version on both sides.',
  );

export const orderSignature = () =>
  refusal(
    'protocol.order-signature',
    'The order was not signed by the hub that zone.yml names.',
    "Compare the hub's key with zone.yml.",
  );

export const orderExpired = () =>
  refusal(
    'protocol.order-expired',
    'The order has expired.',
    'Ask the hub again; check the clocks on both machines.',
  );

export const orderForeign = () =>
  refusal(
    'protocol.order-foreign',
    'The order is for another airlock or backend.',
    'Check backend and airlock id in zone.yml.',
  );

export const notAnEnvelope = () =>
  refusal(
    'statement.malformed',
    'This is not a signed statement as Sallyport writes it.',
    'Take the file again from where it was published.',
  );

export const unknownSigner = () =>
  refusal(
    'statement.unknown-signer',
    'The statement was signed with a key that no zone of this deployment has.',
    'Compare the keys with `keys.viewer` in backends.yml of the governance repository.',
  );

export const statementAltered = () =>
  refusal(
    'statement.altered',
    'The statement was changed after it was signed.',
    'Do not rely on it; take it again from where it was published.',
  );

export const notAStatement = () =>
  refusal(
    'statement.unknown-form',
    'The zone signed something here that is neither provenance nor a review.',
    'Use the version of Sallyport that wrote it, or a newer one.',
  );

export const notTheSteward = () =>
  refusal(
    'protocol.not-the-steward',
    "The token was not signed with the steward's key.",
    'Compare the public key with `steward.key` in hub.yml.',
  );

export const freezesMalformed = () =>
  refusal(
    'protocol.freezes-malformed',
    "The list of freezes is not one of Sallyport's.",
    'Use the same version on both sides.',
  );

export const freezesSignature = () =>
  refusal(
    'protocol.freezes-signature',
    'The list of freezes was not signed by the hub that zone.yml names.',
    "Compare the hub's key with zone.yml.",
  );

export const freezesExpired = () =>
  refusal(
    'protocol.freezes-expired',
    'The list of freezes has expired.',
    'It is asked for again; check the clocks on both machines.',
  );

export const freezesForeign = () =>
  refusal(
    'protocol.freezes-foreign',
    'The list of freezes is meant for somebody else.',
    'Check backend and id in zone.yml.',
  );

export const versionsMalformed = () =>
  refusal(
    'protocol.versions-malformed',
    'The other side does not say which versions of the protocol it speaks, or in a form that nobody knows.',
    'Look for something on the way that changes headers; use versions of Sallyport that are one minor version apart at most.',
  );

interface Apart {
  /** Which versions each speaks. */
  hub: string;
  other: string;
  asker: Asker;
}

const nothingInCommon = ({ hub, other, asker }: Apart): string =>
  `The hub speaks versions ${hub} of the protocol, ${ASKERS[asker].name} ${other}: they have none in common.`;

const ASKERS: Readonly<Record<Asker, { name: string; upgrade: string }>> = {
  zone: { name: 'the zone', upgrade: 'the programs of the zone (agent and airlock)' },
  steward: { name: 'the steward', upgrade: 'the steward' },
  operator: { name: 'this command', upgrade: 'the program whose command this is' },
};

export const hubTooOld = (apart: Apart) =>
  refusal(
    'protocol.hub-too-old',
    nothingInCommon(apart),
    'Upgrade the hub, one minor version after the other; jobs that run go on meanwhile.',
  );

export const askerTooOld = (apart: Apart) =>
  refusal(
    `protocol.${apart.asker}-too-old`,
    nothingInCommon(apart),
    `Upgrade ${ASKERS[apart.asker].upgrade}, one minor version after the other; jobs that run go on meanwhile.`,
  );
