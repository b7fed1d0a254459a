/**
 * State on disk: one file, written beside the old one and renamed over it, so that a reader finds
 * either all of the old state or all of the new. Maps are written as `{"$map": [[key, value], …]}`.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export function readSnapshot<T>(file: string): T | undefined {
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, 'utf8'), (_key, value: unknown) => {
    const entries = (value as { $map?: [unknown, unknown][] } | null)?.$map;
    return Array.isArray(entries) ? new Map(entries) : value;
  }) as T;
}

export function writeSnapshot(file: string, data: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  const text = JSON.stringify(data, (_key, value: unknown) =>
    value instanceof Map ? { $map: [...value.entries()] } : value,
  );
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Writing stops the process for some milliseconds: seldom enough not to be seen in timings. */
const LEAST_WAIT_MS = 1000;

/** Writes some time after the last change: never more than a twentieth of the process's time. */
export class Saver {
  readonly #file: string;
  readonly #data: unknown;
  #timer: NodeJS.Timeout | undefined;
  #waitMs = LEAST_WAIT_MS;

  constructor(file: string, data: unknown) {
    this.#file = file;
    this.#data = data;
  }

  touch(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => this.flush(), this.#waitMs);
    this.#timer.unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const started = performance.now();
    writeSnapshot(this.#file, this.#data);
    this.#waitMs = Math.max(LEAST_WAIT_MS, 20 * (performance.now() - started));
  }
}
