/**
 * For `node --import`, in the process of a plugin's tests: `postern/plugin` and `postern/test` are this gateway's own, Hono
 * and zod too where the plugin has not installed them, and web objects are those that a plugin sees in a gateway.
 */
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { providedPackages, toolchain } from '../compiler/toolchain.ts'
import { webGlobals } from '../plugin/web-globals.ts'

const { testKit, packages } = toolchain()
const own: Readonly<Record<string, string>> = {
  'postern/plugin': pathToFileURL(testKit.plugin).href,
  'postern/test': pathToFileURL(testKit.test).href,
}
const besidePackages = pathToFileURL(join(packages, '..', 'postern.js')).href

Object.assign(globalThis, webGlobals)

registerHooks({
  resolve(specifier, context, nextResolve) {
    const url = own[specifier]
    if (url !== undefined) return nextResolve(url, context)
    try {
      return nextResolve(specifier, context)
    } catch (error) {
      if (!providedPackages.some((name) => specifier === name || specifier.startsWith(`${name}/`))) throw error
      return nextResolve(specifier, { ...context, parentURL: besidePackages })
    }
  },
})
