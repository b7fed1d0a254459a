/**
 * JSON Schema of a project.yaml, for editors: it completes names and underlines most mistakes while
 * they are typed. `readProject` decides; whatever it accepts is valid here.
 */
import type { ACTION_KEYS } from './action.ts';
import { ACTION_NAME, IMAGE, PERMISSION_NAME } from './action.ts';
import type { DefaultKey } from './defaults.ts';
import { FOR_EACH, MAX_VARIABLES, VALUE, VARIABLE } from './for-each.ts';
import { VIEWABLE } from './paths.ts';
import type { TOP_KEYS } from './read.ts';
import { LATEST_VERSION } from './read.ts';
import { LEVELS, type Json } from './types.ts';

const alternatives = (endings: readonly string[]): string =>
  endings.map((ending) => ending.slice(1)).join('|');

const DESCRIPTIONS: Record<(typeof LEVELS)[number], string> = {
  highly_sensitive:
    'Records of single people, or anything that must never be looked at. Kept beside the data.',
  moderately_sensitive: 'Results to be looked at by output checkers and perhaps released.',
  minimally_sensitive: 'Kept like highly sensitive outputs.',
};

/** Only commands that name their image: those of other files may leave it to the defaults. */
const RUN = `^\\s*(?:\\S*["'\\\\]|${IMAGE.source.replace(/^\^|\$$/g, '')}(?:\\s|$))`;
/** An action that stands for many has a variable in its name, and no other has. */
const TEMPLATE_NAME = `<${VARIABLE.source.replace(/^\^|\$$/g, '')}>`;

/** id: the address it is published at. */
export function projectJsonSchema(id?: string): Parts {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...(id !== undefined && { $id: id }),
    title: 'Sallyport project file',
    type: 'object',
    required: ['version', 'actions'],
    additionalProperties: false,
    properties: {
      version: {
        description: `The version of this format; the latest is ${LATEST_VERSION}.`,
        anyOf: [
          { type: 'integer', minimum: 1, maximum: LATEST_VERSION },
          { type: 'string', pattern: `^[1-${LATEST_VERSION}](\\.0+)?$` },
        ],
      },
      expectations: { description: 'Only up to version 3.' },
      defaults: { $ref: '#/definitions/defaults' },
      actions: {
        type: 'object',
        description: 'The steps of the study. "run_all" means all of them.',
        additionalProperties: false,
        patternProperties: {
          [ACTION_NAME.source]: { $ref: '#/definitions/action' },
          [TEMPLATE_NAME]: { $ref: '#/definitions/template' },
        },
      },
    } satisfies Record<(typeof TOP_KEYS)[number], Json>,
    if: {
      required: ['defaults'],
      properties: {
        defaults: { type: 'object', required: ['image'], properties: { image: { type: 'string' } } },
      },
    },
    else: {
      properties: {
        actions: {
          type: 'object',
          patternProperties: {
            [ACTION_NAME.source]: { type: 'object', properties: { run: { type: 'string', pattern: RUN } } },
          },
        },
      },
    },
    definitions: {
      action: action(ACTION_PARTS),
      template: action({ ...ACTION_PARTS, ...TEMPLATE_PARTS }, ['for_each']),
      outputs: outputs(),
      anyOutputs: outputs('<'),
      defaults: defaults(),
    },
  };
}

type Parts = { [key: string]: Json };

const NEEDS: Json = {
  description: 'Actions that must succeed first; their outputs are there when this one runs.',
  anyOf: [{ type: 'null' }, { type: 'array', items: { type: 'string', pattern: '^[^ ]+$' } }],
};
const CONFIG: Json = {
  type: ['object', 'null'],
  description: 'Handed to the command as --config with this as JSON.',
};
const PERMISSIONS: Parts = {
  type: ['array', 'null'],
  description: 'Populations and components that it uses; each has to be granted to the project.',
};

const ACTION_PARTS: Record<(typeof ACTION_KEYS)[number], Json> = {
  run: {
    type: 'string',
    description: 'Image, version and command: python:v2 python analysis/model.py',
    pattern: '\\S',
  },
  outputs: { $ref: '#/definitions/outputs' },
  needs: NEEDS,
  config: CONFIG,
  permissions: { ...PERMISSIONS, items: { type: 'string', pattern: PERMISSION_NAME.source } },
  dummy_data_file: {
    type: ['string', 'null'],
    description: 'File that stands in for a database on dummy data.',
  },
};

/** Texts with variables in them can only be judged when these are filled in. */
const TEMPLATE_PARTS: Parts = {
  outputs: { $ref: '#/definitions/anyOutputs' },
  permissions: { ...PERMISSIONS, items: { type: 'string' } },
  [FOR_EACH]: {
    type: 'object',
    description: 'Variables and their values: one action for each combination, with <variable> filled in.',
    minProperties: 1,
    maxProperties: MAX_VARIABLES,
    propertyNames: { pattern: VARIABLE.source },
    additionalProperties: {
      type: 'array',
      minItems: 1,
      items: { anyOf: [{ type: 'string', pattern: VALUE.source }, { type: 'number' }, { type: 'boolean' }] },
    },
  },
};

function action(properties: Parts, more: string[] = []): Json {
  return { type: 'object', required: ['run', 'outputs', ...more], additionalProperties: false, properties };
}

function defaults(): Json {
  return {
    type: ['object', 'null'],
    description: 'What actions share. A part of their own replaces it; config is joined, key by key.',
    additionalProperties: false,
    properties: {
      image: {
        description: 'Image and version for each command that names none: python:v2',
        anyOf: [{ type: 'null' }, { type: 'string', pattern: IMAGE.source }],
      },
      needs: NEEDS,
      config: CONFIG,
      permissions: ACTION_PARTS.permissions,
    } satisfies Record<DefaultKey, Json>,
  };
}

/** only: what every path has to match instead of the rules for its level. */
function outputs(only?: string): Json {
  const level = (name: (typeof LEVELS)[number]): Json => ({
    description: DESCRIPTIONS[name],
    anyOf: [
      { type: 'null' },
      {
        type: 'object',
        minProperties: 1,
        additionalProperties: {
          type: 'string',
          description: 'Path from the top of the workspace; "*" stands for any characters but "/".',
          pattern:
            only ??
            (name === 'moderately_sensitive' ? `\\.(?:${alternatives(VIEWABLE)})$` : '\\.[^./]*[^.*/]$'),
        },
      },
    ],
  });
  return {
    type: 'object',
    minProperties: 1,
    additionalProperties: false,
    properties: Object.fromEntries(LEVELS.map((name) => [name, level(name)])),
  };
}
