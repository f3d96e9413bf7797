import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { failure } from '../errors.ts'
import type { Manifest } from './manifest.ts'
import { run } from './run.ts'
import type { Stage } from './stage.ts'

/**
 * Sees to it that the stage has the plugin's dependencies: its node_modules as they are, or else an installation from its
 * lockfile. npm reads the folder's .npmrc; install scripts do not run.
 */
export async function resolveDependencies({ source }: Stage, manifest: Manifest, env: NodeJS.ProcessEnv): Promise<void> {
  const packages = Object.keys(manifest.dependencies)
  if (packages.length === 0 || existsSync(join(source, 'node_modules'))) return
  if (!existsSync(join(source, 'package-lock.json'))) throw failure('lockfile_missing', { packages })
  const { code, stdout, stderr } = await npm(['ci', '--ignore-scripts', '--loglevel=error'], source, env)
  if (code !== 0) throw failure('install_failed', { output: essence(`${stderr}\n${stdout}`) })
}

async function npm(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
  try {
    return await run('npm', args, { cwd, env: environment(cwd, env) })
  } catch (error) {
    throw failure('npm_missing', undefined, error)
  }
}

/** What an npm that runs us says about its own project must not reach the npm that we run. */
function environment(source: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const inherited = Object.entries(env).filter(([name]) => !/^npm_(package_|lifecycle_|config_(local_)?prefix$)/.test(name))
  const quiet = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_update_notifier: 'false' }
  const authority = ['ca.pem', 'ca.crt'].map((name) => join(source, name)).find((path) => existsSync(path))
  return { ...(authority && { NODE_EXTRA_CA_CERTS: authority }), ...Object.fromEntries(inherited), ...quiet }
}

/** npm's report without its prefixes and its hints at log files. */
function essence(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!) ?/, '').trimEnd())
    .filter((line) => line !== '' && !/complete log of this run|npm help ci|^Options:|^\[-|^Run "npm/.test(line))
  return lines
    .slice(0, 12)
    .map((line) => `  ${line}`)
    .join('\n')
}
