# syntax=docker/dockerfile:1
FROM node:24-trixie-slim AS build
WORKDIR /src
# The development dependency that brings Node is not needed here: the base image is Node.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY tools tools
COPY crds crds
COPY src src
RUN npm run build && mkdir /compile-cache

FROM gcr.io/distroless/nodejs24-debian13:nonroot
WORKDIR /app
ENV NODE_ENV=production
# One pool of memory for malloc in place of one for each thread (docs/footprint.md).
ENV MALLOC_ARENA_MAX=1
COPY --from=build /src/dist/ ./
COPY --from=build --chown=65532:65532 /compile-cache/ ./compile-cache/
USER 65532:65532
# Started once, by the user and with the flags that it will run with: Node keeps what it compiles, and finds it at each start.
RUN ["/nodejs/bin/node", "--inspect-port=192.0.2.1:9229", "--optimize-for-size", "--enable-source-maps", "/app/operator.js", "--help"]
# An entrypoint, not a CMD: a Deployment's args replace a CMD.
# SIGUSR1 is the operator's, for its log level. One that comes before the operator listens to it would open Node's debugger, and --disable-sigusr1
# would block the signal for the operator too: so the debugger gets an address that no machine has (RFC 5737), and cannot open.
ENTRYPOINT ["/nodejs/bin/node", "--inspect-port=192.0.2.1:9229", "--optimize-for-size", "--enable-source-maps", "/app/operator.js"]
