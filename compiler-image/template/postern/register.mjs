/**
 * For `node --import`: resolves `postern/plugin` and `postern/test`, and Hono where the plugin has not installed its own, to
 * the copies in this folder. There is no gateway among them: for that, `postern plugin test`.
 */
import { registerHooks } from 'node:module'

const modules = new Map(
  ['plugin', 'test'].map((name) => [`postern/${name}`, new URL(`./${name}/index.ts`, import.meta.url).href]),
)

registerHooks({
  resolve(specifier, context, nextResolve) {
    const module = modules.get(specifier)
    if (module !== undefined) return nextResolve(module, context)
    try {
      return nextResolve(specifier, context)
    } catch (error) {
      if (!/^hono(\/|$)/.test(specifier)) throw error
      return nextResolve(specifier, { ...context, parentURL: import.meta.url })
    }
  },
})
