/** What an App may write into a check run: parsing and GitHub's limits, all answered with 422. */
import { invalidRequest, longerThan, type Failure } from './failure.ts';
import { CONCLUSIONS, type Annotation, type CheckAction, type CheckRun, type Conclusion } from './model.ts';

export interface CheckFields {
  name?: string;
  headSha?: string;
  externalId?: string;
  detailsUrl?: string;
  status?: CheckRun['status'];
  conclusion?: Conclusion;
  startedAt?: number;
  completedAt?: number;
  title?: string;
  summary?: string;
  text?: string;
  annotations?: Annotation[];
  actions?: CheckAction[];
}

const MOST_TEXT = 65_535;
const MOST_ANNOTATIONS = 50;
const MOST_DETAILS = 65_536;
const LEVELS: readonly string[] = ['notice', 'warning', 'failure'];

type Json = Record<string, unknown>;

/** The body of a create or update call as fields, or every complaint at once. */
export function parseCheck(body: Json): CheckFields | Failure {
  const faults: string[] = [];
  const text = (source: Json, key: string): string | undefined => {
    const value = source[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return value;
    faults.push(`For 'properties/${key}', ${JSON.stringify(value)} is not a string.`);
    return undefined;
  };
  const time = (key: string): number | undefined => {
    const value = text(body, key);
    if (value === undefined) return undefined;
    const at = Date.parse(value);
    if (Number.isNaN(at))
      faults.push(`For 'properties/${key}', ${JSON.stringify(value)} is not a date-time.`);
    return at;
  };
  const fields: CheckFields = {
    name: text(body, 'name'),
    headSha: text(body, 'head_sha'),
    externalId: text(body, 'external_id'),
    detailsUrl: text(body, 'details_url'),
    status: text(body, 'status') as CheckFields['status'],
    conclusion: text(body, 'conclusion') as CheckFields['conclusion'],
    startedAt: time('started_at'),
    completedAt: time('completed_at'),
  };
  if (body['output'] !== undefined && body['output'] !== null) {
    const output = body['output'] as Json;
    fields.title = text(output, 'title');
    fields.summary = text(output, 'summary');
    fields.text = text(output, 'text');
    // The title may be left out when only annotations are added; the summary never.
    if (fields.summary === undefined) faults.push(`"summary" wasn't supplied.`);
    if (output['annotations'] !== undefined)
      fields.annotations = parseAnnotations(output['annotations'], faults);
  }
  if (body['actions'] !== undefined) fields.actions = parseActions(body['actions'], faults);
  return faults.length > 0 ? invalidRequest(...faults) : fields;
}

function parseAnnotations(value: unknown, faults: string[]): Annotation[] {
  if (!Array.isArray(value)) {
    faults.push(`For 'properties/annotations', it is not an array.`);
    return [];
  }
  return value.map((one: Json, index) => {
    for (const key of ['path', 'message', 'annotation_level']) {
      if (typeof one[key] !== 'string' || one[key] === '')
        faults.push(`annotations/${index}: "${key}" wasn't supplied.`);
    }
    for (const key of ['start_line', 'end_line']) {
      if (!Number.isInteger(one[key]) || Number(one[key]) < 0)
        faults.push(`annotations/${index}: "${key}" is not a line number.`);
    }
    if (typeof one['annotation_level'] === 'string' && !LEVELS.includes(one['annotation_level'])) {
      faults.push(
        `annotations/${index}: "${one['annotation_level']}" is not a member of ${JSON.stringify(LEVELS)}.`,
      );
    }
    const oneLine = one['start_line'] === one['end_line'];
    if (!oneLine && (one['start_column'] !== undefined || one['end_column'] !== undefined)) {
      faults.push(
        `annotations/${index}: columns can only be given when start_line and end_line are the same.`,
      );
    }
    return {
      path: String(one['path']),
      startLine: Number(one['start_line']),
      endLine: Number(one['end_line']),
      startColumn: typeof one['start_column'] === 'number' ? one['start_column'] : null,
      endColumn: typeof one['end_column'] === 'number' ? one['end_column'] : null,
      level: one['annotation_level'] as Annotation['level'],
      title: typeof one['title'] === 'string' ? one['title'] : null,
      message: String(one['message']),
      rawDetails: typeof one['raw_details'] === 'string' ? one['raw_details'] : null,
    };
  });
}

function parseActions(value: unknown, faults: string[]): CheckAction[] {
  if (!Array.isArray(value)) {
    faults.push(`For 'properties/actions', it is not an array.`);
    return [];
  }
  return value.map((one: Json, index) => {
    for (const key of ['label', 'description', 'identifier']) {
      if (typeof one[key] !== 'string' || one[key] === '')
        faults.push(`actions/${index}: "${key}" wasn't supplied.`);
    }
    return {
      label: String(one['label']),
      description: String(one['description']),
      identifier: String(one['identifier']),
    };
  });
}

export function checkFaults(fields: CheckFields, creating: boolean): Failure | undefined {
  const faults: string[] = [];
  if (creating && !fields.name) faults.push(`"name" wasn't supplied.`);
  if (creating && !fields.headSha) faults.push(`"head_sha" wasn't supplied.`);
  if (fields.status && !['queued', 'in_progress', 'completed'].includes(fields.status)) {
    faults.push(`${fields.status} is not a member of ["queued", "in_progress", "completed"].`);
  }
  if (fields.conclusion && !(CONCLUSIONS as readonly string[]).includes(fields.conclusion)) {
    faults.push(`${fields.conclusion} is not a member of ${JSON.stringify(CONCLUSIONS)}.`);
  }
  if (fields.status === 'completed' && !fields.conclusion)
    faults.push(`"conclusion" is required when status is "completed".`);
  if (creating && fields.summary !== undefined && !fields.title) faults.push(`"title" wasn't supplied.`);
  for (const key of ['summary', 'text'] as const) {
    if (longerThan(fields[key] ?? '', MOST_TEXT))
      faults.push(`Only ${MOST_TEXT} characters are allowed; ${fields[key]?.length} were supplied.`);
  }
  if ((fields.annotations?.length ?? 0) > MOST_ANNOTATIONS) {
    faults.push(
      `No more than ${MOST_ANNOTATIONS} items are allowed; ${fields.annotations?.length} were supplied.`,
    );
  }
  for (const { title, message, rawDetails } of fields.annotations ?? []) {
    if (longerThan(title ?? '', 255)) faults.push('An annotation title may have 255 characters.');
    if (Buffer.byteLength(message) > MOST_DETAILS || Buffer.byteLength(rawDetails ?? '') > MOST_DETAILS) {
      faults.push('An annotation message or its details may have 64 KB.');
    }
  }
  if ((fields.actions?.length ?? 0) > 3)
    faults.push(`No more than 3 items are allowed; ${fields.actions?.length} were supplied.`);
  for (const action of fields.actions ?? []) {
    for (const [key, most] of [
      ['label', 20],
      ['identifier', 20],
      ['description', 40],
    ] as const) {
      if (longerThan(action[key], most))
        faults.push(`Only ${most} characters are allowed for an action's ${key}.`);
    }
  }
  return faults.length > 0 ? invalidRequest(...new Set(faults)) : undefined;
}

/** Annotations pile up; everything else given replaces what was there. */
export function applyCheck(run: CheckRun, fields: CheckFields, now: number): void {
  if (fields.name !== undefined) run.name = fields.name;
  if (fields.externalId !== undefined) run.externalId = fields.externalId;
  if (fields.detailsUrl !== undefined) run.detailsUrl = fields.detailsUrl;
  if (fields.startedAt !== undefined) run.startedAt = fields.startedAt;
  if (fields.title !== undefined) run.title = fields.title;
  if (fields.summary !== undefined) run.summary = fields.summary;
  if (fields.text !== undefined) run.text = fields.text;
  if (fields.actions !== undefined) run.actions = fields.actions;
  run.annotations.push(...(fields.annotations ?? []));
  if (fields.conclusion !== undefined) {
    run.status = 'completed';
    run.conclusion = fields.conclusion;
    run.completedAt = fields.completedAt ?? now;
  } else if (fields.status !== undefined && fields.status !== 'completed') {
    run.status = fields.status;
    run.conclusion = null;
    run.completedAt = null;
  }
}
