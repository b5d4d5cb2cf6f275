#!/usr/bin/env bash
# Builds the six images: PREFIX/registry:TAG and so on.
#
#   deploy/docker/build.sh [OPTION...]     options are handed to `docker build`, such as --network=host
#
# From the environment:
#   IMAGE_PREFIX  default `causeway`; with a registry's name before it they can be pushed
#   IMAGE_TAG     default `latest`
#   BINARIES      `compiled` (default): Bazel compiles inside Docker, half an hour the first time;
#                 `prebuilt`: takes .local/bin, made by deploy/local/build.sh on a Debian 12
#   DOCKER        default `docker`
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
prefix=${IMAGE_PREFIX:-causeway}
tag=${IMAGE_TAG:-latest}
version=$(sed -nE 's/^inline constexpr absl::string_view kVersion = "(.*)";$/\1/p' services/shared/server/version.h)
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)

for target in registry query-proxy push-dispatcher homeserver gateway causewayctl; do
  echo "building $prefix/$target:$tag" >&2
  DOCKER_BUILDKIT=1 "${DOCKER:-docker}" build "$@" --file deploy/docker/Dockerfile --target "$target" \
    --build-arg "BINARIES=${BINARIES:-compiled}" --build-arg "VERSION=$version" --build-arg "REVISION=$revision" \
    --tag "$prefix/$target:$tag" .
done
