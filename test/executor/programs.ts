/** What the contract's jobs do, as scripts for Node; the scripted executor acts them by name. */
export const PROGRAMS = {
  succeed: '',
  fail: 'process.exit(3)',
  say: `console.log('one'); console.error('two')`,
  chatter: `for (let n = 0; n < 20000; n++) console.log('line ' + n + ' ' + 'x'.repeat(80))`,
  environment: `require('fs').writeFileSync('environment.json', JSON.stringify(process.env))`,
  read: `process.stdout.write(require('fs').readFileSync('inputs/a.csv', 'utf8'))`,
  append: `require('fs').appendFileSync('runs.txt', 'run\\n')`,
  stay: `process.on('SIGTERM', () => require('fs').writeFileSync('asked', ''));
    require('fs').writeFileSync('ready', ''); setInterval(() => {}, 1e6)`,
  wait: `require('fs').writeFileSync('ready', ''); setInterval(() => {}, 1e6)`,
  // A runtime with a kernel of its own does not hear of what is changed from outside: it looks.
  finish: `const fs = require('fs'); setInterval(() => { if (fs.existsSync('go')) process.exit(0) }, 20);
    fs.writeFileSync('ready', ''); setInterval(() => {}, 1e6)`,
  fill: `const fs = require('fs'); fs.writeFileSync('ready', '');
    for (let n = 0; n < 40; n++) fs.writeFileSync('part' + n, Buffer.alloc(100_000)); setInterval(() => {}, 1e6)`,
} as const;

export type Program = keyof typeof PROGRAMS;
