# One image for every service; the command chooses which: import-service, sync-agent or status-service.
#
#   docker build -t muster .
#   docker build -t muster --secret id=npmrc,src=$HOME/.npmrc .     with a private mirror of npm's registry

# The manifests by themselves: what npm installs is built anew only when one of them changes.
FROM node:24-bookworm-slim AS manifests
WORKDIR /muster
COPY package.json package-lock.json ./
COPY libs libs
COPY apps apps
RUN find libs apps -type f ! -name package.json -delete && find libs apps -type d -empty -delete

FROM node:24-bookworm-slim AS build
WORKDIR /muster
COPY --from=manifests /muster ./
# No script of any package runs here: nothing that the services need has one.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.base.json ./
COPY libs libs
COPY apps apps
RUN node_modules/.bin/tsc -b apps/import-service apps/sync-agent apps/status-service \
 && npm run build --workspace @muster/dashboard
COPY docker docker
RUN node docker/assemble.mjs /assembled && cp docker/is-live.mjs /assembled/

FROM node:24-bookworm-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Muster" \
      org.opencontainers.image.description="Keeps the extensions of a clustered application server the same on every node" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# What only builders use goes; /data is where a node's storage is mounted, and a new volume takes its owner from here.
RUN rm -rf /usr/local/lib/node_modules /usr/local/include /opt/yarn* \
 && rm -f /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* \
 && install -d -o 1000 -g 1000 /data
COPY --from=build /assembled /muster
COPY docker/muster-service /usr/local/bin/
COPY LICENSE /muster/
ENV NODE_ENV=production \
    MUSTER_HOST=0.0.0.0 \
    MUSTER_PORT=8080 \
    MUSTER_STORAGE=/data/ThingworxStorage
WORKDIR /muster
USER 1000:1000
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=10s --start-period=60s --retries=6 CMD ["node", "/muster/is-live.mjs"]
ENTRYPOINT ["muster-service"]
