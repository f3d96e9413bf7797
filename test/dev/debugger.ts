import { once } from 'node:events'
import { until } from '../harness/until.ts'

export interface Script {
  readonly scriptId: string
  readonly url: string
  readonly sourceMapURL: string
}

interface Paused {
  readonly callFrames: readonly { readonly callFrameId: string; readonly location: { readonly lineNumber: number } }[]
}

/** A debugger, by the protocol that editors speak. */
export class Debugger implements AsyncDisposable {
  readonly #socket: WebSocket
  readonly #scripts: Script[] = []
  readonly #pauses: Paused[] = []
  readonly #answers = new Map<number, (result: unknown) => void>()
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      const { id, result, method, params } = JSON.parse(String(data))
      if (id) this.#answers.get(id)?.(result)
      if (method === 'Debugger.scriptParsed') this.#scripts.push(params)
      if (method === 'Debugger.paused') this.#pauses.push(params)
    })
  }

  static async open(url: string): Promise<Debugger> {
    const socket = new WebSocket(url)
    await once(socket, 'open')
    const opened = new Debugger(socket)
    await opened.send('Debugger.enable')
    return opened
  }

  // biome-ignore lint/suspicious/noExplicitAny: the protocol's answers.
  send(method: string, params: object = {}): Promise<any> {
    this.#lastId += 1
    const id = this.#lastId
    this.#socket.send(JSON.stringify({ id, method, params }))
    return new Promise((resolve) => this.#answers.set(id, resolve))
  }

  findScript(matches: (script: Script) => boolean): Promise<Script> {
    return until('a script', () => this.#scripts.findLast(matches))
  }

  /** Where it has stopped, and what a variable holds there. */
  async pausedWith(variable: string): Promise<{ lineNumber: number; value: unknown }> {
    const { callFrames } = await until('a breakpoint to be hit', () => this.#pauses.at(-1))
    const [frame] = callFrames
    const params = { callFrameId: frame?.callFrameId, expression: variable }
    const { result } = await this.send('Debugger.evaluateOnCallFrame', params)
    return { lineNumber: frame?.location.lineNumber ?? -1, value: result?.value }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close()
  }
}
