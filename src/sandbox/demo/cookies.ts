/** What a browser keeps of one server, by name: each until the server says that it is over. */
export class Cookies extends Map<string, string> {
  /** As a request's headers say it; nothing when there is none. */
  get header(): { cookie?: string } {
    const cookie = [...this].map(([name, value]) => `${name}=${value}`).join('; ');
    return cookie === '' ? {} : { cookie };
  }

  /** The lines `Set-Cookie` of an answer. */
  keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...rest] = line.split(/;\s*/);
      const at = pair.indexOf('=');
      const name = pair.slice(0, at);
      if (rest.some((part) => /^max-age=0$/i.test(part))) this.delete(name);
      else this.set(name, pair.slice(at + 1));
    }
  }
}
