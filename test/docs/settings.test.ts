/** Each role's page knows all of its settings: nobody has to read the program to find one. */
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { zoneSchema } from '../../agent/zone-schema.ts';
import { hubSchema } from '../../src/hub-config.ts';
import { proxySettings } from '../../src/proxy/settings.ts';
import { stewardSettings } from '../../src/steward/settings.ts';
import { raw } from './pictures.ts';

/** For the demo on a machine without Docker alone: nobody who installs anything writes them. */
const DEMO = new Set(['executor', 'commands', 'demo']);

test.each([
  ['hub', hubSchema, ['hub.md']],
  ['steward', stewardSettings, ['steward.md']],
  ['proxy', proxySettings, ['proxy.md']],
  ['zone', zoneSchema, ['agent.md', 'airlock.md']],
])('every setting of the %s stands on its page', (_role, schema, pages) => {
  // Where a role tells how it is stands once for all of them.
  const text = [...pages.map((page) => raw(`install/${page}`)), raw('metrics.md')].join('\n');
  const names = namesIn(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));

  expect(names.size).toBeGreaterThan(10);
  const asked = [...names].filter((name) => !DEMO.has(name));
  expect(asked.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
});

/** Of settings at every depth, and in what lists hold. */
function namesIn(schema: z.core.JSONSchema.BaseSchema): Set<string> {
  const names = new Set<string>();
  const look = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    const { properties, ...rest } = part as { properties?: Record<string, unknown> };
    for (const [name, below] of Object.entries(properties ?? {})) {
      names.add(name);
      look(below);
    }
    for (const each of Object.values(rest)) look(each);
  };
  look(schema);
  return names;
}
