/**
 * What V8 made of a source, kept for the next suite of the same worker.
 *
 * Each suite has a context of its own, for which V8 reads every module anew: a fifth of the time before the first
 * test. What is kept is V8's form of the text alone, before any of it ran: no state of one suite comes to another.
 */
import vm from 'node:vm';

/** By kind and file. A text that differs is compiled, and kept in the place of the one before. */
const kept = new Map();
/** V8 does not keep who answers `import()`: such a text is compiled each time. */
const IMPORTS_LATER = /\bimport\s*\(/;
let isOn = false;

/** For this process, from now on. Jest makes its modules by these two. */
export function compileOnce() {
  const { SourceTextModule, compileFunction } = vm;
  // Without --experimental-vm-modules there is no such class.
  if (isOn || !SourceTextModule) return;
  isOn = true;
  vm.SourceTextModule = new Proxy(SourceTextModule, {
    construct(Original, [source, options]) {
      const name = `module ${options?.identifier}`;
      const data = known(name, source);
      if (data) {
        try {
          return new Original(source, { ...options, cachedData: data });
        } catch (error) {
          // V8's settings were changed meanwhile (v8.setFlagsFromString).
          if (error.code !== 'ERR_VM_MODULE_CACHED_DATA_REJECTED') throw error;
        }
      }
      const made = new Original(source, options);
      keep(name, source, () => made.createCachedData());
      return made;
    },
  });
  vm.compileFunction = (source, parameters, options) => {
    const name = `function ${options?.filename} ${parameters}`;
    const data = known(name, source);
    if (data) return compileFunction(source, parameters, { ...options, cachedData: data });
    const made = compileFunction(source, parameters, { ...options, produceCachedData: true });
    keep(name, source, () => made.cachedData);
    return made;
  };
}

function known(name, source) {
  const one = kept.get(name);
  return one?.source === source ? one.data : undefined;
}

function keep(name, source, data) {
  if (kept.get(name)?.source === source) return;
  kept.set(name, { source, data: IMPORTS_LATER.test(source) ? undefined : data() });
}
