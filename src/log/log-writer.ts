import { logErrors } from '../errors/log.ts'

/** Where the bytes of the log go. Both calls are synchronous, and neither may wait for a reader. */
export interface LogOutput {
  /** Its file descriptor, for other threads. */
  readonly fd: number
  /** Never written in pieces by a pipe that several processes share (POSIX: PIPE_BUF); in bytes. */
  readonly chunk: number
  /** Writes what it can, and returns how many bytes that were. @throws as `fs.writeSync` does */
  write(bytes: Uint8Array): number
  /** Tells a person, by other means than the log. */
  complain(text: string): void
}

export interface LogWriterOptions {
  /** Makes text for people of a line of JSON; lines stay as they are unless given. */
  readonly format?: ((line: string) => string) | undefined
  /** What lines may take that wait to be written, in bytes. Default 16 MB. */
  readonly most?: number
}

const MOST = 16 * 1024 * 1024
/** How soon a full pipe is tried again: there is room for 64 KB as a rule once its reader has read. */
const FULL_RETRY_MS = 5
/** How soon what fails otherwise is tried again: a full disk, for one. */
const FAILED_RETRY_MS = 1000
/** How long the end of the process waits for a reader. */
const LAST_WAIT_MS = 500
const LAST_RETRY_MS = 10

/** What says that there will be no reader any more. */
const CLOSED: ReadonlySet<string | undefined> = new Set(['EPIPE', 'EBADF', 'ENOTCONN', 'ECONNRESET'])

/**
 * Writes lines to an output that may be slow, full, or gone, which neither blocks the gateway nor ends it. Lines of the log
 * are written at once, so that the last ones before a hang are there; those that come with every request together, once per
 * turn of the event loop. What cannot be written waits, up to a limit; what is above it is lost, and counted.
 */
export class LogWriter {
  readonly #output: LogOutput
  readonly #format: (line: string) => string
  readonly #most: number
  /** Lines that wait, and what they take. */
  #lines: string[] = []
  /** The first of them that still does. */
  #next = 0
  #size = 0
  /** What of a chunk was not written yet. */
  #rest: Uint8Array | null = null
  #scheduled = false
  #retry: NodeJS.Timeout | null = null
  #failing = false
  #closed = false
  #lost = 0
  /** How many of them the log itself has told of. */
  #told = 0

  constructor(output: LogOutput, { format = (line) => line, most = MOST }: LogWriterOptions = {}) {
    this.#output = output
    this.#format = format
    this.#most = most
  }

  /** Writes a line at once, after those that wait. */
  write(line: string): void {
    this.#hold(line)
    if (this.#retry === null) this.#flush()
  }

  /** Writes a line by the end of this turn of the event loop. */
  writeLater(line: string): void {
    this.#hold(line)
    if (this.#scheduled || this.#retry !== null) return
    this.#scheduled = true
    setImmediate(this.#flushScheduled)
  }

  readonly #flushScheduled = (): void => {
    this.#scheduled = false
    if (this.#retry === null) this.#flush()
  }

  /** Writes what waits, for as long as a reader may be about to read: the process is about to end. */
  flushSync(): void {
    this.#stopRetry()
    const until = performance.now() + LAST_WAIT_MS
    while (!this.#flush() && performance.now() < until) {
      this.#stopRetry()
      if (this.#failing) return
      Atomics.wait(PAUSE, 0, 0, LAST_RETRY_MS)
    }
  }

  /** The same, for pino's `flush`. */
  flush(done?: () => void): void {
    this.flushSync()
    done?.()
  }

  /** What it writes to, for other threads. */
  get fd(): number {
    return this.#output.fd
  }

  /** How many lines are lost. */
  get lost(): number {
    return this.#lost
  }

  #hold(line: string): void {
    if (this.#closed) return
    const text = this.#format(line)
    if (this.#size + text.length > this.#most) {
      this.#lost += 1
      return
    }
    this.#lines.push(this.#retry === null ? text : inOnePiece(text))
    this.#size += text.length
  }

  /** Whether nothing is left to write. */
  #flush(): boolean {
    while (this.#rest !== null || this.#next < this.#lines.length) {
      this.#rest ??= this.#nextChunk()
      try {
        const written = this.#output.write(this.#rest)
        this.#rest = written < this.#rest.length ? this.#rest.subarray(written) : null
      } catch (error) {
        this.#fail(error as NodeJS.ErrnoException)
        return this.#closed
      }
    }
    this.#failing = false
    this.#tellLost()
    return true
  }

  /** As many whole lines as fit into a chunk; one at least. */
  #nextChunk(): Uint8Array {
    const lines = this.#lines
    let text = lines[this.#next] as string
    for (this.#next += 1; this.#next < lines.length; this.#next += 1) {
      const line = lines[this.#next] as string
      if (text.length + line.length > this.#output.chunk) break
      text += line
    }
    if (this.#next === lines.length) {
      this.#lines = []
      this.#next = 0
    }
    this.#size -= text.length
    return Buffer.from(text)
  }

  #fail({ code, message }: NodeJS.ErrnoException): void {
    if (code === 'EAGAIN') {
      this.#tryAgainIn(FULL_RETRY_MS)
      return
    }
    if (CLOSED.has(code)) {
      this.#closed = true
      this.#lines = []
      this.#next = 0
      this.#rest = null
      this.#size = 0
      this.#output.complain(logErrors.log_closed.message({ reason: message }))
      return
    }
    const megabytes = Math.round(this.#most / 1024 / 1024)
    if (!this.#failing) this.#output.complain(logErrors.log_unwritable.message({ reason: message, megabytes }))
    this.#failing = true
    this.#tryAgainIn(FAILED_RETRY_MS)
  }

  #tryAgainIn(milliseconds: number): void {
    this.#retry = setTimeout(() => {
      this.#retry = null
      this.#flush()
    }, milliseconds)
    this.#retry.unref()
  }

  #stopRetry(): void {
    if (this.#retry) clearTimeout(this.#retry)
    this.#retry = null
  }

  #tellLost(): void {
    const lost = this.#lost - this.#told
    if (lost === 0) return
    this.#told = this.#lost
    const time = new Date().toISOString()
    const msg = logErrors.log_lines_lost.message({ lost })
    this.write(`${JSON.stringify({ level: 'warn', time, code: 'log_lines_lost', lost, msg })}\n`)
  }
}

/** What was put together of many pieces keeps them all until it is written, and takes several times its length. */
function inOnePiece(text: string): string {
  return Buffer.from(text).toString()
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4))
