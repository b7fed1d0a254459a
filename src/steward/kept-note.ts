/** The checkpoint that this steward committed last: a file of its own, replaced in one step. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

export class KeptNote {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  read(): string | undefined {
    try {
      return readFileSync(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  keep(note: string): void {
    writeFileSync(`${this.#file}.new`, note, { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }
}
