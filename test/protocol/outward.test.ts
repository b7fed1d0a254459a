/** Every message that leaves the zone, field by field: what must not cross has no field to cross in. */
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  airlockPoll,
  AIRLOCK_PATHS,
  airlockReport,
  releaseDeclaration,
  signInRedeem,
  signInStart,
  uploadQuery,
} from '../../src/protocol/airlock.ts';
import { airlockDeedsRequest, deedsRequest } from '../../src/protocol/deeds.ts';
import {
  heartbeatRequest,
  pollRequest,
  realUpdate,
  updateRequest,
  ZONE_PATHS,
} from '../../src/protocol/messages.ts';

/** By path: what is sent there. Updates are read one by one; files themselves are bytes, declared before. */
const AGENT = {
  poll: pollRequest,
  updates: updateRequest,
  heartbeat: heartbeatRequest,
  deeds: deedsRequest,
};
const AIRLOCK = {
  poll: airlockPoll,
  report: airlockReport,
  signIn: signInStart,
  redeem: signInRedeem,
  declare: releaseDeclaration,
  deeds: airlockDeedsRequest,
};

interface Node {
  type?: string;
  properties?: Record<string, Node>;
  additionalProperties?: unknown;
  items?: Node;
  anyOf?: Node[];
  oneOf?: Node[];
  pattern?: string;
  enum?: unknown[];
  const?: unknown;
  maxLength?: number;
  $ref?: string;
}

/** Each place of a schema, as `files[].path: text`. Throws where more could be said than the schema names. */
function places(node: Node, at = ''): string[] {
  if (node.$ref) throw new Error(`${at} is said elsewhere`);
  const several = node.anyOf ?? node.oneOf;
  if (several) return several.flatMap((each) => places(each, at));
  if (node.properties) {
    expect({ at, more: node.additionalProperties }).toEqual({ at, more: false });
    return Object.entries(node.properties).flatMap(([key, each]) => places(each, at ? `${at}.${key}` : key));
  }
  if (node.type === 'array') return places(node.items ?? {}, `${at}[]`);
  if (node.const !== undefined || node.enum) return [`${at}: listed`];
  if (node.type === 'string') return [`${at}: ${node.pattern ? 'pattern' : `text to ${node.maxLength}`}`];
  return [`${at}: ${node.type ?? 'read apart'}`];
}

const all = (schemas: Record<string, z.ZodType>): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      [
        ...new Set(
          places(z.toJSONSchema(schema, { io: 'input', reused: 'inline', unrepresentable: 'any' }) as Node),
        ),
      ],
    ]),
  );

test('what an agent says has a field for states, times and two booleans, and no other', () => {
  expect(Object.keys(AGENT)).toEqual(Object.keys(ZONE_PATHS));
  expect(all({ ...AGENT, update: realUpdate })).toMatchInlineSnapshot(`
   {
     "deeds": [
       "protocol: listed",
       "deeds[].id: pattern",
       "deeds[].deed: listed",
       "deeds[].at: integer",
       "deeds[].workspace: pattern",
       "deeds[].workspace: null",
     ],
     "heartbeat": [
       "protocol: listed",
       "engine: boolean",
       "version: pattern",
       "governance: pattern",
       "database: listed",
     ],
     "poll": [
       "protocol: listed",
       "seen: integer",
       "waitMs: integer",
       "engine: boolean",
       "freezes: integer",
       "draining: listed",
     ],
     "update": [
       "task: pattern",
       "job: pattern",
       "at: integer",
       "startedAt: integer",
       "finishedAt: integer",
       "state: listed",
       "reason: listed",
       "outputsMissing: boolean",
       "outputsWithheld: boolean",
       "exitCode: integer",
     ],
     "updates": [
       "protocol: listed",
       "updates[]: read apart",
     ],
   }
  `);
});

