/** The engine of this machine, for commands that talk to it themselves. */
import { answeringEngine, ownerOf } from '../laptop.ts';
import type { Dialect } from '../executor/container.ts';
import { connectEngine, type Engine } from '../executor/engine.ts';

export interface LaptopEngine {
  engine: Engine;
  dialect: Dialect;
}

/** Throws Refused with why there is none. */
export async function laptopEngine(): Promise<LaptopEngine> {
  const { place, podman } = await answeringEngine();
  return {
    engine: connectEngine(place.socketPath, place.tcp),
    dialect: { podman, rootless: ownerOf(place) !== 0 },
  };
}
