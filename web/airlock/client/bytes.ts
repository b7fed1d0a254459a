/** Fetches one delivery of a file. What arrives must be as long as announced and hash to what was announced. */

export interface Announced {
  url: string;
  /** Below 0 when it is not known. */
  size: number;
  sha256: string;
}

/** Pieces as they come in. Throws when the answer is no, too short or too long. */
export async function* piecesOf({ url, size }: Announced): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const answer = await fetch(url, { credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer' });
  if (!answer.ok || !answer.body) throw new Error(`the content origin answered ${answer.status}`);
  const reader = answer.body.getReader();
  let received = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    received += value.length;
    if (size >= 0 && received > size) throw new Error('more bytes than announced');
    yield value;
  }
  if (size >= 0 && received !== size) throw new Error('fewer bytes than announced');
}

export async function bytesOf(announced: Announced): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of piecesOf(announced)) pieces.push(piece);
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/** True where there is nothing to compare with, and where the browser cannot hash: without TLS it may not. */
export async function isAnnounced(bytes: Uint8Array<ArrayBuffer>, sha256: string): Promise<boolean> {
  if (!globalThis.crypto?.subtle || sha256 === '') return true;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') === sha256;
}
