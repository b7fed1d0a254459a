/** What roles are asked alike: the two on the public host begin alike, and every role with a host of its own ends alike. */
import { githubQuestions } from './app.ts';
import { hostQuestions, unitQuestions, type Host } from './host.ts';
import { hubOrigin } from './origins.ts';
import type { Question } from './question.ts';
import { watchQuestions } from './watch.ts';

export const publicQuestions: readonly Question[] = [...githubQuestions, hubOrigin];

/** The role's own questions, then where and as whom it runs, what builds on that, how it is watched, and what starts it. */
export const roleQuestions = (
  host: Host,
  own: readonly Question[],
  then: readonly Question[] = [],
): Question[] => [...own, ...hostQuestions(host), ...then, ...watchQuestions(host), ...unitQuestions];
