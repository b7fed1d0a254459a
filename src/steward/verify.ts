/**
 * What the steward checks by itself before anything becomes public. Pure.
 *
 * The hub is believed about who asked and who approved on GitHub, and about nothing else: which bytes, of
 * which study, let out by whom, is what the zone signed with a key that governance lists.
 */
import { rolesOf, type Governance } from '../governance/governance.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import type { Envelope } from '../protocol/airlock.ts';
import { subjectOf, verifyFileStatement, type Provenance, type Review } from '../protocol/statements.ts';
import type { PublishOrder } from '../protocol/steward.ts';
import { asksForOwner, OWNER_REFERENCE } from '../publication/owner.ts';
import { whyNotApprove, whyNotAsk } from '../publication/rules.ts';
import { no } from './words.ts';

export interface VerifiedFile {
  release: string;
  number: number;
  path: string;
  size: number;
  sha256: string;
  made: Provenance;
  reviewed: Review;
  /** Provenance, review. */
  statements: [Envelope, Envelope];
}

export interface Verified {
  project: string;
  policyCommit: string;
  /** By path. */
  files: VerifiedFile[];
}

export function verifyOrder(order: PublishOrder, g: Governance, at: number): Verified | Refusal {
  if (order.tag !== `outputs-${order.publication}.${order.edition}`) return no.tag();
  const files = filesOf(order, g);
  if (isRefusal(files)) return files;
  const [first] = files;
  const about = first!.reviewed.predicate;
  const against =
    whyNotOneWorkspace(order, files) ??
    whyNotThere(order, g, about) ??
    whyNotReviewed(g, files) ??
    whyNotPublished(order, g, files, at);
  return against ?? { project: about.project, policyCommit: g.commit, files };
}

