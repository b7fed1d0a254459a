/** docs/metrics.md names every metric there is; dashboard and alerts ask for none that is not. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { AgentWatch } from '../../agent/agent-watch.ts';
import { AirlockWatch } from '../../agent/airlock-watch.ts';
import { jobCounts } from '../../src/hub-job-counts.ts';
import { hubMetrics } from '../../src/hub-metrics.ts';
import { observeHub } from '../../src/hub-observed.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import type { Metrics } from '../../src/lib/metrics.ts';
import { GovernanceLook } from '../../src/lib/role-metrics.ts';
import { ProxyWatch } from '../../src/proxy-watch.ts';
import { proxyCounts, storeCounts, upstreamCounts } from '../../src/proxy/metrics.ts';
import { StewardWatch } from '../../src/steward-watch.ts';

const doc = readFileSync('docs/metrics.md', 'utf8');
const SETTING = { listen: { host: '127.0.0.1', port: 0 } };
const logger = createLogger('test', { level: 'silent' });
const disk = { level: 'ok' as const, facts: undefined };
const closing: { close(): Promise<void> }[] = [];

interface Known {
  help: string;
  labels: string[];
}
/** Name without `sallyport_` → what the code says of it. Those of the process are kept apart. */
const known = new Map<string, Known>();
const ofProcess = new Set<string>();

function take(metrics: Metrics): void {
  for (const each of metrics.registry.getMetricsAsArray() as unknown as {
    name: string;
    help: string;
    labelNames: string[];
  }[]) {
    if (/^sallyport_[a-z]+_(process|nodejs)_/.test(each.name)) ofProcess.add(each.name);
    else known.set(each.name, { help: each.help, labels: each.labelNames });
  }
}

beforeAll(async () => {
  const governance = new GovernanceLook(systemClock);
  const hub = hubMetrics(systemClock);
  observeHub(hub.metrics, { db: {}, clock: systemClock } as never, {}, { startedAt: 0, governance });
  jobCounts(hub.metrics);
  hub.metrics.watchProcess();
  take(hub.metrics);
  const proxy = new ProxyWatch(systemClock);
  proxyCounts(proxy.metrics, () => 0);
  upstreamCounts(proxy.metrics);
  storeCounts(proxy.metrics);
  await proxy.start(SETTING, () => true, logger);
  take(proxy.metrics);
  const steward = new StewardWatch(systemClock);
  await steward.start(SETTING, () => 0, logger);
  take(steward.metrics);
  const parts = { data: 'dummy', clock: systemClock, disk, governance } as const;
  const agent = new AgentWatch(parts);
  await agent.start(
    SETTING,
    { running: () => 0, untold: () => 0, hasGovernance: () => true, draining: () => false },
    logger,
  );
  take(agent.metrics);
  const airlock = new AirlockWatch(parts);
  await airlock.start(
    SETTING,
    {
      database: {} as never,
      scanner: undefined,
      hasGovernance: () => true,
      mustScan: () => false,
      checksWaiting: () => 0,
      reached: () => true,
    },
    logger,
  );
  take(airlock.metrics);
  closing.push(proxy, steward, agent, airlock);
});
afterAll(async () => {
  for (const each of closing) await each.close();
});

test('the page lists every metric with its labels and its meaning, and no other', () => {
  const rows = [...doc.matchAll(/^\| `(sallyport_[a-z_]+)` \|([^|]*)\|([^|]*)\|/gm)].map(
    ([, name, labels = '', help = '']) =>
      [name, { labels: labels.match(/[a-z]+/g) ?? [], help: help.trim() }] as const,
  );
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(known));
});

const alerts = parse(readFileSync('docs/install/alerts.yml', 'utf8')) as {
  groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[];
};
const rules = alerts.groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(readFileSync('docs/install/grafana.json', 'utf8')) as {
  panels: {
    title: string;
    gridPos: { x: number; y: number; w: number; h: number };
    targets?: { expr: string; legendFormat: string }[];
  }[];
};
const targets = dashboard.panels.flatMap(({ targets: own = [] }) => own);

