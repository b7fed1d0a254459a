/** Which repository was first seen under a name: a file of the steward's, replaced in one step. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const kept = z.record(z.string(), z.int().positive());

export class Pins {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  get(named: string): number | undefined {
    return this.#read()[named.toLowerCase()];
  }

  keep(named: string, id: number): void {
    const all = { ...this.#read(), [named.toLowerCase()]: id };
    writeFileSync(`${this.#file}.new`, `${JSON.stringify(all)}\n`, { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }

  #read(): Record<string, number> {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
    return kept.parse(JSON.parse(text));
  }
}
