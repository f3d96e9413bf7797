#!/bin/bash
# Builds a base image for sites that reach no image registry: Debian, the checkout's Node and npm, laid out as in the
# official image node:26-bookworm-slim (user "node" 1000:1000, everything in /usr/local). Needs root, mmdebstrap, and
# `npm ci` done in the checkout.
#
#   docker/base/build.sh [TAG]      TAG is postern/base:node26 unless given
set -euo pipefail

tag=${1:-postern/base:node26}
suite=${DEBIAN_SUITE:-bookworm}
npm_version=${NPM_VERSION:-11}
node=$(cd "$(dirname "$0")/../.." && pwd)/node_modules/node/bin/node

[ -x "$node" ] || { echo "Build the base image failed: $node is missing; run npm ci first" >&2; exit 1; }
command -v mmdebstrap >/dev/null || { echo "Build the base image failed: mmdebstrap is missing; run apt-get install mmdebstrap" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

# The three programs of the official image, under the prefix that is copied over /usr/local.
npm install --global --prefix "$work/local" --no-audit --no-fund --loglevel=error "npm@$npm_version"
install -m 755 "$node" "$work/local/bin/node"

# libstdc++6 and libgcc-s1 are part of every Debian; libatomic1 is not, and Node needs it.
mmdebstrap --quiet --variant=minbase --include=ca-certificates,libatomic1 \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --customize-hook="copy-in '$work/local' /usr" \
  --customize-hook='chown -R 0:0 "$1/usr/local"' \
  --customize-hook='chroot "$1" useradd --uid 1000 --user-group --create-home --shell /bin/bash node' \
  "$suite" "$work/base.tar"

docker import \
  --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  --change 'CMD ["node"]' \
  --message "Debian $suite, Node $("$node" --version), npm $npm_version" \
  "$work/base.tar" "$tag" >/dev/null
echo "Built $tag"