test('what an airlock says names files only where they are released, and has no field for what people wrote', () => {
  expect([...Object.keys(AIRLOCK), 'upload']).toEqual(Object.keys(AIRLOCK_PATHS));
  expect(all(AIRLOCK)).toMatchInlineSnapshot(`
   {
     "declare": [
       "protocol: listed",
       "epoch: integer",
       "release: pattern",
       "request: pattern",
       "batch: integer",
       "workspace: pattern",
       "project: pattern",
       "repository: integer",
       "author: integer",
       "reviewers[]: integer",
       "files[].number: integer",
       "files[].path: text to 1000",
       "files[].size: integer",
       "files[].sha256: pattern",
       "files[].approvals[].checker: integer",
       "files[].approvals[].key: pattern",
       "statements[].payloadType: text to 100",
       "statements[].payload: text to 4000000",
       "statements[].signatures[].keyid: text to 200",
       "statements[].signatures[].sig: text to 200",
     ],
     "deeds": [
       "protocol: listed",
       "epoch: integer",
       "deeds[].id: pattern",
       "deeds[].deed: listed",
       "deeds[].at: integer",
     ],
     "poll": [
       "protocol: listed",
       "seen: integer",
       "waitMs: integer",
       "version: pattern",
       "governance: pattern",
       "epoch: integer",
       "freezes: integer",
     ],
     "redeem": [
       "protocol: listed",
       "epoch: integer",
       "session: pattern",
       "code: text to 100",
     ],
     "report": [
       "protocol: listed",
       "epoch: integer",
       "answers[].order: pattern",
       "answers[].outcome: listed",
       "answers[].code: pattern",
       "shown[].id: pattern",
       "shown[].version: integer",
       "shown[].epoch: integer",
       "shown[].workspace: pattern",
       "shown[].project: pattern",
       "shown[].repository: integer",
       "shown[].repository: null",
       "shown[].author: integer",
       "shown[].automated: listed",
       "shown[].state: listed",
       "shown[].turn: integer",
       "shown[].createdAt: integer",
       "shown[].submittedAt: integer",
       "shown[].submittedAt: null",
       "shown[].decidedAt: integer",
       "shown[].decidedAt: null",
       "shown[].files: integer",
       "shown[].hints: listed",
       "shown[].checkers[]: integer",
       "shown[].reviews: integer",
       "shown[].short: integer",
       "shown[].category: listed",
       "shown[].category: null",
       "shown[].commitments[]: pattern",
       "shown[].batches[].number: integer",
       "shown[].batches[].state: listed",
       "shown[].batches[].recalled[]: integer",
       "shown[].incidents[].number: integer",
       "shown[].incidents[].category: listed",
       "shown[].incidents[].files[]: integer",
       "shown[].incidents[].openedAt: integer",
       "shown[].incidents[].dueAt: integer",
       "shown[].incidents[].closedAt: integer",
       "shown[].incidents[].closedAt: null",
       "shown[].events[].seq: integer",
       "shown[].events[].at: integer",
       "shown[].events[].what: listed",
       "shown[].events[].by: integer",
       "shown[].events[].by: null",
       "shown[].events[].state: listed",
       "shown[].events[].category: listed",
       "shown[].events[].epoch: integer",
       "shown[].events[].batch: integer",
       "shown[].events[].file: integer",
       "newBrowsers[].id: pattern",
       "newBrowsers[].person: integer",
       "newBrowsers[].at: integer",
       "record.at: integer",
       "record.digest: pattern",
       "restored.epoch: integer",
       "restored.at: integer",
       "restored.asOf: integer",
     ],
     "signIn": [
       "protocol: listed",
       "epoch: integer",
       "session: pattern",
       "number: pattern",
     ],
   }
  `);
});

test('beside a file and its number an upload says the epoch, in digits, and nothing else', () => {
  expect(places(z.toJSONSchema(uploadQuery, { io: 'input' }) as Node)).toEqual(['epoch: pattern']);
  const isTaken = (query: object): boolean => uploadQuery.safeParse(query).success;
  expect([{}, { epoch: '0' }, { epoch: '605000' }].map(isTaken)).toEqual([true, true, true]);
  const none = ['', '-1', '01', '1e3', ' 1', '9'.repeat(16), 'x', ['1', '2'], { $gt: '' }];
  for (const epoch of none) expect({ epoch, is: isTaken({ epoch }) }).toEqual({ epoch, is: false });
  expect(isTaken({ note: 'x' })).toBe(false);
});
