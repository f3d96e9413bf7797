import { failure } from '../errors.ts'
import { refusalOf } from '../plugin/refusal.ts'
import { current } from '../version.ts'
import type { Command } from './io.ts'

/** Stands in for the commands of plugin authors in the gateway image, which holds no compiler. */
const pointAtCompiler: Command = async () => {
  throw failure('compiler_elsewhere', { command: refusalOf('plugin.js', current).rebuild })
}

export {
  pointAtCompiler as pluginBuild,
  pointAtCompiler as pluginDev,
  pointAtCompiler as pluginInit,
  pointAtCompiler as pluginTest,
}
