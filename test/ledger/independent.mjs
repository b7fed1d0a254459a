// A second opinion on a log: written from RFC 6962 and C2SP tlog-tiles alone, sharing no code with the rest.
//   node test/ledger/independent.mjs <folder of a mirror> <verifier key> [<earlier checkpoint>]
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';

const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** RFC 6962, 2.1, word for word. */
function treeHash(leaves, from = 0, to = leaves.length) {
  if (to === from) return sha256();
  if (to - from === 1) return leaves[from];
  let k = 1;
  while (k * 2 < to - from) k *= 2;
  return sha256(NODE, treeHash(leaves, from, from + k), treeHash(leaves, from + k, to));
}

function insist(truth, what) {
  if (!truth) throw new Error(what);
}

/** signed-note and tlog-checkpoint: the size and root that this key has signed. */
export function readCheckpoint(note, vkey) {
  const [, name, id, key64] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey);
  const key = Buffer.from(key64, 'base64');
  insist(
    sha256(Buffer.from(`${name}\n`), key)
      .toString('hex')
      .startsWith(id),
    'the key has another id',
  );
  const split = note.lastIndexOf('\n\n');
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2).split('\n');
  const ours = lines
    .filter((line) => line.startsWith(`— ${name} `))
    .map((line) => Buffer.from(line.split(' ')[2], 'base64'))
    .filter((bytes) => bytes.subarray(0, 4).toString('hex') === id);
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(1)]);
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const good = ours.some((bytes) => verify(null, Buffer.from(text), publicKey, bytes.subarray(4)));
  insist(good, 'the checkpoint is not signed by the key');
  const [origin, size, root] = text.split('\n');
  insist(origin === name, 'the checkpoint is of another log');
  return { size: Number(size), root };
}

function pathOf(kind, n, width) {
  let place = String(n % 1000).padStart(3, '0');
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000))
    place = `x${String(rest % 1000).padStart(3, '0')}/${place}`;
  return `tile/${kind}/${place}${width < 256 ? `.p/${width}` : ''}`;
}

function entriesIn(bundle) {
  const entries = [];
  for (let at = 0; at < bundle.length; at += 2 + bundle.readUInt16BE(at))
    entries.push(bundle.subarray(at + 2, at + 2 + bundle.readUInt16BE(at)));
  return entries;
}

/** `read` gives the bytes at a path beneath the log's address. Throws at the first thing that is wrong. */
export function check(read, vkey, earlier) {
  const now = readCheckpoint(read('checkpoint').toString(), vkey);
  const leaves = [];
  for (let n = 0; n * 256 < now.size; n += 1) {
    const width = Math.min(256, now.size - n * 256);
    const entries = entriesIn(read(pathOf('entries', n, width)));
    insist(entries.length === width, `bundle ${n} is not ${width} entries wide`);
    leaves.push(...entries.map((entry) => sha256(LEAF, entry)));
  }
  insist(treeHash(leaves).toString('base64') === now.root, 'the entries do not give the root');
  // Each hash of a tile is that of 256^level leaves.
  for (let level = 0, span = 1; Math.floor(now.size / span) > 0; level += 1, span *= 256) {
    const hashes = Math.floor(now.size / span);
    for (let n = 0; n * 256 < hashes; n += 1) {
      const width = Math.min(256, hashes - n * 256);
      const expected = Array.from({ length: width }, (_, at) => (n * 256 + at) * span).map((from) =>
        treeHash(leaves, from, from + span),
      );
      insist(Buffer.concat(expected).equals(read(pathOf(level, n, width))), `tile ${level}/${n} is wrong`);
    }
  }
  if (earlier === undefined) return now;
  const then = readCheckpoint(earlier, vkey);
  insist(then.size <= now.size, 'the log became shorter');
  insist(treeHash(leaves, 0, then.size).toString('base64') === then.root, 'the log was rewritten');
  return now;
}

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) {
  const [, , dir, vkey, earlier] = argv;
  const since = earlier === undefined ? undefined : readFileSync(earlier, 'utf8');
  const { size, root } = check((path) => readFileSync(`${dir}/${path}`), vkey, since);
  console.log(`ok ${size} ${root}`);
}
