/** What every file viewer is given, and what it answers when it has drawn. */

export interface FilePart {
  /** The whole view: data attributes, toolbar and stage are inside. */
  root: HTMLElement;
  /** Where the viewer draws. */
  stage: HTMLElement;
  /** Where its buttons go. */
  tools: HTMLElement;
  /** Sentences about the file, read out to those who do not see. */
  note(text: string): void;
  path: string;
  size: number;
}

/** What a page may ask of a drawn file. */
export interface Drawn {
  /** To a place that a hint or a comment names. */
  goTo?(place: { row?: number; column?: string; line?: number }): void;
  /** Puts the cursor into the file's own search. */
  search?(): void;
  /** Where a comment would be anchored: `row=7,column=n`. */
  place?(): string | undefined;
}
