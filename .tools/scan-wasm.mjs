// Makes src/disclosure/scan-bytes.ts from the AssemblyScript in src/disclosure/scan. Run it after a change there;
// a test compares what is checked in with what this prints (--print).
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { main } from 'assemblyscript/asc';

const folder = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'src', 'disclosure');

async function scanBytes() {
  let binary;
  const { error, stderr } = await main(
    // 112: that vectors are not for callers outside, which no export has.
    [
      'scan.ts',
      '--baseDir',
      path.join(folder, 'scan'),
      '-o',
      'scan.wasm',
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      '--enable',
      'simd',
      '--disableWarning',
      '112',
    ],
    { writeFile: (_name, content) => void (binary = content) },
  );
  if (error) throw new Error(`${stderr.toString()}${error.message}`);
  const text = Buffer.from(binary)
    .toString('base64')
    .replace(/.{1,108}/g, "  '$&' +\n");
  return `/** Made from src/disclosure/scan by \`node .tools/scan-wasm.mjs\`: change that, not this. */\nexport const SCAN =\n${text.slice(0, -3)};\n`;
}

const made = await scanBytes();
if (process.argv.includes('--print')) process.stdout.write(made);
else writeFileSync(path.join(folder, 'scan-bytes.ts'), made);
