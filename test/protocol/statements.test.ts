import { sign } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { signStatements } from '../../agent/airlock/statements.ts';
import { inputGroups, madeBy } from '../../agent/airlock/statement-facts.ts';
import type { Manifest } from '../../agent/store/manifest.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import {
  IN_TOTO_TYPE,
  signEnvelope,
  signFileStatement,
  statementLines,
  subjectOf,
  verifyEnvelope,
  verifyFileStatement,
  type Envelope,
} from '../../src/protocol/protocol.ts';
import { aMadeBy, aStatedRelease, codeOf, FILES, ZONE_KEY } from '../support/publication.ts';

const KEY = newKeyPair();
const OTHER = newKeyPair();
const KEYS = [KEY.publicText];
const made = (): Envelope[] => signStatements(aStatedRelease(), { signing: KEY, zoneKey: ZONE_KEY });
const [provenance, review] = made() as [Envelope, Envelope];
const read = (envelope: Envelope): unknown => JSON.parse(Buffer.from(envelope.payload, 'base64').toString());

/** Every value of a JSON tree by its path, and the tree with that one value changed. */
function alterations(tree: unknown, path: string[] = []): { path: string; altered: unknown }[] {
  const root = tree;
  const found: { path: string; altered: unknown }[] = [];
  const visit = (value: unknown, at: (string | number)[]): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, held] of Object.entries(value)) visit(held, [...at, key]);
      return;
    }
    const copy = structuredClone(root) as Record<string, unknown>;
    let here: Record<string, unknown> = copy;
    for (const step of at.slice(0, -1)) here = here[step] as Record<string, unknown>;
    const last = at.at(-1)!;
    here[last] =
      typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : changed(String(value));
    found.push({ path: [...path, ...at].join('.'), altered: copy });
  };
  visit(tree, []);
  return found;
}

/** Another text of the same form where there is one: only the signature can tell. */
function changed(text: string): string {
  const at = [...text].findLastIndex((letter) => /[0-9a-y]/.test(letter));
  const next = String.fromCharCode(text.charCodeAt(at) + (text[at] === '9' ? -1 : 1));
  return text.slice(0, at) + next + text.slice(at + 1);
}

function resigned(statement: unknown): Envelope {
  return { ...provenance, payload: Buffer.from(JSON.stringify(statement)).toString('base64') };
}

test('what the zone signed is read back', () => {
  const answer = verifyFileStatement(provenance, [OTHER.publicText, ...KEYS]);
  if (isRefusal(answer)) throw new Error(answer.code);
  expect(answer).toMatchObject({ kind: 'provenance', key: KEY.publicText });
  expect(subjectOf(answer)).toEqual({ name: FILES[0]!.path, sha256: sha256(FILES[0]!.text) });
  expect(verifyFileStatement(review, KEYS)).toMatchObject({ kind: 'review' });
});

test('the provenance of a file is what SLSA asks for and names no unreleased input', () => {
  expect(read(provenance)).toMatchInlineSnapshot(`
   {
     "_type": "https://in-toto.io/Statement/v1",
     "predicate": {
       "buildDefinition": {
         "buildType": "https://research.example.edu/provenance/action/v1",
         "externalParameters": {
           "action": "model",
           "backend": "attainment",
           "commit": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
           "repository": "https://github.com/northshire-research/study",
         },
         "internalParameters": {
           "jobRequest": "request00000001a",
           "limits": {
             "cpus": 2,
             "memoryBytes": 4294967296,
             "timeMs": 86400000,
           },
           "policyCommit": "cccccccccccccccccccccccccccccccccccccccc",
           "requestedBy": 5550101,
           "rewritten": false,
         },
         "resolvedDependencies": [
           {
             "digest": {
               "gitCommit": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
             },
             "uri": "git+https://github.com/northshire-research/study",
           },
           {
             "digest": {
               "sha256": "2222222222222222222222222222222222222222222222222222222222222222",
             },
             "uri": "image:python:v2",
           },
           {
             "annotations": {
               "action": "extract",
               "keyedDigest": "4f949cb030dfac0dc6741a5ab949c59dcd9d9c095aa7596d0cc11197da446dae",
               "pattern": "output/rows-*.csv",
             },
             "uri": "action:extract",
           },
         ],
       },
       "runDetails": {
         "builder": {
           "id": "https://research.example.edu/builders/attainment/docker",
         },
         "metadata": {
           "finishedOn": "2026-11-19T10:00:00.000Z",
           "invocationId": "job000000000001a",
         },
       },
     },
     "predicateType": "https://slsa.dev/provenance/v1",
     "subject": [
       {
         "digest": {
           "sha256": "b74f9e4974a41f96d8f24483ef0726ff15ae6f3d577be12bc2573de06dac6e49",
         },
         "name": "output/table.csv",
       },
     ],
   }
  `);
});

