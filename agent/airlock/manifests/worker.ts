/** The worker thread that reads one big manifest. */
import { createPublicKey } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { movable } from './packed.ts';
import { readHere } from './read.ts';
import type { Given } from './threaded.ts';

const { file, workspace, keys } = workerData as Given;
const read = readHere({
  file,
  workspace,
  keys: keys.map((key) => createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' })),
});
parentPort?.postMessage(read, read ? movable(read) : []);
