/**
 * The messages between hub and zone as the previous minor version had them, made from its schemas by
 * `z.toJSONSchema`. After a release they are made anew from what was released.
 */
export const PREVIOUS = '1.0';

export const PREVIOUS_SCHEMAS: Record<string, object> = {
  pollRequest: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      protocol: { type: 'number', const: 1 },
      seen: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
      waitMs: { type: 'integer', minimum: 0, maximum: 120000 },
      engine: { type: 'boolean' },
      freezes: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
    },
    required: ['protocol', 'seen', 'waitMs', 'engine'],
    additionalProperties: false,
  },
  pollAnswer: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      version: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
      tasks: {
        maxItems: 1000,
        type: 'array',
        items: {
          type: 'object',
          properties: { jws: { type: 'string', maxLength: 8192 } },
          required: ['jws'],
          additionalProperties: false,
        },
      },
      freezes: {
        type: 'object',
        properties: { jws: { type: 'string', maxLength: 65536 } },
        required: ['jws'],
        additionalProperties: false,
      },
    },
    required: ['version', 'tasks'],
    additionalProperties: false,
  },
  updateRequest: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      protocol: { type: 'number', const: 1 },
      updates: { minItems: 1, maxItems: 100, type: 'array', items: {} },
    },
    required: ['protocol', 'updates'],
    additionalProperties: false,
  },
  updateAnswer: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      answers: {
        type: 'array',
        items: { type: 'string', enum: ['taken', 'stale', 'unknown-task', 'malformed'] },
      },
    },
    required: ['answers'],
    additionalProperties: false,
  },
  heartbeatRequest: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      protocol: { type: 'number', const: 1 },
      engine: { type: 'boolean' },
      version: { type: 'string', pattern: '^[A-Za-z0-9.+-]{1,40}$' },
      governance: { type: 'string', pattern: '^[0-9a-f]{40}$' },
    },
    required: ['protocol', 'engine', 'version'],
    additionalProperties: false,
  },
  heartbeatAnswer: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      at: { type: 'integer', minimum: 0, maximum: 9007199254740991 },
      paused: { type: 'boolean' },
    },
    required: ['at', 'paused'],
    additionalProperties: false,
  },
  taskClaims: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      protocol: { type: 'number', const: 1 },
      agent: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$' },
      backend: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$' },
      seq: { type: 'integer', minimum: 1, maximum: 9007199254740991 },
      iat: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      exp: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
      task: {
        oneOf: [
          {
            type: 'object',
            properties: {
              type: { type: 'string', const: 'run' },
              id: { type: 'string', pattern: '^[a-z0-9]{16}$' },
              job: { type: 'string', pattern: '^[a-z0-9]{16}$' },
              request: { type: 'string', pattern: '^[a-z0-9]{16}$' },
              repository: {
                type: 'object',
                properties: {
                  id: { type: 'integer', exclusiveMinimum: 0, maximum: 9007199254740991 },
                  owner: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,38}$' },
                  name: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,100}$' },
                },
                required: ['id', 'owner', 'name'],
                additionalProperties: false,
              },
              branch: {
                type: 'string',
                minLength: 1,
                maxLength: 244,
                pattern:
                  '^(?!.*(\\.\\.|@\\{|\\/\\/|\\.lock(\\/|$)))[^\\s~^:?*[\\\\\\x00-\\x1f\\x7f-]?[^\\s~^:?*[\\\\\\x00-\\x1f\\x7f]*$',
              },
              commit: { type: 'string', pattern: '^[0-9a-f]{40}$' },
              action: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$' },
              workspace: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$' },
              requestedBy: { type: 'integer', exclusiveMinimum: 0, maximum: 9007199254740991 },
              reuse: { type: 'boolean', const: true },
            },
            required: [
              'type',
              'id',
              'job',
              'request',
              'repository',
              'branch',
              'commit',
              'action',
              'workspace',
              'requestedBy',
            ],
            additionalProperties: false,
          },
          {
            type: 'object',
            properties: {
              type: { type: 'string', const: 'cancel' },
              id: { type: 'string', pattern: '^[a-z0-9]{16}$' },
              job: { type: 'string', pattern: '^[a-z0-9]{16}$' },
              task: { type: 'string', pattern: '^[a-z0-9]{16}$' },
            },
            required: ['type', 'id', 'job', 'task'],
            additionalProperties: false,
          },
        ],
      },
    },
    required: ['protocol', 'agent', 'backend', 'seq', 'iat', 'exp', 'task'],
    additionalProperties: false,
  },
};
