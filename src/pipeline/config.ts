/** `config` of an action as the JSON it is handed over as. */
import type { Report } from './report.ts';
import type { MapNode, Node } from './tree.ts';
import type { Json } from './types.ts';
import * as words from './words.ts';

export function readConfig(map: MapNode, report: Report): { [key: string]: Json } {
  // fromEntries defines its keys, so that "__proto__" is a key like any other.
  return Object.fromEntries(
    map.entries.map((entry) => {
      if (!entry.keyIsText) report.error('project.config-key', entry.keySpot, words.configKey(entry.key));
      return [entry.key, json(entry.value, report)];
    }),
  );
}

function json(node: Node, report: Report): Json {
  if (node.kind === 'map') return readConfig(node, report);
  if (node.kind === 'seq') return node.items.map((item) => json(item, report));
  if (typeof node.value !== 'number' || isExact(node.value)) return node.value;
  report.error('project.config-number', node, words.configNumber(node.source));
  return null;
}

/** Not infinite, no NaN, and no whole number so large that its last digits would change. */
function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}
