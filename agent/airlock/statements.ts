/**
 * Statements about released files, made and signed in the zone with the airlock's own key.
 *
 * Two envelopes a file, provenance first. Nothing but the file's own released name and hash is written
 * plainly; everything that went into it is named by action and pattern, with a digest keyed by `zoneKey`.
 */
import { canonicalJson } from '../../src/lib/canonical.ts';
import { isoTime } from '../../src/lib/clock.ts';
import { keyedDigest } from '../../src/lib/hash.ts';
import type { KeyPair } from '../../src/lib/keys.ts';
import type { Envelope } from '../../src/protocol/airlock.ts';
import {
  builderPath,
  PREDICATE_PATHS,
  PROVENANCE_TYPE,
  signFileStatement,
  STATEMENT_TYPE,
  type Dependency,
  type Provenance,
  type Review,
} from '../../src/protocol/statements.ts';
import { inputGroups, type StatedFile, type StatedRelease } from './statement-facts.ts';

export interface StatementKeys {
  /** The airlock's, a key of `keys.viewer`. */
  signing: KeyPair;
  /** Secret of the zone for digests; never the signing key. */
  zoneKey: string | Uint8Array;
}

/** Two per file, in the order of the files. */
export function signStatements(release: StatedRelease, keys: StatementKeys): Envelope[] {
  return release.files.flatMap((file) => [
    signFileStatement(
      { kind: 'provenance', statement: provenanceOf(release, file, keys.zoneKey) },
      keys.signing,
    ),
    signFileStatement({ kind: 'review', statement: reviewOf(release, file) }, keys.signing),
  ]);
}

export function provenanceOf(
  release: StatedRelease,
  file: StatedFile,
  zoneKey: string | Uint8Array,
): Provenance {
  const { madeBy } = file;
  const mode = madeBy.imageId === null ? 'process' : 'docker';
  const { cpus, memoryBytes, timeMs } = release.limits;
  return {
    _type: STATEMENT_TYPE,
    subject: subjectOf(file),
    predicateType: PROVENANCE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: `${base(release)}${PREDICATE_PATHS.action}`,
        externalParameters: {
          repository: madeBy.repo,
          commit: madeBy.commit,
          action: madeBy.action,
          backend: release.backend,
        },
        internalParameters: {
          policyCommit: release.policy.commit,
          limits: { cpus, memoryBytes, timeMs },
          jobRequest: madeBy.jobRequest,
          requestedBy: madeBy.user,
          rewritten: file.rewritten,
        },
        resolvedDependencies: [
          gitCode(madeBy.repo, madeBy.commit),
          ...(madeBy.reusable ? [gitCode(madeBy.reusable.repo, madeBy.reusable.commit)] : []),
          ...imageOf(release, madeBy.image, madeBy.imageId),
          ...inputsOf(file, zoneKey),
        ],
      },
      runDetails: {
        builder: { id: `${base(release)}${builderPath(release.backend, mode)}` },
        metadata: { invocationId: madeBy.job, finishedOn: isoTime(madeBy.finishedAt) },
      },
    },
  };
}

export function reviewOf(release: StatedRelease, file: StatedFile): Review {
  const { commit, trust, checkers, suppressAtOrBelow, roundTo } = release.policy;
  return {
    _type: STATEMENT_TYPE,
    subject: subjectOf(file),
    predicateType: `${base(release)}${PREDICATE_PATHS.review}`,
    predicate: {
      release: release.release,
      request: release.request,
      batch: release.batch,
      backend: release.backend,
      workspace: release.workspace,
      project: release.project,
      repository: release.repository,
      author: release.author,
      policy: { commit, trust, checkers, suppressAtOrBelow, roundTo },
      checks: { version: release.checksVersion, outcome: file.hints ? 'answered' : 'clean' },
      grade: 'approve',
      signers: [...new Set(file.signers)].sort((a, b) => a - b),
      releasedOn: isoTime(release.releasedAt),
    },
  };
}

function subjectOf({ path, sha256 }: StatedFile): Provenance['subject'] {
  return [{ name: path, digest: { sha256 } }];
}

const base = ({ deployment }: StatedRelease): string => deployment.replace(/\/+$/, '');

function gitCode(repo: string, commit: string): Dependency {
  return { uri: `git+${repo}`, digest: { gitCommit: commit } };
}

function imageOf(release: StatedRelease, image: string, imageId: string | null): Dependency[] {
  const digest = /^sha256:([0-9a-f]{64})$/.exec(imageId ?? release.digestOfImage(image) ?? '')?.[1];
  return digest === undefined ? [] : [{ uri: `image:${image}`, digest: { sha256: digest } }];
}

/** The digest says later, to whoever holds the zone's key, which files these were; to nobody else anything. */
function inputsOf({ madeBy, patternsOf }: StatedFile, zoneKey: string | Uint8Array): Dependency[] {
  return inputGroups(madeBy.inputs, patternsOf).map(({ action, pattern, files }) => ({
    uri: `action:${action}`,
    annotations: {
      action,
      pattern,
      keyedDigest: inputDigest(zoneKey, { job: madeBy.job, action, pattern, files }),
    },
  }));
}

export function inputDigest(
  zoneKey: string | Uint8Array,
  of: {
    job: string;
    action: string;
    pattern: string | null;
    files: readonly { path: string; sha256: string }[];
  },
): string {
  const files = of.files.map(({ path, sha256 }) => [path, sha256]).sort(([a], [b]) => (a! < b! ? -1 : 1));
  const { job, action, pattern } = of;
  return keyedDigest(zoneKey, canonicalJson({ purpose: 'published-input/v1', job, action, pattern, files }));
}
