import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failure } from '../errors.ts'
import type { Manifest } from './manifest.ts'
import { type Outcome, run } from './run.ts'
import type { Stage } from './stage.ts'

/**
 * Sees to it that the stage has the plugin's dependencies: its node_modules as they are, or else an installation from its
 * lockfile. npm reads the folder's .npmrc and trusts its ca.pem or ca.crt; install scripts do not run.
 */
export async function resolveDependencies(stage: Stage, manifest: Manifest, env: NodeJS.ProcessEnv): Promise<void> {
  const { source } = stage
  const packages = Object.keys(manifest.dependencies)
  if (packages.length === 0 || existsSync(join(source, 'node_modules'))) return
  if (!existsSync(join(source, 'package-lock.json'))) throw failure('lockfile_missing', { packages })
  const { code, stdout, stderr } = await npmCi(source, await environment(stage, env))
  if (code !== 0) throw failure('install_failed', { output: essence(`${stderr}\n${stdout}`) })
}

async function npmCi(cwd: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  try {
    return await run('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { cwd, env })
  } catch (error) {
    throw failure('npm_missing', undefined, error)
  }
}

/** What an npm that runs us says about its own project must not reach the npm that we run. */
async function environment({ source, root }: Stage, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const inherited = Object.entries(env).filter(([name]) => !/^npm_(package_|lifecycle_|config_(local_)?prefix$)/.test(name))
  const quiet = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_update_notifier: 'false' }
  const trusted = [env.NODE_EXTRA_CA_CERTS, join(source, 'ca.pem'), join(source, 'ca.crt')].filter(
    (path) => path && existsSync(path),
  )
  const authorities = join(root, 'authorities.pem')
  const texts = await Promise.all(trusted.map((path) => readFile(path as string, 'utf8')))
  await writeFile(authorities, texts.join('\n'))
  return { ...Object.fromEntries(inherited), ...quiet, ...(texts.length > 0 && { NODE_EXTRA_CA_CERTS: authorities }) }
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
