/** Talk. */
import { sealedComment, type Case } from './scenes.ts';
import { aDraft, aRequest } from '../world.ts';

export const TALK: Case[] = [
  [
    'unknown-comment',
    'a comment of another is deleted',
    () => aDraft().says('author', 'tables', 'public', 'c1').code('member', 'delete-comment', { id: 'c1' }),
  ],
  [
    'unknown-comment',
    'a sealed comment is deleted',
    () => sealedComment().code('checkerA', 'delete-comment', { id: 'c1' }),
  ],
  [
    'unknown-comment',
    'a comment that is not there is published',
    () => aRequest('submitted').code('checkerA', 'publish-comment', { id: 'none' }),
  ],
  [
    'comment-closed',
    'the author comments during review',
    () =>
      aRequest('submitted').code('author', 'comment', {
        id: 'c1',
        group: 'tables',
        text: 'x',
        visibility: 'public',
      }),
  ],
  [
    'comment-closed',
    'a checker comments on a draft',
    () =>
      aDraft().code('checkerA', 'comment', { id: 'c1', group: 'tables', text: 'x', visibility: 'public' }),
  ],
  [
    'unknown-group',
    'a comment is about no group',
    () => aDraft().code('author', 'comment', { id: 'c1', group: 'none', text: 'x', visibility: 'public' }),
  ],
  [
    'public-only',
    'an author comments in private',
    () => aDraft().code('author', 'comment', { id: 'c1', group: 'tables', text: 'x', visibility: 'private' }),
  ],
  [
    'comment-text',
    'a comment says nothing',
    () => aDraft().code('author', 'comment', { id: 'c1', group: 'tables', text: ' ', visibility: 'public' }),
  ],
  [
    'comment-text',
    'a comment never ends',
    () =>
      aDraft().code('author', 'comment', {
        id: 'c1',
        group: 'tables',
        text: 'x'.repeat(10_001),
        visibility: 'public',
      }),
  ],
  [
    'comment-read',
    'a comment of an earlier turn is deleted while reviews are blind',
    () =>
      aRequest('submitted')
        .says('checkerA', 'tables', 'private', 'c1')
        .reviews('checkerA', 'changes')
        .reviews('checkerB', 'changes')
        .does('checkerA', 'return', {})
        .says('author')
        .does('author', 'submit', {})
        .code('checkerA', 'delete-comment', { id: 'c1' }),
  ],
  [
    'comment-fixed',
    'a public comment is published',
    () =>
      aRequest('submitted')
        .says('checkerA', 'tables', 'public', 'c1')
        .code('checkerA', 'publish-comment', { id: 'c1' }),
  ],
  [
    'comment-fixed',
    'a private comment of an earlier turn is published',
    () =>
      aRequest('submitted')
        .says('checkerA', 'tables', 'private', 'c1')
        .reviews('checkerA', 'changes')
        .reviews('checkerB', 'changes')
        .does('checkerA', 'return', {})
        .says('author')
        .does('author', 'submit', {})
        .code('checkerA', 'publish-comment', { id: 'c1' }),
  ],
];
