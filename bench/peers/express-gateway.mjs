/** `node express-gateway.mjs <upstream origin> <port>`, where express-gateway is installed. It reads its configuration from files. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [url, port] = process.argv.slice(2)
const folder = join(import.meta.dirname, 'config')
mkdirSync(folder, { recursive: true })
cpSync(join(import.meta.dirname, 'node_modules/express-gateway/lib/config/models'), join(folder, 'models'), { recursive: true })
writeFileSync(
  join(folder, 'gateway.config.yml'),
  `http: { port: ${port}, hostname: 127.0.0.1 }
apiEndpoints: { bench: { host: '*', paths: ['/bench', '/bench/*'] } }
serviceEndpoints: { upstream: { url: '${url}' } }
policies: [proxy]
pipelines:
  bench: { apiEndpoints: [bench], policies: [{ proxy: [{ action: { serviceEndpoint: upstream, changeOrigin: true } }] }] }
`,
)
writeFileSync(
  join(folder, 'system.config.yml'),
  'db: { redis: { emulate: true, namespace: EG } }\ncrypto: { cipherKey: sensitiveKey, algorithm: aes256, saltRounds: 10 }\nsession: { secret: keyboard cat, resave: false, saveUninitialized: false }\n',
)
// A line for each request is not plain proxying.
process.env.LOG_LEVEL = 'error'
const { default: gateway } = await import('express-gateway')
await gateway().load(folder).run()
