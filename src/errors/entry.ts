/**
 * One error: the HTTP status and the text that a client sees (`null`: never sent to a client), and the text for the log. A
 * text for clients that is made from details must not tell them what only the log may know.
 */
export interface Entry<Details> {
  readonly status: number
  readonly client: string | null | ((details: Details) => string)
  readonly message: (details: Details) => string
}

export function entry<Details = void>(
  status: number,
  client: Entry<Details>['client'],
  message: (details: Details) => string,
): Entry<Details> {
  return { status, client, message }
}

/** An entry whose log text is the client's text. */
export function answer(status: number, client: string): Entry<void> {
  return entry(status, client, () => client)
}
