import { basicAuth } from 'hono/basic-auth'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import { etag } from 'hono/etag'
import { jwt } from 'hono/jwt'
import { secureHeaders } from 'hono/secure-headers'

export const BasicAuth = basicAuth({ username: 'ann', password: 'secret' })
export const BodyLimit = bodyLimit({ maxSize: 8 })
export const Cors = cors({ origin: 'http://shop.example', allowMethods: ['GET', 'PUT'] })
export const ETag = etag()
export const Jwt = jwt({ secret: 'a key for tests alone', alg: 'HS256' })
export const SecureHeaders = secureHeaders()
