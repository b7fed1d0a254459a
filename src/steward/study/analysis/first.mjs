// The first action: writes a table with nothing in it about anybody.
import { mkdirSync, writeFileSync } from 'node:fs';

mkdirSync('output', { recursive: true });
writeFileSync('output/first.csv', 'what,says\nfirst action,it works\n');
