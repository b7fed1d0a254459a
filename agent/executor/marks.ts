/**
 * Why we ended a job, on disk: the engine only knows that it was killed, and the agent that killed
 * it may not be the one that reads the exit. Written before the kill; the first reason stays. A disk that is full
 * keeps no job alive: then this process alone knows why. Beside it: when the engine went away while a job was waited
 * for.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const WHYS = ['stopped', 'time', 'disk'] as const;
export type Why = (typeof WHYS)[number];

export interface Marks {
  /** Never throws: what comes next is the kill. */
  put(id: string, why: Why): void;
  get(id: string): Why | undefined;
  /** The engine was lost at this moment; the last one stays. */
  putLoss(id: string, at: number): void;
  lossOf(id: string): number | undefined;
  drop(id: string): void;
}

export function marksIn(folder: string): Marks {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = (id: string) => path.join(folder, id);
  const unwritten = new Map<string, Why>();
  return {
    put(id, why) {
      if (this.get(id)) return;
      try {
        writeFileSync(file(id), why, { flush: true });
      } catch {
        unwritten.set(id, why);
      }
    },
    get(id) {
      const known = unwritten.get(id);
      if (known) return known;
      try {
        const text = readFileSync(file(id), 'utf8');
        return WHYS.find((why) => why === text);
      } catch {
        return undefined;
      }
    },
    putLoss(id, at) {
      writeFileSync(`${file(id)}.lost`, String(at));
    },
    lossOf(id) {
      try {
        return Number(readFileSync(`${file(id)}.lost`, 'utf8')) || undefined;
      } catch {
        return undefined;
      }
    },
    drop(id) {
      unwritten.delete(id);
      rmSync(file(id), { force: true });
      rmSync(`${file(id)}.lost`, { force: true });
    },
  };
}
