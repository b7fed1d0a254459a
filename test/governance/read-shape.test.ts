/** Governance, file by file: what is not plain YAML, and what is not its shape. */
import { describe, expect, test } from '@jest/globals';
import { edited, governanceFiles } from '../support/governance.ts';
import { told } from './told.ts';

describe('what is not plain YAML is refused:', () => {
  test.each([
    [
      'an anchor',
      'a: &x 1\n',
      'deployment.yml «1» Anchors ("&name") are not taken: write the value where it belongs. (governance.anchor)',
    ],
    [
      'an alias',
      'a: *x\n',
      'deployment.yml «*x» Aliases ("*name") are not taken: write the value where it belongs. (governance.alias)',
    ],
    ['a tag', 'a: !!str 1\n', 'deployment.yml «1» Tags ("!name") are not taken. (governance.tag)'],
    ['a custom tag', 'a: !x [1]\n', 'deployment.yml «[1» Tags ("!name") are not taken. (governance.tag)'],
    [
      'a merge key',
      '<<: {a: 1}\n',
      'deployment.yml «<<:» A key here must be a plain word; merge keys ("<<") are not taken. (governance.odd-key)',
    ],
    [
      'a complex key',
      '? [a]\n: 1\n',
      'deployment.yml «[a» A key here must be a plain word; merge keys ("<<") are not taken. (governance.odd-key)',
    ],
    [
      'an empty key',
      ': 1\n',
      'deployment.yml «:» A key here must be a plain word; merge keys ("<<") are not taken. (governance.odd-key)',
    ],
    [
      'a key twice',
      'a: 1\nb: 2\na: 3\n',
      'deployment.yml «a:» The key "a" is given twice. Keep one of them. (governance.duplicate-key)',
    ],
    [
      'a longer key twice',
      'alpha: 1\nalpha : 3\n',
      'deployment.yml «alpha» The key "alpha" is given twice. Keep one of them. (governance.duplicate-key)',
    ],
    [
      'a second document',
      'a: 1\n---\nb: 2\n',
      'deployment.yml «---» The file holds a second document ("---"). (governance.second-document)',
    ],
    [
      'a broken list',
      'a: [1\n',
      'deployment.yml «» This is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]. (governance.yaml)',
    ],
    ['an empty file', '', 'deployment.yml «» The file is empty. (governance.empty)'],
    ['only a comment', '# later\n', 'deployment.yml «#» The file is empty. (governance.empty)'],
    [
      'endless nesting',
      '['.repeat(5000),
      'deployment.yml «[[[[[[[[[[[[[[[[[[[[» The file nests deeper, or holds a longer mapping, than anyone can read. (governance.yaml)',
    ],
    [
      'a huge file',
      'a'.repeat(2_000_001),
      'deployment.yml «aaaaaaaaaaaaaaaaaaaa» The file is larger than 2000000 characters. Write one file for each project, and take out what no longer holds. (governance.too-large)',
    ],
  ])('%s', (_what, text, sentence) => {
    expect(told(governanceFiles({ 'deployment.yml': text }))).toContain(sentence);
  });
});

describe('the shape of a file:', () => {
  test.each([
    [
      'a mapping where a list belongs',
      'people.yml',
      'rowan: 1\n',
      'people.yml «rowan:» people.yml must be a list. (governance.value)',
    ],
    [
      'a list where a mapping belongs',
      'permissions/datasets.yml',
      '- a\n',
      'permissions/datasets.yml «-» permissions/datasets.yml must be a mapping of names to entries. (governance.value)',
    ],
    [
      'null where a mapping belongs',
      'permissions/datasets.yml',
      '~\n',
      'permissions/datasets.yml «~» permissions/datasets.yml must be a mapping of names to entries. (governance.value)',
    ],
    [
      'text where a mapping belongs',
      'deployment.yml',
      'hello\n',
      'deployment.yml «hello» This entry must be a mapping. (governance.value)',
    ],
    [
      'text where a person belongs',
      'people.yml',
      '- rowan\n',
      'people.yml «rowan» This entry must be a mapping. (governance.value)',
    ],
  ])('%s', (_what, path, text, sentence) => {
    expect(told(governanceFiles({ [path]: text }))).toContain(sentence);
  });

  test.each([
    ['deployment.yml', 'app_id: 4711', 'app_id: x', '«x» "app_id" must be a number. (governance.value)'],
    [
      'deployment.yml',
      'base_url: https://research',
      'base_url: http://research',
      '«http://research.exam» "base_url" must be an https address. (governance.value)',
    ],
    [
      'deployment.yml',
      "project_number: '^NS",
      "project_number: '^NS(",
      '«\'^NS(-20[0-9» "project_number" must be a regular expression. (governance.value)',
    ],
    [
      'deployment.yml',
      'repos: {governance: 9001}',
      'repos: {Governance: 9001}',
      '«Governance:» The key "Governance" is not a name. (governance.value)',
    ],
    [
      'deployment.yml',
      'id: northshire-schools',
      'id: 7',
      '«7» "id" must be text (quote it). (governance.value)',
    ],
    [
      'backends.yml',
      "agent: 'ed25519:",
      "agent: 'ed25519:x",
      '«\'ed25519:…» "agent" must be a key as "sallyport keygen" prints it: ed25519:…. (governance.value)',
    ],
    [
      'backends.yml',
      'memory: 4G',
      'memory: 4 gigs',
      '«4» "memory" must be a size like 512K, 20M or 4G. (governance.value)',
    ],
    [
      'backends.yml',
      'memory: 4G',
      'memory: 0G',
      '«0G» "memory" must be a size above zero. (governance.value)',
    ],
    [
      'backends.yml',
      'alert_after: PT5M',
      'alert_after: PT0S',
      '«PT0S» "alert_after" must be a duration above zero. (governance.value)',
    ],
    [
      'backends.yml',
      'data: dummy',
      'data: fake',
      '«fake» "data" must be one of "real", "dummy". (governance.value)',
    ],
    [
      'images.yml',
      ', database: true',
      ", image_id: 'sha256:" + '3'.repeat(64) + "'",
      '«\'sha256:333333333333» "digest" must be given alone, without an image_id. (governance.value)',
    ],
    [
      'images.yml',
      `, digest: 'sha256:${'2'.repeat(64)}'`,
      '',
      '«{name:» "digest" is missing. (governance.missing-key)',
    ],
    ['people.yml', '  name: Rowan Example\n', '', '«id:» "name" is missing. (governance.missing-key)'],
    [
      'people.yml',
      'rowan@example.edu',
      'rowan',
      '«rowan» This entry must be an e-mail address. (governance.value)',
    ],
    [
      'permissions/datasets.yml',
      'ask: https://research.example.edu/permissions/results',
      'ask: by letter',
      '«by» "ask" must be an https address. (governance.value)',
    ],
  ])('%s: %s → %s', (path, from, to, sentence) => {
    expect(told(edited({ [path]: [from, to] }))).toContain(`${path} ${sentence}`);
  });
});
