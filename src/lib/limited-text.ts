/** The answer of another server as text. Whatever it says of its length, no more than `most` bytes are kept of it. */

/** `body`: null is an answer without one. Throws what `tooLong` makes as soon as there are more than `most` bytes; then the rest is not read. */
export async function limitedText(
  body: AsyncIterable<Uint8Array> | null,
  most: number,
  tooLong = (): Error => new Error('the answer is too long'),
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > most) throw tooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
