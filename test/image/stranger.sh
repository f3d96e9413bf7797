#!/bin/bash
# The README's commands in one go: a plugin outside of the repository, with packages of its own, is compiled, served, broken,
# mended and rolled back. Needs Docker, npm and curl, and the images.
#
#   stranger.sh vX.Y.Z
set -euo pipefail

version=$1
id=postern-stranger-$$
work=$(mktemp -d)
cd "$work"

clean_up() {
  status=$?
  [ "$status" = 0 ] || docker logs "$id-gateway" 2>&1 | tail -n 30 || true
  docker rm --force --volumes "$id-gateway" "$id-echo" >/dev/null 2>&1 || true
  docker network rm "$id" >/dev/null 2>&1 || true
  rm -rf "$work"
  exit "$status"
}
trap clean_up EXIT

say() { printf '\n== %s\n' "$*"; }

# Fails unless what the rest of the line prints contains the text within 15 seconds.
expect() {
  local text=$1 output=
  shift
  for _ in $(seq 75); do
    output=$("$@" 2>&1) || true
    if grep -qF -- "$text" <<<"$output"; then echo "found: $text"; return; fi
    sleep 0.2
  done
  printf 'Expected "%s" from "%s", found:\n%s\n' "$text" "$*" "$output" >&2
  return 1
}

compile() { docker run --rm -v "$work/my-plugin":/plugin-source "postern/plugin-compiler:$version" plugin.js; }
call() { curl -sS -i "$gateway$1"; }
logs() { docker logs "$id-gateway"; }

say 'A plugin with three packages: Hono in a version of its own, nanoid (ES modules only), ms (CommonJS)'
mkdir my-plugin apps plugins
(
  cd my-plugin
  cat >plugin.ts <<'TS'
import { HTTPException } from 'hono/http-exception'
import ms from 'ms'
import { nanoid } from 'nanoid'
import type { Plugin } from 'postern/plugin'

const longest = ms('1 hour')

export const AddFooBarHeader: Plugin = (c) => {
  const age = Number(c.req.query('age') ?? 0)
  if (age > longest) throw new HTTPException(410, { message: `Older than ${ms(longest, { long: true })}` })
  c.req.raw.headers.append('Foo', 'Bar')
  c.header('X-Trace', `trace-${nanoid(8)}`)
}
TS
  cat >package.json <<'JSON'
{
  "name": "my-plugin",
  "version": "1.0.0",
  "private": true,
  "dependencies": { "hono": "4.10.0", "ms": "2.1.3", "nanoid": "5.1.6" },
  "devDependencies": { "@types/ms": "2.1.0" }
}
JSON
  npm install --package-lock-only --no-audit --no-fund --loglevel=error
  # Where a proxy breaks TLS open, npm in the image needs its certificates.
  if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then cp "$NODE_EXTRA_CA_CERTS" ca.pem; fi
)
compile
[ "$(stat -c %u:%g my-plugin/plugin.js)" = "$(stat -c %u:%g my-plugin)" ]

say 'The gateway serves it: read-only, as a user without rights'
cp my-plugin/plugin.js plugins/plugin.js
cat >apps/my_api_name.json <<'JSON'
{
  "name": "My API",
  "api_id": "my_api_name",
  "org_id": "default",
  "use_keyless": true,
  "version_data": { "not_versioned": true, "versions": { "Default": { "name": "Default" } } },
  "proxy": { "listen_path": "/my_api_name/", "target_url": "http://echo:8080/", "strip_listen_path": true },
  "custom_middleware": { "driver": "jsplugin", "post": [{ "name": "AddFooBarHeader", "path": "plugins/plugin.js" }] }
}
JSON
docker network create "$id" >/dev/null
docker run -d --name "$id-echo" --network "$id" --network-alias echo "postern/gateway:$version" echo --port 8080 >/dev/null
docker run -d --name "$id-gateway" --network "$id" -p 127.0.0.1::8181 --read-only \
  -v "$work/apps":/opt/postern/apps:ro -v "$work/plugins":/opt/postern/plugins:ro \
  "postern/gateway:$version" >/dev/null
gateway=http://$(docker port "$id-gateway" 8181)
expect '"Foo": "Bar"' call /my_api_name/get
expect 'X-Trace: trace-' call /my_api_name/get
expect '410 Gone' call '/my_api_name/get?age=3600001'
expect 'Older than 1 hour' call '/my_api_name/get?age=3600001'

say 'A type error: the compiler says where, and writes nothing'
cp my-plugin/plugin.ts good.ts
sed -i "s/append('Foo', 'Bar')/append('Foo', 42)/" my-plugin/plugin.ts
if compile 2>errors.txt; then echo 'It compiled all the same' >&2; exit 1; fi
expect 'plugin.ts:11' cat errors.txt
cmp my-plugin/plugin.js plugins/plugin.js

say 'A damaged artifact: the version before it goes on serving'
cp plugins/plugin.js good.js
head -c 2000 good.js >plugins/plugin.js
docker kill -s HUP "$id-gateway" >/dev/null
expect 'was cut short or changed after it was compiled' logs
expect "postern/plugin-compiler:$version plugin.js" logs
expect '"Foo": "Bar"' call /my_api_name/get

say 'Mended: a new version takes over'
sed "s/append('Foo', 'Bar')/append('Foo', 'Mended')/" good.ts >my-plugin/plugin.ts
compile
cp my-plugin/plugin.js plugins/plugin.js
docker kill -s HUP "$id-gateway" >/dev/null
expect '"Foo": "Mended"' call /my_api_name/get

say 'Rolled back: the old artifact again'
cp good.js plugins/plugin.js
docker kill -s HUP "$id-gateway" >/dev/null
expect '"Foo": "Bar"' call /my_api_name/get

say 'Done'
