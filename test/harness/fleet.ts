import assert from 'node:assert/strict'
import type { DefinitionFields } from './definition.ts'
import { definition } from './definition.ts'
import { startGateway, type TestGateway } from './gateway.ts'
import { formatRequest } from './http-message.ts'
import { exchange, type RawResponse } from './raw-client.ts'
import { type RawUpstream, type Script, startUpstream } from './raw-upstream.ts'

/** One gateway before several upstreams, each of which answers with its name. */
export interface Fleet<Name extends string> extends AsyncDisposable {
  readonly upstreams: Readonly<Record<Name, RawUpstream>>
  readonly gateway: TestGateway
  /** Sends a request to the API. */
  ask(methodAndPath?: string, body?: string): Promise<RawResponse>
  /** Sends several, one after the other; the bodies of the answers, or their statuses where they are none of 200. */
  askTimes(count: number): Promise<string[]>
  /** Puts another definition in place. */
  redefine(fields: (urls: Record<Name, string>) => DefinitionFields): Promise<void>
}

export interface FleetOptions<Name extends string> {
  /** What each upstream does; answers with its name unless given. */
  readonly upstreams: Readonly<Record<Name, Script | null>>
  /** How the API differs from a keyless one at `/api/`. */
  readonly definition: (urls: Record<Name, string>) => DefinitionFields
  readonly config?: Readonly<Record<string, unknown>>
}

/** Answers with a text. */
export const say =
  (text: string): Script =>
  async ({ receive, answer }) => {
    await receive()
    await answer(200, [], text)
  }

/** Answers with a status. */
export const refuse =
  (status: number): Script =>
  async ({ receive, answer }) => {
    await receive()
    await answer(status, [], `status ${status}`)
  }

export async function openFleet<Name extends string>(options: FleetOptions<Name>): Promise<Fleet<Name>> {
  await using resources = new AsyncDisposableStack()
  const names = Object.keys(options.upstreams) as Name[]
  const upstreams = {} as Record<Name, RawUpstream>
  for (const name of names) upstreams[name] = resources.use(await startUpstream(options.upstreams[name] ?? say(name)))
  const urls = Object.fromEntries(names.map((name) => [name, upstreams[name].url])) as Record<Name, string>
  const first = names[0] as Name
  const text = (fields: FleetOptions<Name>['definition']) => definition(urls[first], fields(urls))
  const gateway = resources.use(
    await startGateway({ definitions: { 'api.json': text(options.definition) }, config: options.config ?? {} }),
  )
  assert.deepEqual(gateway.report.failed, [], 'the definition of the fleet loads')
  const opened = resources.move()
  const ask: Fleet<Name>['ask'] = (methodAndPath = 'GET /api/', body = '') =>
    exchange(gateway.port, formatRequest(methodAndPath, [], body))
  return {
    upstreams,
    gateway,
    ask,
    async askTimes(count) {
      const answers: string[] = []
      for (let i = 0; i < count; i += 1) {
        const { status, text: body } = await ask()
        answers.push(status === 200 ? body : String(status))
      }
      return answers
    },
    async redefine(fields) {
      await gateway.folder.writeDefinition('api.json', text(fields))
      await gateway.reload()
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
