/**
 * Where the image of a job says that it comes from, for the run's metadata. Stays in the zone.
 *
 * Whoever makes an image writes its labels: a value that is not one short plain line is as good as none.
 */
import { OUR_LABELS, USUAL_LABELS } from '../images/labels.ts';
import { BASE_CREATED_LABELS, BASE_REVISION_LABELS } from './compat.ts';

/** Named as in metadata.json. Each at most 200 printable characters of ASCII, without space around them. */
export interface ImageLabels {
  action_version?: string;
  action_revision?: string;
  action_created?: string;
  base_revision?: string;
  base_created?: string;
}

/** Of each, the first label that says something is taken. */
const READ_FROM = {
  action_version: [USUAL_LABELS.version],
  action_revision: [USUAL_LABELS.revision],
  action_created: [USUAL_LABELS.created],
  base_revision: [OUR_LABELS.baseRevision, ...BASE_REVISION_LABELS],
  base_created: [OUR_LABELS.baseCreated, ...BASE_CREATED_LABELS],
} satisfies Record<keyof ImageLabels, string[]>;

const PLAIN = /^[!-~](?:[ -~]{0,198}[!-~])?$/;

/** labels: of the container, which has its image's beneath its own. Undefined when they say nothing. */
export function imageLabels(labels: Readonly<Record<string, unknown>> | null): ImageLabels | undefined {
  const said = Object.entries(READ_FROM).flatMap(([name, from]) => {
    const value = from.map((label) => labels?.[label]).find(isPlain);
    return value === undefined ? [] : [[name, value] as const];
  });
  return said.length > 0 ? Object.fromEntries(said) : undefined;
}

const isPlain = (value: unknown): value is string => typeof value === 'string' && PLAIN.test(value);
