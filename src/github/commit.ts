/**
 * What a commit says: project.yaml, the codelists, the SQL its database actions name. The commit is
 * resolved once and everything is read at it.
 */
import { codelistFolder, codelistHash, readProjectBytes, type CodelistFolder } from '../pipeline/pipeline.ts';
import type { Pipeline } from '../pipeline/types.ts';
import type { ActionUse } from '../governance/governance.ts';
import type { ProjectAtCommit } from './checks/project.ts';
import type { RepoClient } from './repo.ts';

/** The reader takes what a person could have written; above that nothing is fetched into memory. */
const PROJECT_BYTES = 10 * 1024 * 1024;
const CODELIST_BYTES = 20 * 1024 * 1024;
const SQL_BYTES = 1024 * 1024;
const MOST_SQL = 30;

export async function projectAt(client: RepoClient, sha: string): Promise<ProjectAtCommit> {
  const bytes = await client.file('project.yaml', sha, PROJECT_BYTES);
  if (bytes === undefined) return { kind: 'missing' };
  if (bytes === 'too-large') return { kind: 'too-large' };
  return { kind: 'read', reading: readProjectBytes(bytes) };
}

/** Undefined: the study has no codelists. */
export async function codelistFolderAt(client: RepoClient, sha: string): Promise<CodelistFolder | undefined> {
  const entries = await client.folder('codelists', sha);
  if (!entries) return undefined;
  const files = new Map<string, Uint8Array | string>();
  const wanted = entries.filter(
    (each) => each.type === 'file' && /\.csv$|^codelists\.(?:txt|json)$/.test(each.name),
  );
  // One after another: GitHub advises against reading in parallel, and a study has a few lists.
  for (const { name } of wanted) {
    const bytes = await client.file(`codelists/${name}`, sha, CODELIST_BYTES);
    const read = bytes !== undefined && bytes !== 'too-large';
    // What is too large to be read has not the bytes that were recorded.
    if (name.endsWith('.csv')) files.set(name, read ? codelistHash(bytes) : 'unread');
    else if (read) files.set(name, bytes);
  }
  return codelistFolder(files);
}

/** What access findings are computed from. */
export async function usesOf(client: RepoClient, sha: string, pipeline: Pipeline): Promise<ActionUse[]> {
  const texts = new Map<string, string>();
  const paths = new Set(pipeline.actions.filter((each) => each.isDatabase).flatMap(sqlFiles));
  for (const path of [...paths].slice(0, MOST_SQL)) {
    const bytes = await client.file(path, sha, SQL_BYTES);
    if (bytes !== undefined && bytes !== 'too-large') texts.set(path, Buffer.from(bytes).toString('utf8'));
  }
  return pipeline.actions.map((action) => ({
    name: action.name,
    image: action.image,
    isDatabase: action.isDatabase,
    ...(action.permissions && { permissions: action.permissions }),
    sqlTexts: action.isDatabase ? sqlFiles(action).flatMap((path) => texts.get(path) ?? []) : [],
  }));
}

function sqlFiles({ args }: { args: string[] }): string[] {
  return args.filter((arg) => /^[A-Za-z0-9_][A-Za-z0-9_./-]*\.sql$/.test(arg) && !arg.includes('..'));
}
