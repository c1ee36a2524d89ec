# The product on one machine. `compose.yaml` runs it behind https; docs/install.md says how.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image's own Node is the right one, so the one that comes as a package is not kept.
RUN npm ci --omit=dev && rm -rf node_modules/node-linux-* node_modules/node-win-*
COPY . .
RUN node tools/build.ts

FROM node:24-slim
ENV NODE_ENV=production \
    DATABASE_URL=sqlite:/data/cascade.db \
    FILES_URL=file:/data/files
WORKDIR /app
COPY --from=build /app /app
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/readyz').then(a => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "api/main.ts"]
