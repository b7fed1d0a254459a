import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { STEPS } from '../../agent/runner/checkpoint.ts';

/** Where a run changes state. Their helpers (walking, hashing, git) change nothing that is not begun again. */
const FILES = [
  'prepare',
  'execute',
  'finalize',
  'workspace',
  'end',
  'drive',
  'derive',
  'again',
  'after-switch',
];
const source = (name: string): string =>
  readFileSync(new URL(`../../agent/runner/${name}.ts`, import.meta.url), 'utf8');

/** Awaits that only pass on to functions of these files, or look without changing. */
const PASSES_ON =
  /await (noteEnd|switchedEnd|placeAgain|prepare|start|waitForEnd|finalize|conclude|stopHere|step|clean|giveUp|refuse|cancel|stateOf|unmake|sampling|options\.pause|walkBeneath|treeOf|bytesAt|exportCommit|openDatabase|judge|context\.derive|context\.database\.open|context\.store\.take|context\.executor\.stop|executor\.findImage|puller\.fetch|resolveReusable|whatRuns|governanceNow|deriveBy|triedAgain|clearTry)\b/;

test.each(FILES)('every await in %s.ts stands at a kill point', (name) => {
  const bare = source(name)
    .split('\n')
    .map((line, index) => ({ line: line.trim(), at: index + 1 }))
    .filter(({ line }) => /\bawait\b/.test(line) && !/^(\*|\/\/|\/\*)/.test(line))
    .filter(({ line }) => !/await (context\.)?at\(/.test(line) && !PASSES_ON.test(line));

  expect(bare).toEqual([]);
});

test('every step is used, and every step that is used is on the list', () => {
  const used = new Set(
    [...FILES, 'runner'].flatMap((name) =>
      [...source(name).matchAll(/\bat\(\s*'([a-z.-]+)'/g)].map((m) => m[1]),
    ),
  );

  expect([...used].sort()).toEqual([...STEPS].sort());
});
