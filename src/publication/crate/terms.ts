/** Names that the entities of a crate refer to each other by. */
import { mainCommit, type EditionContent } from '../content.ts';

export type Entity = { '@id': string; '@type': string | string[] } & Record<string, unknown>;
export type Ref = { '@id': string };
export const ref = (id: string): Ref => ({ '@id': id });

export const RO_CRATE = 'https://w3id.org/ro/crate/1.2';
export const FIVE_SAFES = 'https://w3id.org/5s-crate/0.4';
export const WORKFLOW_CRATE = 'https://w3id.org/workflowhub/workflow-ro-crate/1.0';
export const COMPLETED = 'http://schema.org/CompletedActionStatus';

/** Where things stand below `data/`. */
export const outputPath = (path: string): string => `outputs/${path}`;
export const STATEMENTS_PATH = 'provenance/statements.intoto.jsonl';
export const RELEASE_PATH = 'release.json';

/** A path as a reference: each part percent-encoded. */
export const idOfPath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** The newest commit's is `workflow/`, the others stand beside it. */
export function workflowFolder(content: EditionContent, commit: string): string {
  return commit === mainCommit(content) ? 'workflow/' : `workflow-${commit.slice(0, 12)}/`;
}

export const projectId = (content: EditionContent): string => `#project-${content.project.id}`;
export const publisherId = (content: EditionContent): string => content.deployment.address;
export const personId = (id: number): string => `#person-${id}`;
export const orgId = (org: string): string => `#organisation-${org}`;
