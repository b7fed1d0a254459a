/** Where the tables come from: a deployment, a file or folder of schemas, or what the study has pinned. Read strictly, wherever from. */
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { request } from 'undici';
import { PINNED_TABLES } from '../../agent/images/dummy-rows/usual.ts';
import { seconds } from '../lib/clock.ts';
import { limitedText } from '../lib/limited-text.ts';
import { parseOrigin } from '../lib/origin.ts';
import { isRefusal, refusal, Refused } from '../lib/refusal.ts';
import { readYaml } from '../lib/yaml.ts';
import {
  publish,
  readPublished,
  tableFaults,
  tablesFile,
  type DatasetTables,
  type PublishedTables,
} from '../tables/tables.ts';

const MOST = 16 * 1024 * 1024;
const PATIENCE_MS = seconds(30);
export const PINNED = path.normalize(PINNED_TABLES);

/** Throws Refused `dummy.…`, `origin.…`. What a deployment says is kept in the study. */
export async function tablesFrom(from: string | undefined, study: string): Promise<PublishedTables> {
  if (from === undefined) return pinned(study);
  if (/^https?:\/\//i.test(from)) return fetched(from, study);
  return ofFiles(from);
}

function pinned(study: string): PublishedTables {
  const file = path.join(study, PINNED);
  const text = textOf(file);
  if (text !== undefined) return read(text, file);
  throw new Refused(
    refusal(
      'dummy.no-schemas',
      `There is no ${file}, so it is not known which tables there are.`,
      'Fetch it once: sallyport dummy-data --from <address of your deployment>',
    ),
  );
}

/** Undefined when it is not there. */
function textOf(file: string): string | undefined {
  try {
    if (statSync(file).size <= MOST) return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new Refused(
      refusal('dummy.unreadable', `${file} cannot be read (${code}).`, 'See that it is a file of yours.'),
      { cause: error },
    );
  }
  throw new Refused(refusal('dummy.too-large', `${file} is larger than any schema.`, 'Name another file.'));
}

function read(text: string, from: string): PublishedTables {
  const found = readPublished(text, from);
  if (isRefusal(found)) throw new Refused(found);
  return found;
}

async function fetched(address: string, study: string): Promise<PublishedTables> {
  const origin = parseOrigin(address);
  if (isRefusal(origin)) throw new Refused(origin);
  const from = `${origin}/schemas.json`;
  let text: string | undefined;
  try {
    const { statusCode, body } = await request(from, { signal: AbortSignal.timeout(PATIENCE_MS) });
    // Redirects are not followed: another host is another deployment.
    if (statusCode === 200) text = await limitedText(body as AsyncIterable<Uint8Array>, MOST);
    else await body.dump();
  } catch (error) {
    throw new Refused(
      refusal('dummy.away', `${origin} does not answer.`, `Try again; ${PINNED} is used without --from.`),
      { cause: error },
    );
  }
  if (text === undefined)
    throw new Refused(
      refusal(
        'dummy.nothing-published',
        `${origin} publishes no tables.`,
        'See that it is the address of your deployment.',
      ),
    );
  const found = read(text, from);
  const file = path.join(study, PINNED);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, `${JSON.stringify(found, null, 1)}\n`);
  renameSync(`${file}.part`, file);
  return found;
}

/** A schema file of governance, a folder of them, or what a deployment publishes as a file. */
function ofFiles(place: string): PublishedTables {
  const folder = statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const files = folder
    ? readdirSync(place)
        .filter((name) => name.endsWith('.yml'))
        .sort()
        .map((name) => path.join(place, name))
    : [place];
  const datasets = files.flatMap((file) => {
    const text = textOf(file);
    if (text === undefined)
      throw new Refused(
        refusal('dummy.unreadable', `There is no ${file}.`, 'Name a file, a folder, or an address.'),
      );
    return file.endsWith('.yml') ? [datasetIn(file, text)] : read(text, file).datasets;
  });
  const [fault] = tableFaults(datasets);
  if (fault) throw bad(`${fault.dataset}.yml`, `${fault.path.join('.')}: ${fault.message}`);
  return publish(datasets);
}

function datasetIn(file: string, text: string): DatasetTables {
  const document = readYaml(text)?.documents[0];
  if (!document || document.errors.length > 0) throw bad(file, document?.errors[0]?.message ?? 'no YAML');
  const found = tablesFile.safeParse(document.toJS({ maxAliasCount: 0 }));
  if (!found.success) {
    const { path: at, message } = found.error.issues[0]!;
    throw bad(file, `${at.map(String).join('.') || 'the whole'}: ${message}`);
  }
  return { dataset: path.basename(file, '.yml'), ...found.data };
}

const bad = (file: string, why: string): Refused =>
  new Refused(
    refusal(
      'dummy.bad-schema',
      `${file} is no schema of tables: ${why.replace(/\.$/, '')}.`,
      'docs/governance.md says what stands in one; name the folder when tables refer to those of other files.',
    ),
  );