/** Each file with exactly its two statements; a statement about anything else is one too many. */
function filesOf(order: PublishOrder, g: Governance): VerifiedFile[] | Refusal {
  const made = new Map<string, { statement: Provenance; envelope: Envelope }>();
  const reviewed = new Map<string, { statement: Review; envelope: Envelope }>();
  const keys = g.backends.flatMap((backend) => backend.keys.viewer.map(({ key }) => key));
  for (const envelope of order.statements) {
    const read = verifyFileStatement(envelope, keys);
    if (isRefusal(read)) return no.unsigned(read.says);
    if (!isKeyOf(g, read.key, read.kind === 'provenance' ? ofMade(read.statement) : ofReview(read.statement)))
      return no.otherBackend();
    const { name, sha256 } = subjectOf(read);
    const key = `${sha256} ${name}`;
    const known = read.kind === 'provenance' ? made : reviewed;
    if (known.has(key)) return no.unstated();
    if (read.kind === 'provenance') made.set(key, { statement: read.statement, envelope });
    else reviewed.set(key, { statement: read.statement, envelope });
  }
  const files = order.files.flatMap((file): VerifiedFile[] => {
    const key = `${file.sha256} ${file.path}`;
    const [how, who] = [made.get(key), reviewed.get(key)];
    if (!how || !who) return [];
    return [
      { ...file, made: how.statement, reviewed: who.statement, statements: [how.envelope, who.envelope] },
    ];
  });
  const distinct = new Set(files.map(({ path }) => path)).size;
  const whole = files.length === order.files.length && distinct === files.length;
  if (!whole || made.size !== files.length || reviewed.size !== files.length) return no.unstated();
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

const ofMade = ({ predicate }: Provenance): { backend: string; at: string } => ({
  backend: predicate.buildDefinition.externalParameters.backend,
  at: predicate.runDetails.metadata.finishedOn,
});
const ofReview = ({ predicate }: Review): { backend: string; at: string } => ({
  backend: predicate.backend,
  at: predicate.releasedOn,
});

/**
 * Still listed for this backend, and not signed before its first day or after its last. The job may be older
 * than the key: both statements of a file are signed when it is released.
 */
function isKeyOf(g: Governance, key: string, { backend, at }: { backend: string; at: string }): boolean {
  const day = at.slice(0, 10);
  const held = g.backends.find(({ id }) => id === backend)?.keys.viewer ?? [];
  return held.some((each) => each.key === key && (!each.until || day <= each.until));
}

function whyNotOneWorkspace(order: PublishOrder, files: readonly VerifiedFile[]): Refusal | undefined {
  const [first] = files;
  const about = first!.reviewed.predicate;
  const same = files.every(({ made, reviewed: { predicate } }) => {
    const { backend } = made.predicate.buildDefinition.externalParameters;
    return (
      predicate.project === about.project &&
      predicate.workspace === about.workspace &&
      predicate.backend === about.backend &&
      predicate.repository === about.repository &&
      backend === about.backend
    );
  });
  if (!same) return no.mixed();
  const named = files.every(({ number, path, release, reviewed: { predicate } }) => {
    const wished = order.files.some(
      (file) => file.number === number && file.path === path && file.release === predicate.release,
    );
    return wished && release === predicate.release && release === `${predicate.request}-${predicate.batch}`;
  });
  return named ? undefined : no.otherRelease();
}

function whyNotThere(order: PublishOrder, g: Governance, about: Review['predicate']): Refusal | undefined {
  if (about.repository !== order.repository.id) return no.otherRepository();
  const project = g.projects.find(({ id }) => id === about.project);
  return project?.repos.some(({ id }) => id === about.repository) ? undefined : no.notOfProject();
}

/** Two different people at least, none of them the author, each a checker of this project when it was released. */
function whyNotReviewed(g: Governance, files: readonly VerifiedFile[]): Refusal | undefined {
  const needed = Math.max(2, g.policies.approvals['release'] ?? 2);
  for (const { reviewed } of files) {
    const { signers, author, project, releasedOn } = reviewed.predicate;
    if (new Set(signers).size < needed || signers.includes(author)) return no.fewCheckers();
    const then = Date.parse(releasedOn);
    if (!signers.every((id) => rolesOf(g, id, project, then).has('output_checker')))
      return no.unknownChecker();
  }
  return undefined;
}

function whyNotPublished(
  order: PublishOrder,
  g: Governance,
  files: readonly VerifiedFile[],
  at: number,
): Refusal | undefined {
  const { project } = files[0]!.reviewed.predicate;
  const { requestedBy, requestedAt } = order;
  const authors = [...new Set(files.map(({ reviewed }) => reviewed.predicate.author))];
  const asked = authors.map((author) => ({ project, author }));
  if (whyNotAsk(g, asked, requestedBy, requestedAt)) return no.notAskedFor();
  const signers = files.flatMap(({ reviewed }) => reviewed.predicate.signers);
  const behind = { requestedBy, authors, reviewers: [...signers, ...order.reviewers] };
  const good = order.approvals.filter(
    ({ person }) => !whyNotApprove(g, project, { actor: person, ...behind }, at),
  );
  const needed = Math.max(1, g.policies.approvals['publish'] ?? 1);
  if (new Set(good.map(({ person }) => person)).size < needed) return no.fewPublishers();
  return whyNotOwned(order, g, project, authors);
}

/** Told by somebody who asked or approved: nobody else has a say in it. */
function whyNotOwned(
  { owner, requestedBy, approvals }: PublishOrder,
  g: Governance,
  project: string,
  authors: readonly number[],
): Refusal | undefined {
  if (!owner) return asksForOwner(g, project) ? no.noOwner() : undefined;
  const heard =
    [requestedBy, ...authors, ...approvals.map(({ person }) => person)].includes(owner.by) ||
    rolesOf(g, owner.by, project, owner.at).has('lead');
  return heard && OWNER_REFERENCE.test(owner.reference) ? undefined : no.noOwner();
}
