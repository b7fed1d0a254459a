/**
 * Makes github-schemas.json: what GitHub publishes about the operations and events that the sandbox
 * has, and everything they refer to.
 *
 *   node test/sandbox/vendor/extract.mjs
 *
 * Fetches @octokit/openapi and @octokit/openapi-webhooks (both MIT) with `npm pack` into a temporary
 * folder; unpacked they are too large (385 MB) to be dependencies. Descriptions and examples are left
 * out, and OpenAPI's `nullable` becomes JSON Schema.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EVENTS, OPERATIONS } from './selection.mjs';

const PACKAGES = { rest: '@octokit/openapi@23.0.2', webhooks: '@octokit/openapi-webhooks@12.1.0' };
const DOCUMENT = 'package/generated/api.github.com.json';

/** Left out; formats are not checked. */
const PROSE = new Set(
  'description example examples discriminator x-github title externalDocs format deprecated'.split(' '),
);
/** What stands below these keys are names, and a name may well be "description". */
const NAMES = new Set('properties schemas responses paths webhooks x-webhooks parameters headers'.split(' '));

const folder = mkdtempSync(join(tmpdir(), 'github-schemas-'));
try {
  const rest = fetchDocument(PACKAGES.rest);
  const hooks = fetchDocument(PACKAGES.webhooks);
  const out = {
    source: PACKAGES,
    licence: 'MIT, Copyright (c) 2020 Octokit contributors; see LICENSE beside this file',
    rest: subset(rest, restPaths(rest)),
    webhooks: subset(hooks, hookPaths(hooks)),
  };
  writeFileSync(new URL('github-schemas.json', import.meta.url), `${JSON.stringify(out)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function fetchDocument(name) {
  const packed = execFileSync('npm', ['pack', '--silent', name], { cwd: folder, encoding: 'utf8' }).trim().split('\n').at(-1);
  const text = execFileSync('tar', ['-xzOf', packed, DOCUMENT], { cwd: folder, maxBuffer: 2 ** 28, encoding: 'utf8' });
  return toJsonSchema(JSON.parse(text));
}

/** Operation → JSON answers by status. */
function restPaths(document) {
  const paths = {};
  for (const operation of OPERATIONS) {
    const [method, path] = operation.split(' ');
    const found = document.paths[path]?.[method.toLowerCase()];
    if (!found) throw new Error(`GitHub publishes no ${operation}`);
    const answers = {};
    for (const [status, response] of Object.entries(found.responses)) {
      const whole = response.$ref ? follow(document, response.$ref) : response;
      const schema = whole.content?.['application/json']?.schema;
      if (schema && status < 300) answers[status] = schema;
    }
    paths[operation] = answers;
  }
  return paths;
}

/** `event.action` → payload. */
function hookPaths(document) {
  const all = document.webhooks ?? document['x-webhooks'];
  const paths = {};
  for (const event of EVENTS) {
    const found = all[event.replace(/[._]/g, '-')];
    if (!found) throw new Error(`GitHub publishes no event ${event}`);
    paths[event] = found.post.requestBody.content['application/json'].schema;
  }
  return paths;
}

function follow(document, ref) {
  return ref.split('/').slice(1).reduce((node, key) => node[key.replaceAll('~1', '/').replaceAll('~0', '~')], document);
}

/** The schemas with all they refer to, references kept as `#/definitions/x`. */
function subset(document, schemas) {
  const definitions = {};
  const copy = (node) => {
    if (Array.isArray(node)) return node.map(copy);
    if (!node || typeof node !== 'object') return node;
    if (typeof node.$ref === 'string') {
      const name = node.$ref.split('/').at(-1);
      if (!(name in definitions)) {
        definitions[name] = {};
        definitions[name] = copy(follow(document, node.$ref));
      }
      return { $ref: `#/definitions/${name}` };
    }
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, copy(value)]));
  };
  return { schemas: copy(schemas), definitions };
}

function toJsonSchema(node, isNames = false) {
  if (Array.isArray(node)) return node.map((one) => toJsonSchema(one));
  if (!node || typeof node !== 'object') return node;
  const out = {};
  for (const [key, value] of Object.entries(node)) {
    if (!isNames && PROSE.has(key)) continue;
    out[key] = toJsonSchema(value, !isNames && NAMES.has(key));
  }
  if (isNames || typeof out.nullable !== 'boolean') return out;
  const { nullable, ...rest } = out;
  if (!nullable) return rest;
  if (!rest.type) return { anyOf: [rest, { type: 'null' }] };
  const values = rest.enum && !rest.enum.includes(null) ? { enum: [...rest.enum, null] } : {};
  return { ...rest, type: [rest.type, 'null'].flat(), ...values };
}
