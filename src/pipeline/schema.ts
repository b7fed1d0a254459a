/**
 * JSON Schema of a project.yaml, for editors: it completes names and underlines most mistakes while
 * they are typed. `readProject` decides; whatever it accepts is valid here.
 */
import type { ACTION_KEYS } from './action.ts';
import { ACTION_NAME, IMAGE, PERMISSION_NAME } from './action.ts';
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

export function projectJsonSchema(): { [key: string]: Json } {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
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
      actions: {
        type: 'object',
        description: 'The steps of the study. "run_all" means all of them.',
        additionalProperties: false,
        patternProperties: { [ACTION_NAME.source]: { $ref: '#/definitions/action' } },
      },
    } satisfies Record<(typeof TOP_KEYS)[number], Json>,
    definitions: { action: action(), outputs: outputs() },
  };
}

function action(): Json {
  return {
    type: 'object',
    required: ['run', 'outputs'],
    additionalProperties: false,
    properties: {
      run: {
        type: 'string',
        description: 'Image, version and command: python:v2 python analysis/model.py',
        // Quotes may stand around the image; then only readProject can tell.
        pattern: `^\\s*(?:\\S*["'\\\\]|${IMAGE.source.replace(/^\^|\$$/g, '')}(?:\\s|$))`,
      },
      outputs: { $ref: '#/definitions/outputs' },
      needs: {
        description: 'Actions that must succeed first; their outputs are there when this one runs.',
        anyOf: [{ type: 'null' }, { type: 'array', items: { type: 'string', pattern: '^[^ ]+$' } }],
      },
      config: {
        type: ['object', 'null'],
        description: 'Handed to the command as --config with this as JSON.',
      },
      permissions: {
        type: ['array', 'null'],
        description: 'Populations and components that it uses; each has to be granted to the project.',
        items: { type: 'string', pattern: PERMISSION_NAME.source },
      },
      dummy_data_file: {
        type: ['string', 'null'],
        description: 'File that stands in for a database on dummy data.',
      },
    } satisfies Record<(typeof ACTION_KEYS)[number], Json>,
  };
}

function outputs(): Json {
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
          pattern: name === 'moderately_sensitive' ? `\\.(?:${alternatives(VIEWABLE)})$` : '\\.[^./]*[^.*/]$',
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
