import { nameOf, type Seen, valuesIn } from './seen.ts'

/** One way in which the request that reaches an upstream through the gateway differs from the one that the client sent. */
export interface Difference {
  readonly what: string
  readonly why: string
  /**
   * Makes of what the upstream would see without a gateway what it is to see with one. Where that is left open, it may
   * take over what it did see (`through`), having checked it.
   */
  readonly apply: (direct: Seen, through: Seen) => Seen
}

const HOP_BY_HOP = [
  'connection',
  'proxy-connection',
  'keep-alive',
  'upgrade',
  'proxy-authenticate',
  'proxy-authorization',
  'trailer',
]

/** What a Connection header cannot take away by naming it. */
const NOT_TO_BE_NAMED = [
  'host',
  'content-length',
  'transfer-encoding',
  'te',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]

/** Methods whose requests undici takes to have content. */
const WITH_CONTENT = ['PUT', 'POST', 'PATCH', 'QUERY', 'PROPFIND', 'PROPPATCH']

const without = (seen: Seen, dropped: (line: string) => boolean): Seen => ({
  ...seen,
  lines: seen.lines.filter((line) => !dropped(line)),
})

/** Every difference there is, in the order in which they are applied. */
export const differences: readonly Difference[] = [
  {
    what: 'The absolute form of the request target becomes the origin form; its host stands for the `Host` header.',
    why: 'An upstream that is no proxy need not understand it (RFC 9112 §3.2.2).',
    apply: (seen) => {
      const [, host, target] = /^http:\/\/([^/]+)(.*)$/s.exec(seen.target) ?? []
      if (host === undefined || target === undefined) return seen
      return { ...seen, target, lines: seen.lines.map((line) => (nameOf(line) === 'host' ? `Host: ${host}` : line)) }
    },
  },
  {
    what: 'Between a header name and its value stands a colon and one space, and no space behind the value.',
    why: 'That space carries no meaning (RFC 9110 §5.5); the parser drops it.',
    apply: (seen) => ({ ...seen, lines: seen.lines.map((line) => line.replace(/^([^:]+):[ \t]*(.*?)[ \t]*$/s, '$1: $2')) }),
  },
  {
    what: 'Headers that the Connection header names are dropped.',
    why: 'They are meant for the gateway (RFC 9110 §7.6.1).',
    apply: (seen) => {
      const named = valuesIn(seen.lines, 'connection').flatMap((value) => value.toLowerCase().split(/\s*,\s*/))
      return without(seen, (line) => named.includes(nameOf(line)) && !NOT_TO_BE_NAMED.includes(nameOf(line)))
    },
  },
  {
    what: `${HOP_BY_HOP.map((name) => `\`${name}\``).join(', ')} are dropped.`,
    why: 'They belong to the connection between client and gateway (RFC 9110 §7.6.1).',
    apply: (seen) => without(seen, (line) => HOP_BY_HOP.includes(nameOf(line))),
  },
  {
    what: '`TE` is dropped, unless it names `trailers`: then that alone is left of it.',
    why: 'Codings of a transfer are negotiated with each connection; trailers pass through the gateway.',
    apply: (seen) => ({
      ...without(seen, (line) => nameOf(line) === 'te' && !/trailers/i.test(line)),
      lines: seen.lines
        .filter((line) => nameOf(line) !== 'te' || /trailers/i.test(line))
        .map((line) => (nameOf(line) === 'te' ? line.replace(/:.*/s, ': trailers') : line)),
    }),
  },
  {
    what: '`Expect: 100-continue` is dropped.',
    why: 'The gateway answers it itself, once somebody wants the body.',
    apply: (seen) => without(seen, (line) => nameOf(line) === 'expect'),
  },
  {
    what: '`X-Forwarded-For` has the address of the client appended, in the last line of that name, or is added behind all others.',
    why: 'The upstream is to know who asks.',
    apply: (seen) => {
      const last = seen.lines.findLastIndex((line) => nameOf(line) === 'x-forwarded-for')
      if (last < 0) return { ...seen, lines: [...seen.lines, 'X-Forwarded-For: 127.0.0.1'] }
      return { ...seen, lines: seen.lines.map((line, i) => (i === last ? `${line}, 127.0.0.1` : line)) }
    },
  },
  {
    what: '`X-Forwarded-Host` and `X-Forwarded-Proto` are added behind all others, unless the client sent them.',
    why: 'The upstream is to know which URL was asked for.',
    apply: (seen) => {
      const names = seen.lines.map(nameOf)
      const added = [
        ...(names.includes('x-forwarded-host') ? [] : [`X-Forwarded-Host: ${valuesIn(seen.lines, 'host')[0]}`]),
        ...(names.includes('x-forwarded-proto') ? [] : ['X-Forwarded-Proto: http']),
      ]
      return { ...seen, lines: [...seen.lines, ...added] }
    },
  },
  {
    what: "`Host` is the target's, unless `preserve_host_header` is set; it comes first, and in lower case.",
    why: 'The request goes to another host. The place and case are those of undici.',
    apply: (seen, through) => ({
      ...seen,
      lines: [
        through.lines[0]?.match(/^host: 127\.0\.0\.1:\d+$/)?.[0] ?? 'host: missing',
        ...seen.lines.filter((line) => nameOf(line) !== 'host'),
      ],
    }),
  },
  {
    what: '`connection: keep-alive` or `connection: close` comes second.',
    why: 'undici says whether it will use its connection to the upstream again.',
    apply: (seen, through) => {
      const [host = '', ...others] = seen.lines
      return {
        ...seen,
        lines: [host, through.lines[1]?.match(/^connection: (keep-alive|close)$/)?.[0] ?? 'connection: missing', ...others],
      }
    },
  },
  {
    what: 'A chunked body without content becomes none, or `content-length: 0` where the method calls for content.',
    why: 'undici learns that there is nothing to send before it has sent the head.',
    apply: (seen) => {
      if (seen.framing !== 'chunked' || !seen.complete || seen.content !== '') return seen
      const { lines } = without(seen, (line) => nameOf(line) === 'transfer-encoding')
      if (!WITH_CONTENT.includes(seen.method)) return { ...seen, framing: 'none', lines }
      return { ...seen, framing: 'length', lines: [...lines, 'content-length: 0'] }
    },
  },
  {
    what: '`Content-Length: 0` is dropped on methods that do not call for content.',
    why: 'Without content they are not to have one (RFC 9110 §8.6).',
    apply: (seen) => {
      if (WITH_CONTENT.includes(seen.method) || valuesIn(seen.lines, 'content-length')[0] !== '0') return seen
      return { ...without(seen, (line) => nameOf(line) === 'content-length'), framing: 'none' }
    },
  },
  {
    what: '`content-length: 0` is added to a request without content whose method calls for some.',
    why: 'So undici frames it, as RFC 9110 §8.6 asks of clients.',
    apply: (seen) => {
      if (seen.framing !== 'none' || !WITH_CONTENT.includes(seen.method)) return seen
      return { ...seen, framing: 'length', lines: [...seen.lines, 'content-length: 0'] }
    },
  },
  {
    what: '`content-length` and `transfer-encoding` come last, and in lower case.',
    why: 'undici writes them, having framed the body.',
    apply: (seen) => {
      const frames = (line: string) => ['content-length', 'transfer-encoding'].includes(nameOf(line))
      const last = seen.lines.filter(frames).map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
      return { ...seen, lines: [...seen.lines.filter((line) => !frames(line)), ...last] }
    },
  },
  {
    what: 'The chunks of a chunked body have other boundaries.',
    why: 'They carry no meaning (RFC 9112 §7.1): content is passed on as it arrives.',
    apply: (seen, through) => ({ ...seen, chunkSizes: through.chunkSizes }),
  },
  {
    what: 'The trailers of a request are dropped.',
    why: 'undici cannot send any. RFC 9110 §6.5.1 lets a recipient discard them.',
    apply: (seen) => ({ ...seen, trailers: [] }),
  },
]
