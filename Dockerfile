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
RUN npm run build

FROM gcr.io/distroless/nodejs24-debian13:nonroot
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /src/dist/ ./
USER 65532:65532
# An entrypoint, not a CMD: a Deployment's args replace a CMD.
ENTRYPOINT ["/nodejs/bin/node", "--enable-source-maps", "/app/operator.js"]
