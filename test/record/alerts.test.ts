/** Alerts of governance: whom they are for, when they are shown, and that nothing in them becomes more than text. */
import { expect, test } from '@jest/globals';
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { alertsFor, allAlerts } from '../../src/record/record.ts';
import type { Alert } from '../../src/governance/governance.ts';
import { AlertBanner } from '../../web/site/alerts.tsx';
import { aGovernance } from '../support/governance.ts';

const NOW = Date.parse('2027-03-01T12:00:00Z');
const anAlert = (given: Partial<Alert> = {}): Alert => ({
  ...{ id: 'away', level: 'info', title: 'Away', text: 'Back soon.' },
  ...{ from: NOW - 1000, until: NOW + 1000 },
  ...given,
});
const g = (...alerts: Alert[]) => ({ ...aGovernance(), alerts });
const html = (...alerts: Alert[]): string => renderToString(h(AlertBanner, { alerts }));

test('an alert is shown from its first moment until its last, the worst first', () => {
  const alerts = [
    anAlert({ id: 'begins', from: NOW }),
    anAlert({ id: 'ends', until: NOW }),
    anAlert({ id: 'later', from: NOW + 1 }),
    anAlert({ id: 'danger', level: 'danger', from: NOW - 5000 }),
    anAlert({ id: 'older', from: NOW - 4000 }),
  ];
  expect(alertsFor(g(...alerts), {}, NOW).map(({ id }) => id)).toEqual(['danger', 'begins', 'older']);
  expect(allAlerts(g(...alerts), NOW).map(({ alert, when }) => `${alert.id} ${when}`)).toEqual([
    ...['begins now', 'older now', 'danger now'],
    ...['later later', 'ends over'],
  ]);
  expect(alertsFor(undefined, {}, NOW)).toEqual([]);
  expect(allAlerts(undefined, NOW)).toEqual([]);
});

test.each([
  [undefined, {}, true],
  [{ projects: [], backends: [] }, {}, true],
  [{ projects: ['p1'], backends: [] }, {}, false],
  [{ projects: ['p1'], backends: [] }, { projects: ['p1'] }, true],
  [{ projects: ['p1'], backends: [] }, { projects: ['p2'], backends: ['b1'] }, false],
  [{ projects: ['p1'], backends: ['b1'] }, { backends: ['b1'] }, true],
])('an alert for %j on a page about %j: %j', (scope, about, shown) => {
  const alert = anAlert(scope && { scope });
  expect(alertsFor(g(alert), about, NOW)).toHaveLength(shown ? 1 : 0);
});

test('what governance writes is text with a few marks and whole links', () => {
  expect(
    html(
      anAlert({
        text: '**No runs** until [Monday](https://example.org/x).\n\n- one\n- `two`\n\n> said\n\n    code',
      }),
    ),
  ).toMatchInlineSnapshot(`
   "<section aria-label="Alerts" data-testid="alerts"><div class="flash  mb-3"><strong>Away</strong><div class="sp-text"><p><strong>No runs</strong> until <a href="https://example.org/x" rel="noopener noreferrer nofollow">Monday</a> <span class="color-fg-muted text-small">(example.org)</span>.</p><ul><li>one</li><li><code>two</code></li></ul><blockquote><p>said</p></blockquote><pre><code>code
   </code></pre></div><span class="text-small">Until <time datetime="2027-03-01T12:00:01.000Z">2027-03-01 12:00 UTC</time>. <a href="/alerts#away">All alerts</a></span></div></section>"
  `);
});

test.each([
  ['<script>alert(1)</script>', /<script/i],
  ['<img src=x onerror=alert(1)>', /<img/i],
  ['[x](javascript:alert(1))', /href="?javascript/i],
  ['[x](JaVaScRiPt&colon;alert(1))', /href/i],
  ['[x](data:text/html,<script>alert(1)</script>)', /href/i],
  ['[x](vbscript:x)', /href/i],
  ['[x](/logout)', /href="\/logout/],
  ['[x](//evil.example/)', /href="\/\/evil/],
  ['![x](https://evil.example/pixel.png)', /<img|src=/i],
  ['<a href="https://evil.example" onclick="x()">x</a>', /<a [^>]*onclick/i],
  ['[a]: javascript:alert(1)\n\n[a]', /href="?javascript/i],
  ['<javascript:alert(1)>', /href/i],
  ['</div></section><form action=https://evil.example>', /<form/i],
  ['&lt;script&gt;alert(1)&lt;/script&gt;', /<script/i],
  ['\u202Egnp.exe \u200B\u0007 \uD800', /[\u202E\u200B\u0007\uD800]/u],
])('%j does nothing', (text, bad) => {
  for (const alert of [anAlert({ text }), anAlert({ title: text.slice(0, 200) })]) {
    // The one link of the banner's own leads to the list of alerts.
    const shown = html(alert).replace('href="/alerts#away"', '');
    expect(shown).not.toMatch(bad);
    expect(shown).not.toMatch(/<[a-z][^<>]* on[a-z]+=/i);
  }
});

test('quotes a thousand deep, and a hundred thousand stars, are shown within a moment', () => {
  const before = process.cpuUsage();
  const deep = html(anAlert({ text: `${'>'.repeat(5000)} x` }));
  html(anAlert({ text: '*a **b '.repeat(12_000) }));
  html(anAlert({ text: '['.repeat(50_000) }));
  expect((deep.match(/<blockquote>/g) ?? []).length).toBeLessThan(30);
  expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
});