test('the review names who approved, under which policy, and not what was said', () => {
  expect(read(review)).toMatchInlineSnapshot(`
   {
     "_type": "https://in-toto.io/Statement/v1",
     "predicate": {
       "author": 5550160,
       "backend": "attainment",
       "batch": 1,
       "checks": {
         "outcome": "clean",
         "version": "1",
       },
       "grade": "approve",
       "policy": {
         "checkers": 2,
         "commit": "cccccccccccccccccccccccccccccccccccccccc",
         "roundTo": 5,
         "suppressAtOrBelow": 7,
         "trust": "hub",
       },
       "project": "ns-2026-014",
       "release": "release00000001a-1",
       "releasedOn": "2026-11-20T09:00:00.000Z",
       "repository": 70011,
       "request": "release00000001a",
       "signers": [
         5550110,
         5550140,
       ],
       "workspace": "study-main",
     },
     "predicateType": "https://research.example.edu/provenance/review/v1",
     "subject": [
       {
         "digest": {
           "sha256": "b74f9e4974a41f96d8f24483ef0726ff15ae6f3d577be12bc2573de06dac6e49",
         },
         "name": "output/table.csv",
       },
     ],
   }
  `);
});

const altered = [provenance, review].flatMap((envelope) =>
  alterations(read(envelope)).map(({ path, altered: tree }) => [path, envelope, tree] as const),
);

test('every field of both statements is altered below', () => {
  expect(altered.length).toBeGreaterThan(45);
});

test.each(altered)('a statement with another %s does not verify', (_path, envelope, tree) => {
  const forged = { ...envelope, payload: Buffer.from(JSON.stringify(tree)).toString('base64') };
  expect(codeOf(verifyFileStatement(forged, KEYS))).toBe('statement.altered');
});

test.each([
  ['another type', { ...provenance, payloadType: 'application/json' }, 'statement.malformed'],
  ['a field more', { ...provenance, more: 1 }, 'statement.malformed'],
  ['no signature', { ...provenance, signatures: [] }, 'statement.malformed'],
  [
    'two signatures',
    { ...provenance, signatures: [...provenance.signatures, ...provenance.signatures] },
    'statement.malformed',
  ],
  [
    'another key id',
    { ...provenance, signatures: [{ ...provenance.signatures[0]!, keyid: OTHER.publicText }] },
    'statement.unknown-signer',
  ],
  [
    'the signature of another statement',
    { ...provenance, signatures: review.signatures },
    'statement.altered',
  ],
  [
    'base64 that only reads the same',
    { ...provenance, payload: `${provenance.payload} ` },
    'statement.malformed',
  ],
  [
    'a signature that only reads the same',
    {
      ...provenance,
      signatures: [{ ...provenance.signatures[0]!, sig: `${provenance.signatures[0]!.sig}=` }],
    },
    'statement.malformed',
  ],
  ['nothing at all', undefined, 'statement.malformed'],
])('an envelope with %s is refused', (_what, envelope, code) => {
  expect(codeOf(verifyFileStatement(envelope, KEYS))).toBe(code);
});

test('a key id that is no key is refused even when it is on the list', () => {
  const odd = { ...provenance, signatures: [{ ...provenance.signatures[0]!, keyid: 'nobody' }] };
  expect(codeOf(verifyEnvelope(odd, ['nobody']))).toBe('statement.unknown-signer');
});

test('a statement signed by a stranger is refused', () => {
  const theirs = signEnvelope(read(provenance), OTHER);
  expect(codeOf(verifyFileStatement(theirs, KEYS))).toBe('statement.unknown-signer');
  const claimed = { ...theirs, signatures: [{ ...theirs.signatures[0]!, keyid: KEY.publicText }] };
  expect(codeOf(verifyFileStatement(claimed, KEYS))).toBe('statement.altered');
});

test('what the zone signed in another form is no statement about a file', () => {
  expect(codeOf(verifyFileStatement(signEnvelope({ hello: 1 }, KEY), KEYS))).toBe('statement.unknown-form');
  const more = { ...(read(provenance) as object), extra: 'field' };
  expect(codeOf(verifyFileStatement(signEnvelope(more, KEY), KEYS))).toBe('statement.unknown-form');
});

