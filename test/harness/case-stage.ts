import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { answerEcho } from './answer-echo.ts'
import { compiledFolder } from './compiled-plugin.ts'
import { startGateway, type TestGateway } from './gateway.ts'
import { type RawUpstream, startUpstream } from './raw-upstream.ts'

/** The gateway of a case folder, and the upstream that its definitions name `{{upstream}}`. */
export interface CaseStage extends AsyncDisposable {
  readonly gateway: TestGateway
  readonly upstream: RawUpstream
}

/** @param change what is to be different in the definitions, as text */
export async function openCase(folder: string, change = (definition: string) => definition): Promise<CaseStage> {
  await using resources = new AsyncDisposableStack()
  const upstream = resources.use(await startUpstream(answerEcho))
  const read = (name: string) => readFileSync(join(folder, name), 'utf8').replaceAll('{{upstream}}', upstream.url)
  const definitions = globSync(['api.json', 'apis/*.json'], { cwd: folder })
  const gateway = resources.use(
    await startGateway({
      definitions: Object.fromEntries(definitions.map((name) => [basename(name), change(read(name))])),
      artifacts: globSync('*.ts', { cwd: folder }).length > 0 ? { 'plugin.js': await compiledFolder(folder) } : {},
      config: {
        // As it is by default, where no steps are asked for: watched steps take other ways.
        explain: { max_requests: 10, steps: read('case.json').includes('"explain"') },
        ...(existsSync(join(folder, 'gateway.json')) && JSON.parse(read('gateway.json'))),
        ...(existsSync(join(folder, 'policies.json')) && { policies: { policy_record_name: 'policies.json' } }),
      },
      files: {
        ...Object.fromEntries(globSync('secrets/*', { cwd: folder }).map((name) => [name, read(name)])),
        ...(existsSync(join(folder, 'policies.json')) && { 'policies.json': read('policies.json') }),
      },
      env: existsSync(join(folder, 'env.json')) ? JSON.parse(read('env.json')) : {},
      ...(existsSync(join(folder, 'keys.json')) && { keys: JSON.parse(read('keys.json')) }),
    }),
  )
  const opened = resources.move()
  return { gateway, upstream, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** Every expected warning is in the log. */
export function checkWarnings({ gateway }: CaseStage, warnings: readonly string[]): void {
  const messages = gateway.log.lines.map((line) => String(JSON.parse(line).msg))
  for (const warning of warnings) {
    assert.ok(
      messages.some((message) => message.includes(warning)),
      `"${warning}" is warned about in\n${messages.join('\n')}`,
    )
  }
}

/** Every expected problem is one that was found. */
export function checkProblems({ gateway }: CaseStage, problems: readonly string[]): void {
  const messages = gateway.report.failed.map(({ error }) => error.message).join('\n')
  for (const problem of problems) assert.ok(messages.includes(problem), `"${problem}" is among the problems:\n${messages}`)
}