test('the page and the rules name the same alerts, each once', () => {
  const named = [...doc.matchAll(/^\| `(?:sallyport_[a-z0-9_]+|up)` \|.*\|([^|]*)\|$/gm)].flatMap(
    ([, told = '']) => told.match(/[A-Z][A-Za-z]+/g) ?? [],
  );
  expect([...new Set(named)].sort()).toEqual(rules.map(({ alert }) => alert).sort());
});

/** Asked for, but not there; a label that the metric does not have; brackets that do not meet. */
function faultsOf(expr: string): string[] {
  const faults: string[] = [];
  const names = [...expr.matchAll(/\b(sallyport_[a-z0-9_]+|up)\b(?:\{([^}]*)\})?/g)];
  if (names.length === 0) faults.push('asks for nothing');
  const labels = new Set(['job', 'instance', 'le']);
  for (const [, name = '', braces = ''] of names) {
    const base = name.replace(/_(bucket|sum|count)$/, '');
    const metric = known.get(name) ?? known.get(base);
    if (name !== 'up' && !metric && !ofProcess.has(name)) faults.push(`${name} is not there`);
    for (const label of metric?.labels ?? []) labels.add(label);
    for (const [, label = ''] of braces.matchAll(/([a-z_]+)\s*=~?\s*"/g))
      if (!labels.has(label)) faults.push(`${name} has no label ${label}`);
  }
  for (const [, list = ''] of expr.matchAll(/\bby \(([^)]*)\)/g))
    for (const label of list.split(',').map((each) => each.trim()))
      if (!labels.has(label)) faults.push(`no label ${label}`);
  const unquoted = expr.replace(/"[^"]*"/g, '');
  for (const [a, b] of ['()', '{}', '[]'].map((pair) => [...pair] as [string, string]))
    if (unquoted.split(a).length !== unquoted.split(b).length) faults.push(`${a} and ${b}`);
  return faults;
}

test('what an expression asks for wrongly is found', () => {
  expect(faultsOf('sum by (dor) (rate(sallyport_hub_http_request_total{result="failed"}[5m])')).toEqual([
    'sallyport_hub_http_request_total is not there',
    'sallyport_hub_http_request_total has no label result',
    'no label dor',
    '( and )',
  ]);
});

test('alerts and dashboard ask for metrics and labels that exist', () => {
  const all = [...rules.map(({ alert, expr }) => [alert, expr]), ...targets.map(({ expr }) => [expr, expr])];
  expect(all.flatMap(([name, expr = '']) => faultsOf(expr).map((fault) => `${name}: ${fault}`))).toEqual([]);
  expect(rules.filter(({ annotations }) => !annotations.summary)).toEqual([]);
});

test('labels that a legend shows are those that are left', () => {
  const faults = targets.flatMap(({ expr, legendFormat }) =>
    [...legendFormat.matchAll(/\{\{([a-z]+)\}\}/g)].flatMap(([, label = '']) =>
      new RegExp(`^(sum|min|max|histogram_quantile).*by \\([^)]*\\b${label}\\b`).test(expr) ? [] : [expr],
    ),
  );
  expect(faults).toEqual([]);
});

test('panels neither overlap nor leave the page', () => {
  const cells = new Map<string, string>();
  const faults: string[] = [];
  for (const { title, gridPos: at } of dashboard.panels) {
    if (at.x + at.w > 24) faults.push(`${title} leaves the page`);
    for (let x = at.x; x < at.x + at.w; x += 1)
      for (let y = at.y; y < at.y + at.h; y += 1) {
        const cell = `${x} ${y}`;
        if (cells.has(cell)) faults.push(`${title} lies on ${cells.get(cell)}`);
        cells.set(cell, title);
      }
  }
  expect([...new Set(faults)]).toEqual([]);
});
