// A real OpenID provider over HTTPS, on a port of its own. Commands come as lines of JSON on standard input, each is
// answered by one line on standard output.
//
// node provider.mjs <folder with node_modules> <certificate> <key> <redirect URI>

import { createHmac, createPublicKey, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [tools, certificate, key, redirect] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(createRequire(`${tools}/`).resolve(name)));
const [{ default: Provider }, jose] = await Promise.all([load('oidc-provider'), load('jose')]);

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
let issuer;
let keys = [];
let former = [];
let handler;

async function rotate() {
  former = keys;
  keys = await Promise.all(ALGORITHMS.map(async (alg) => {
    const { privateKey } = await jose.generateKeyPair(alg, { extractable: true });
    return { ...(await jose.exportJWK(privateKey)), alg, use: 'sig', kid: `${alg}-${randomUUID()}` };
  }));
  const client = (client_id, id_token_signed_response_alg, more) => ({
    client_id, id_token_signed_response_alg, redirect_uris: [redirect], response_types: ['code'],
    grant_types: ['authorization_code'], token_endpoint_auth_method: 'none', ...more,
  });
  const provider = new Provider(issuer, {
    clients: [
      client('plexsphere', 'RS256', { client_secret: 'a secret & more', token_endpoint_auth_method: 'client_secret_basic' }),
      client('public-es256', 'ES256'),
      client('public-eddsa', 'EdDSA'),
    ],
    jwks: { keys },
    enabledJWA: { idTokenSigningAlgValues: ALGORITHMS },
    cookies: { keys: ['cookies of a test'] },
    features: { devInteractions: { enabled: true } },
    pkce: { required: () => true },
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
  });
  handler = provider.callback();
}

// A token as `command` wants it: with the provider's own keys, former ones, or in ways that nobody may take.
async function mint({ alg, claims, header = {}, which = 'current' }) {
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  if (alg === 'none') return `${encode({ alg, ...header })}.${encode(claims)}.`;
  if (alg.startsWith('HS')) {
    // The public key as the secret of an HMAC: what everybody knows.
    const { d, p, q, dp, dq, qi, ...shown } = keys[0];
    const secret = createPublicKey({ key: shown, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const body = `${encode({ alg, kid: keys[0].kid, ...header })}.${encode(claims)}`;
    return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
  }
  const family = { RS512: 'RS256', PS256: 'RS256' }[alg] ?? alg;
  let signing = (which === 'former' ? former : keys).find((one) => one.alg === family);
  if (which === 'stray') {
    const { privateKey } = await jose.generateKeyPair(alg, { extractable: true });
    signing = { ...(await jose.exportJWK(privateKey)), kid: header.kid ?? signing.kid };
  }
  const { alg: _, use: __, ...plain } = signing;
  return new jose.SignJWT(claims).setProtectedHeader({ alg, kid: signing.kid, ...header }).sign(await jose.importJWK(plain, alg));
}

// While it is set, requests wait; `seen` tells of the first.
let held = null;
// What the token endpoint answers with, in place of its own answers.
let said = null;

function serve(request, response) {
  if (held) {
    held.waiting.push([request, response]);
    held.seen();
  } else if (said && request.url.endsWith('/token')) {
    response.writeHead(said.status, { 'content-type': 'text/html' }).end(said.body);
  } else {
    handler(request, response);
  }
}

const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, serve);
const listen = (port) => new Promise((done, failed) => server.once('error', failed).listen(port, '127.0.0.1', done));
let asked = 0;
server.on('request', (request) => { asked += request.url.endsWith('/jwks') ? 1 : 0; });

await listen(0);
const { port } = server.address();
issuer = `https://localhost:${port}`;
await rotate();

const commands = {
  issuer: async () => issuer,
  rotate: async () => { await rotate(); return null; },
  mint,
  asked: async () => asked,
  hold: async () => {
    held = { waiting: [] };
    held.first = new Promise((seen) => { held.seen = () => seen(null); });
    return null;
  },
  held: () => held.first,
  release: async () => {
    const { waiting } = held;
    held = null;
    waiting.forEach((both) => serve(...both));
    return null;
  },
  say: async ({ answer }) => { said = answer; return null; },
  down: () => new Promise((done) => { server.close(() => done(null)); server.closeAllConnections(); }),
  up: async () => { await listen(port); return null; },
};
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  const answer = await commands[command.do](command).then((ok) => ({ ok: ok ?? null }), (error) => ({ error: String(error) }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
