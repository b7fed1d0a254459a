// What goes with a release: the parts it is made of (CycloneDX), and a statement (in-toto, SLSA provenance v1) of which commit
// it was built from and which tests had passed there. With a key (SALLYPORT_RELEASE_KEY, of `sallyport keygen`) it is signed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundled } from './bundled.mjs';
import { root } from './stale.mjs';

/** Described in docs/contributing.md, "A release". */
const BUILD_TYPE = 'urn:sallyport:release:v1';

const digestOf = (bytes) => createHash('sha256').update(bytes).digest('hex');
const git = (root, ...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
const commitTime = (root) => new Date(git(root, 'show', '-s', '--format=%cI', 'HEAD')).toISOString();

/** npm's own list of what the lock file ships, with nothing in it that another run would say otherwise. */
export function sbom(root, npm) {
  const { command, args } = npm([
    'sbom',
    '--sbom-format',
    'cyclonedx',
    '--omit',
    'dev',
    '--package-lock-only',
  ]);
  const list = JSON.parse(
    execFileSync(command, args, {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  const lock = digestOf(readFileSync(path.join(root, 'package-lock.json')));
  list.serialNumber = `urn:uuid:${[lock.slice(0, 8), lock.slice(8, 12), `5${lock.slice(13, 16)}`, `8${lock.slice(17, 20)}`, lock.slice(20, 32)].join('-')}`;
  list.metadata.timestamp = commitTime(root);
  list.metadata.tools = [];
  const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  Object.assign(list.metadata.component, { type: 'application', name, version });
  return `${JSON.stringify(list, null, 2)}\n`;
}

/** `tested`: what the last whole run of the tests left behind. */
export function statementOf(root, files, tested) {
  const commit = git(root, 'rev-parse', 'HEAD');
  const [repository] = git(root, 'config', '--default', '', '--get', 'remote.origin.url').split('\n');
  const isPublic = /^https:\/\/[^@\s]+$/.test(repository);
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map((file) => ({
      name: path.basename(file),
      digest: { sha256: digestOf(readFileSync(file)) },
    })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: { commit },
        internalParameters: { node: process.versions.node, suites: tested.suites, passed: tested.passed },
        resolvedDependencies: [
          { uri: isPublic ? `git+${repository}` : 'git+sallyport', digest: { gitCommit: commit } },
          {
            uri: 'package-lock.json',
            digest: { sha256: digestOf(readFileSync(path.join(root, 'package-lock.json'))) },
          },
        ],
      },
      runDetails: {
        builder: { id: 'urn:sallyport:builder:checkout' },
        metadata: { startedOn: commitTime(root) },
      },
    },
  };
}

/** Writes both beside the first file; their paths. */
export async function accompany(root, files, tested, npm, keyFile = process.env.SALLYPORT_RELEASE_KEY) {
  const folder = path.dirname(files[0]);
  const parts = path.join(folder, 'sbom.cdx.json');
  writeFileSync(parts, sbom(root, npm));
  const statement = statementOf(root, [...files, parts], tested);
  const signed = keyFile ? await signedWith(root, statement, keyFile) : statement;
  const provenance = path.join(folder, keyFile ? 'provenance.dsse.json' : 'provenance.unsigned.json');
  writeFileSync(provenance, `${JSON.stringify(signed, null, 2)}\n`);
  return [parts, provenance];
}

async function signedWith(root, statement, keyFile) {
  const { signEnvelope } = await bundled(root, 'src/protocol/dsse.ts');
  const { readPrivateKey } = await bundled(root, 'src/lib/keys.ts');
  return signEnvelope(statement, readPrivateKey(keyFile));
}

/** Lines that say what is wrong; none when this key signed it and each file that it names has its bytes. */
export async function verifyProvenance(root, file, key) {
  const { verifyEnvelope } = await bundled(root, 'src/protocol/dsse.ts');
  const read = verifyEnvelope(JSON.parse(readFileSync(file, 'utf8')), [key]);
  if (read.statement === undefined)
    return [`${path.basename(file)}: ${read.says ?? 'it is not signed by this key'}`];
  return read.statement.subject.flatMap(({ name, digest }) => {
    try {
      const bytes = readFileSync(path.join(path.dirname(file), path.basename(name)));
      return digestOf(bytes) === digest.sha256 ? [] : [`${name}: other bytes than were built.`];
    } catch {
      return [`${name}: it is not here.`];
    }
  });
}

// As a command: node .tools/provenance.mjs <provenance.dsse.json> <ed25519:…>
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file, key] = process.argv.slice(2);
  if (!file || !key) {
    console.error('Say which file, and whose key: node .tools/provenance.mjs provenance.dsse.json ed25519:…');
    process.exit(2);
  }
  const faults = await verifyProvenance(root, file, key);
  console.log(
    faults.length === 0 ? 'Signed by this key, and every file is what was built.' : faults.join('\n'),
  );
  process.exit(faults.length === 0 ? 0 : 1);
}