test.each([
  ['spaced', '{ "a": 1 }'],
  ['broken', '{'],
])('%s JSON is refused though its signature is right', (_what, text) => {
  const payload = Buffer.from(text);
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 ${IN_TOTO_TYPE.length} ${IN_TOTO_TYPE} ${payload.length} `),
    payload,
  ]);
  const sig = sign(null, signed, KEY.privateKey).toString('base64');
  const envelope = {
    payloadType: IN_TOTO_TYPE,
    payload: payload.toString('base64'),
    signatures: [{ keyid: KEY.publicText, sig }],
  };
  expect(codeOf(verifyEnvelope(envelope, KEYS))).toBe('statement.malformed');
});

test('the signature is over the bytes that DSSE names', () => {
  const envelope = signEnvelope({ b: 1, a: 'x' }, KEY);
  expect(Buffer.from(envelope.payload, 'base64').toString()).toBe('{"a":"x","b":1}');
  expect(codeOf(verifyEnvelope(resigned({ b: 1 }), KEYS))).toBe('statement.altered');
});

test('a faulty statement cannot be signed', () => {
  const one = read(review) as { predicate: { signers: number[] } };
  one.predicate.signers = [5, 5];
  expect(() => signFileStatement({ kind: 'review', statement: one as never }, KEY)).toThrow('signers');
  const other = read(provenance) as { subject: unknown[] };
  other.subject = [];
  expect(() => signFileStatement({ kind: 'provenance', statement: other as never }, KEY)).toThrow('subject');
});

test('statements are kept one a line', () => {
  const lines = statementLines([provenance, review]);
  expect(
    lines
      .split('\n')
      .slice(0, 2)
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([provenance, review]);
});

test('inputs are one digest per action and pattern, which nobody without the key can make', () => {
  const digests = (zoneKey: string, inputs = aMadeBy().inputs): string[] => {
    const file = { path: 'a.csv', text: 'x', madeBy: { inputs } };
    const [first] = signStatements(aStatedRelease([file]), { signing: KEY, zoneKey });
    const { predicate } = read(first!) as {
      predicate: { buildDefinition: { resolvedDependencies: { annotations?: { keyedDigest: string } }[] } };
    };
    return predicate.buildDefinition.resolvedDependencies.flatMap(
      ({ annotations }) => annotations?.keyedDigest ?? [],
    );
  };
  expect(digests('one')).toHaveLength(1);
  expect(digests('one')).toEqual(digests('one', [...aMadeBy().inputs].reverse()));
  expect(digests('one')).not.toEqual(digests('two'));
  expect(digests('one')).not.toEqual(digests('one', aMadeBy().inputs.slice(0, 1)));
});

test('an input that no pattern of its action matches is named by the action alone', () => {
  const inputs = [
    { action: 'b', path: 'x/1.csv', sha256: '1' },
    { action: 'a', path: 'y/1.csv', sha256: '2' },
    { action: 'a', path: 'x/2.csv', sha256: '3' },
  ];
  expect(inputGroups(inputs, () => ['x/*.csv'])).toEqual([
    { action: 'a', pattern: 'x/*.csv', files: [{ path: 'x/2.csv', sha256: '3' }] },
    { action: 'a', pattern: null, files: [{ path: 'y/1.csv', sha256: '2' }] },
    { action: 'b', pattern: 'x/*.csv', files: [{ path: 'x/1.csv', sha256: '1' }] },
  ]);
});

test('the job behind an output is read from the manifest, or nothing when it has gone', () => {
  const manifest = {
    outputs: {
      'out.csv': {
        job_id: 'j1',
        job_request: 'r1',
        action: 'model',
        user: 7,
        repo: 'https://h/o/r',
        commit: 'c',
      },
      'in.csv': { job_id: 'gone', action: 'extract' },
    },
    jobs: {
      j1: {
        action: 'model',
        image: 'python:v2',
        image_id: null,
        completed_at: 5,
        inputs: [
          { path: 'in.csv', content_hash: 'h', job_id: 'gone' },
          { path: 'lost.csv', content_hash: 'i', job_id: 'gone' },
          { path: 'own.csv', content_hash: 'k', job_id: 'j1' },
        ],
      },
    },
  } as unknown as Manifest;
  expect(madeBy(manifest, 'out.csv')).toEqual({
    job: 'j1',
    jobRequest: 'r1',
    action: 'model',
    user: 7,
    repo: 'https://h/o/r',
    commit: 'c',
    image: 'python:v2',
    imageId: null,
    reusable: null,
    finishedAt: 5,
    inputs: [
      { action: 'extract', path: 'in.csv', sha256: 'h' },
      { action: 'unknown', path: 'lost.csv', sha256: 'i' },
      { action: 'model', path: 'own.csv', sha256: 'k' },
    ],
  });
  expect(madeBy(manifest, 'in.csv')).toBeUndefined();
  expect(madeBy(manifest, '__proto__')).toBeUndefined();
});

test('a process claims another builder than a container, and an image without a digest is left out', () => {
  const of = (
    changes: Parameters<typeof aMadeBy>[0],
    digest?: string,
  ): { builder: string; dependencies: string[] } => {
    const release = aStatedRelease([{ path: 'a.csv', text: 'x', madeBy: { inputs: [], ...changes } }], {
      digestOfImage: () => digest,
    });
    const [first] = signStatements(release, { signing: KEY, zoneKey: ZONE_KEY });
    const { predicate } = read(first!) as {
      predicate: {
        buildDefinition: { resolvedDependencies: { uri: string }[] };
        runDetails: { builder: { id: string } };
      };
    };
    return {
      builder: predicate.runDetails.builder.id,
      dependencies: predicate.buildDefinition.resolvedDependencies.map(({ uri }) => uri),
    };
  };
  expect(of({ imageId: null })).toEqual({
    builder: 'https://research.example.edu/builders/attainment/process',
    dependencies: ['git+https://github.com/northshire-research/study'],
  });
  expect(of({ imageId: null }, `sha256:${'9'.repeat(64)}`).dependencies).toContain('image:python:v2');
  expect(
    of({ reusable: { repo: 'https://github.com/acts/plot', commit: 'b'.repeat(40) } }).dependencies,
  ).toContain('git+https://github.com/acts/plot');
});
