/** One error: the HTTP status and the text that a client sees (`null`: never sent to a client), and the text for the log. */
export interface Entry<Details> {
  readonly status: number
  readonly client: string | null
  readonly message: (details: Details) => string
}

export function entry<Details = void>(
  status: number,
  client: string | null,
  message: (details: Details) => string,
): Entry<Details> {
  return { status, client, message }
}

/** An entry whose log text is the client's text. */
export function answer(status: number, client: string): Entry<void> {
  return entry(status, client, () => client)
}
