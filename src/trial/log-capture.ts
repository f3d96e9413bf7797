/** How much of the log of a trial is kept, in characters. */
const MOST = 1_048_576

/** Keeps what is logged, up to a limit. */
export class LogCapture {
  #lines = ''

  /** For pino. */
  readonly destination = {
    write: (line: string): void => {
      if (this.#lines.length + line.length <= MOST) this.#lines += line
    },
  }

  get text(): string {
    return this.#lines
  }
}
