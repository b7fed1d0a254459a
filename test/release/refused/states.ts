/** Does the state allow it? */
import { made, controls, add, type Case } from './scenes.ts';
import { AIRLOCK, aDraft, aHash, aRequest, P, Story } from '../world.ts';

export const STATES: Case[] = [
  ['state', 'a draft is halted', () => aDraft().code(AIRLOCK, 'halt', { batch: 1 })],
  ['exists', 'a request is started twice', () => aDraft().code('author', 'create', made)],
  ['unknown', 'there is no request', () => new Story().code('author', 'submit', {})],
  [
    'active-request',
    'there is another active one',
    () => new Story().with({ activeRequest: 'request-0' }).code('author', 'create', made),
  ],
  [
    'active-request',
    'the successor has one of their own',
    () =>
      aDraft()
        .does('author', 'name-co-author', { person: P.coAuthor })
        .with({ activeRequest: 'request-0' })
        .code('coAuthor', 'take-over', {}),
  ],
  [
    'archived',
    'the workspace is archived',
    () => aDraft().with({ workspaceArchived: true }).code('author', 'submit', {}),
  ],
  [
    'archived',
    'it was archived before the upload',
    () =>
      aRequest('approved')
        .with({ workspaceArchived: true })
        .code(AIRLOCK, 'start-upload', {
          batch: 1,
          hashes: { 'a.csv': aHash('a.csv'), 'b.csv': aHash('b.csv') },
        }),
  ],
  [
    'project-closed',
    'the project has ended',
    () => add(aDraft().writes('c.csv').with({ projectOngoing: false }), 'c.csv'),
  ],
  [
    'project-closed',
    'the project ended before the upload',
    () =>
      aRequest('approved')
        .with({ projectOngoing: false })
        .code(AIRLOCK, 'start-upload', {
          batch: 1,
          hashes: { 'a.csv': aHash('a.csv'), 'b.csv': aHash('b.csv') },
        }),
  ],
  [
    'frozen',
    'governance froze the work',
    () =>
      aDraft().with({ frozen: true }).code('author', 'explain', { group: 'tables', context: 'x', controls }),
  ],
  [
    'frozen',
    'governance froze it before a checker signed',
    () => aRequest('submitted').with({ frozen: true }).code('checkerA', 'sign', { verdict: 'submit' }),
  ],
  [
    'frozen',
    'governance froze it before it was begun',
    () => new Story().with({ frozen: true }).code('author', 'create', { ...made, author: P.author }),
  ],
  [
    'frozen',
    'governance froze it before the upload',
    () =>
      aRequest('approved')
        .with({ frozen: true })
        .code(AIRLOCK, 'start-upload', {
          batch: 1,
          hashes: { 'a.csv': aHash('a.csv'), 'b.csv': aHash('b.csv') },
        }),
  ],
];
