import { readFileSync } from 'node:fs'

/** A directive before any code; comments and other directives may come first. */
const directive = /^(?:#!.*|\s|\/\/.*|\/\*[\s\S]*?\*\/|;|(['"])(?!use strict)[^'"\n]*\1)*(['"])use strict\2/

/** Whether none of these CommonJS files counts on sloppy mode. Modules never do. */
export function areStrict(commonJs: readonly string[]): boolean {
  return commonJs.every((path) => path.endsWith('.json') || directive.test(readFileSync(path, 'utf8')))
}

/** Puts a bundle into strict mode, which modules are written for: one line before it, in its source map too. */
export function makeStrict({ code, sourceMap }: { code: string; sourceMap: string }) {
  const map = JSON.parse(sourceMap) as { mappings: string }
  return { code: `"use strict";\n${code}`, sourceMap: JSON.stringify({ ...map, mappings: `;${map.mappings}` }) }
}
