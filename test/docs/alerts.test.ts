/**
 * docs/install/alerts.yml, evaluated by Prometheus itself (promtool): each alert in a case in which it must fire and in
 * one just short of it.
 */
import { afterAll, expect } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { requires } from '../support/require.ts';
import { CASES, type Case } from './alert-cases.ts';

const { describe, test } = requires('prometheus');
const RULES = path.resolve('docs/install/alerts.yml');
const { groups } = parse(readFileSync(RULES, 'utf8')) as {
  groups: {
    rules: { alert: string; labels: Record<string, string>; annotations: Record<string, string> }[];
  }[];
};
const rules = new Map(groups.flatMap((group) => group.rules).map((rule) => [rule.alert, rule]));
const folder = mkdtempSync(path.join(tmpdir(), 'alerts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Asked extends Case {
  alert: string;
  /** Labels of the alert that fires; undefined when it must not. */
  fires: Readonly<Record<string, string>> | undefined;
}
const namesOf = ({ series }: Case): string[] => Object.keys(series).map((name) => name.replace(/\{.*/, ''));

/** Each of promtool's tests is a database of its own: cases that ask of different metrics share one. */
function packed(cases: readonly Asked[]): Asked[][] {
  const groups: Asked[][] = [];
  for (const each of cases) {
    const mine = new Set(namesOf(each));
    const fits = (other: Asked): boolean =>
      other.alert !== each.alert && !namesOf(other).some((name) => mine.has(name));
    const group = groups.find((one) => one.every(fits));
    if (group) group.push(each);
    else groups.push([each]);
  }
  return groups;
}

/** One of promtool's own tests: every minute a sample, and what is said at that minute. */
function promtoolTest(cases: readonly Asked[]): object {
  return {
    interval: '1m',
    name: cases.map(({ alert, fires }) => `${alert} ${fires ? 'fires' : 'is quiet'}`).join(', '),
    input_series: cases.flatMap(({ series }) =>
      Object.entries(series).map(([name, values]) => ({ series: name, values })),
    ),
    alert_rule_test: cases.map(({ alert, at, fires }) => {
      const { labels, annotations } = rules.get(alert) ?? {};
      const expected = [{ exp_labels: { ...labels, ...fires }, exp_annotations: annotations }];
      return { eval_time: `${at}m`, alertname: alert, exp_alerts: fires ? expected : [] };
    }),
  };
}

function promtool(tests: object[]): { code: number | null; said: string } {
  const file = path.join(folder, 'tests.yml');
  writeFileSync(file, stringify({ rule_files: [RULES], evaluation_interval: '1m', tests }));
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
  return { code: status, said: stdout + stderr };
}

describe('alerts', () => {
  test('Prometheus takes the file', () => {
    expect(execFileSync('promtool', ['check', 'rules', RULES], { encoding: 'utf8' })).toContain(
      `SUCCESS: ${rules.size} rules found`,
    );
  });

  test('each has cases, and no case is of another', () => {
    expect(Object.keys(CASES).sort()).toEqual([...rules.keys()].sort());
    for (const [alert, { fires, quiet }] of Object.entries(CASES))
      expect([alert, fires.length > 0, quiet.length > 0]).toEqual([alert, true, true]);
  });

  test('each fires where it must, and where it must not stays quiet', () => {
    const cases = Object.entries(CASES).flatMap(([alert, { labels = {}, fires, quiet }]) => [
      ...fires.map((each) => ({ ...each, alert, fires: labels })),
      ...quiet.map((each) => ({ ...each, alert, fires: undefined })),
    ]);
    expect(promtool(packed(cases).map(promtoolTest))).toEqual({
      code: 0,
      said: expect.stringContaining('SUCCESS') as unknown,
    });
  });

  test('an alert that is expected and does not fire fails, and so does one that fires unexpected', () => {
    const alert = 'HubDatabaseAway';
    const [loud, still] = [CASES[alert]!.fires[0]!, CASES[alert]!.quiet[0]!];
    expect(promtool([promtoolTest([{ ...loud, alert, fires: undefined }])]).code).toBe(1);
    expect(promtool([promtoolTest([{ ...still, alert, fires: {} }])]).code).toBe(1);
  });
});
