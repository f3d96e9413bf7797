/**
 * For `node --import`: resolves `postern/plugin`, and Hono where the plugin has not installed its own, to the copies in
 * this folder.
 */
import { registerHooks } from 'node:module'

const contract = new URL('./plugin/index.ts', import.meta.url).href

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier === 'postern/plugin') return nextResolve(contract, context)
    try {
      return nextResolve(specifier, context)
    } catch (error) {
      if (!/^hono(\/|$)/.test(specifier)) throw error
      return nextResolve(specifier, { ...context, parentURL: import.meta.url })
    }
  },
})
