/** Shas, ids, times and addresses as words, so that a snapshot says the same tomorrow. */
export function tidy(text: string): string {
  const names = new Map<string, string>();
  const named = (kind: string, value: string): string => {
    const known = names.get(value);
    if (known) return known;
    const count = [...names.values()].filter((each) => each.startsWith(kind)).length;
    const name = `${kind}${count + 1}`;
    names.set(value, name);
    return name;
  };
  return (
    text
      .replace(/http:\/\/127\.0\.0\.1:\d+/g, 'GITHUB')
      .replace(/\b[0-9a-f]{40}\b/g, (sha) => named('SHA', sha))
      .replace(/\b(?=[a-z0-9]*[0-9])(?=[a-z0-9]*[a-z])[a-z0-9]{16}\b/g, (id) => named('ID', id))
      // One id in two hundred has no digit: known by where it stands, since words may be as long.
      .replace(/(?<=`|\brun |\/)[a-z]{16}\b/g, (id) => named('ID', id))
      .replace(/\b[0-9a-f]{12}\b/g, 'SHORT')
      .replace(/(reply:\d+:[a-z]+:)[0-9a-f-]+/g, '$1N')
      .replace(/\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC/g, 'TIME')
      .replace(/\b(?:\d+ h )?(?:\d+ min )?\d+ s\b/g, 'DURATION')
  );
}
