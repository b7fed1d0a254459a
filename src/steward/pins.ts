/** A number for a name, such as the repository that was first seen under it: a file of the steward's, replaced in one step. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const kept = z.record(z.string(), z.int().positive());

export class Pins {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  get(named: string): number | undefined {
    const [all, name] = [this.#read(), named.toLowerCase()];
    // A project may be called like something that every object has.
    return Object.hasOwn(all, name) ? all[name] : undefined;
  }

  keep(named: string, id: number): void {
    this.#write({ ...this.#read(), [named.toLowerCase()]: id });
  }

  drop(named: string): void {
    const { [named.toLowerCase()]: _gone, ...others } = this.#read();
    this.#write(others);
  }

  #write(all: Record<string, number>): void {
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
