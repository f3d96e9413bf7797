import { spawn } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { toolchain } from '../compiler/toolchain.ts'
import { failure } from '../errors.ts'
import type { Command, Io } from './io.ts'
import { tellFailure } from './plugin-arguments.ts'

const USAGE = `usage: postern plugin test [DIR] [OPTION …]   runs the tests of the plugin in DIR (by default this folder)
  OPTION is one of Node's, as in --test-name-pattern=foo, --test-only, --watch`

const TESTS = '**/*.test.{ts,mts,js,mjs}'

/** `postern plugin test`: runs a plugin's tests by node:test, from TypeScript, with this gateway as `postern/test`. */
export const pluginTest: Command = async (args, io) => {
  try {
    const folders = args.filter((arg) => !arg.startsWith('-'))
    if (folders.length > 1) {
      const reason = `found "${folders.slice(1).join(' ')}" where nothing more was expected; give options their value by "="`
      throw failure('usage_wrong', { command: 'plugin test', reason })
    }
    const [folder = '.'] = folders
    return await runTests(
      folder,
      findTests(folder),
      args.filter((arg) => arg !== folders[0]),
      io,
    )
  } catch (error) {
    return tellFailure(error, USAGE, io)
  }
}

function findTests(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw failure('source_missing', { folder })
  const files = globSync(TESTS, { cwd: folder, exclude: ['**/node_modules/**', '.postern/**'] }).sort()
  if (files.length === 0) throw failure('tests_missing', { folder })
  return files
}

/** Resolves to Node's exit code. */
function runTests(cwd: string, files: readonly string[], options: readonly string[], { env }: Io): Promise<number> {
  // Who runs this inside of a test wants the tests' own report.
  const { NODE_TEST_CONTEXT: _, ...own } = env
  const register = pathToFileURL(toolchain().testKit.register).href
  const child = spawn(process.execPath, ['--import', register, ...options, '--test', ...files], {
    cwd,
    env: own,
    stdio: 'inherit',
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}
