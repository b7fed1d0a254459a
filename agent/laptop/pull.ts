/** Fetches one image: what the engine says on the way, and in a person's words why it failed. */
import { refusal, type Refusal } from '../../src/lib/refusal.ts';
import type { Engine } from '../executor/engine.ts';
import { pullImage, type Said } from '../executor/pulling.ts';
import { hostOf } from './image-names.ts';
import type { Login } from './login.ts';
import { noRoom, noSuchImage, pullDenied, pullRefused, registryAway } from './words.ts';

export interface PullProgress {
  layers: number;
  layersDone: number;
  /** Of the layers that are being downloaded; layers not begun are not counted. */
  bytes: number;
  ofBytes: number;
}

/** Undefined when it is here now. Throws when the signal fires, and EngineLost. */
export async function pull(
  engine: Engine,
  address: string,
  login: Login | undefined,
  tell: (progress: PullProgress) => void,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const layers = new Map<string, Layer>();
  const hear = (said: Said): void => {
    if (note(layers, said)) tell(summed(layers));
  };
  const fault = await pullImage(engine, address, login, hear, signal);
  return fault === undefined ? undefined : pullFault(address, fault);
}

interface Layer {
  done: boolean;
  bytes: number;
  ofBytes: number;
}

const LAYER =
  /^(Pulling fs layer|Waiting|Downloading|Verifying|Download complete|Extracting|Pull complete|Already exists)/;
const DONE = /^(Pull complete|Already exists)/;

/** Whether it was about a layer. */
function note(layers: Map<string, Layer>, { id, status = '', progressDetail = {} }: Said): boolean {
  if (id === undefined || !LAYER.test(status)) return false;
  const layer = layers.get(id) ?? { done: false, bytes: 0, ofBytes: 0 };
  layers.set(id, layer);
  if (DONE.test(status)) layer.done = true;
  if (status === 'Downloading') {
    layer.bytes = progressDetail.current ?? layer.bytes;
    layer.ofBytes = progressDetail.total ?? layer.ofBytes;
  }
  if (status === 'Download complete' || layer.done) layer.bytes = layer.ofBytes;
  return true;
}

function summed(layers: ReadonlyMap<string, Layer>): PullProgress {
  const all = [...layers.values()];
  const sum = (of: (layer: Layer) => number): number => all.reduce((total, layer) => total + of(layer), 0);
  return {
    layers: all.length,
    layersDone: sum(({ done }) => Number(done)),
    bytes: sum(({ bytes }) => bytes),
    ofBytes: sum(({ ofBytes }) => ofBytes),
  };
}

const ROOM = /no space left|disk quota|not enough space/i;
const AWAY =
  /dial tcp|no such host|lookup .* on |i\/o timeout|timeout exceeded|connection (?:refused|reset)|unreachable|\bEOF\b|x509|tls:|server gave HTTP|awaiting headers|50[0234] /i;
const DENIED = /denied|unauthorized|authentication required|forbidden/i;
const UNKNOWN = /manifest unknown|name unknown|not found|no such image|does not exist/i;

/** Engines and registries have no codes for this, only sentences. */
export function pullFault(address: string, words: string): Refusal {
  if (ROOM.test(words)) return refusal('images.disk-full', ...noRoom(address));
  if (AWAY.test(words)) return refusal('images.registry-unreachable', ...registryAway(address, words));
  if (DENIED.test(words)) return refusal('images.denied', ...pullDenied(address, hostOf(address)));
  if (UNKNOWN.test(words)) return refusal('images.unknown', ...noSuchImage(address));
  return refusal('images.pull-failed', ...pullRefused(address, words));
}
