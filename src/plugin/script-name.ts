import type { Stamp } from './stamp.ts'

/** The name under which V8 knows an artifact's code; stack frames carry it. */
export function scriptName({ name, sha256 }: Pick<Stamp, 'name' | 'sha256'>): string {
  return `postern:${name.replace(/[^\w.@/-]/g, '_')}@${sha256.slice(0, 8)}/plugin.js`
}
