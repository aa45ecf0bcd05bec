#!/usr/bin/env bash
# Generates the sources of the crate generated/ from the contract, whether or not they look up to date.
# With --check it generates into a scratch folder, and fails when generated/ is not what comes out.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=target/generate
rm -rf "$scratch"
mkdir -p "$scratch/out"

# build.rs is the one place that knows how to generate; here it runs without cargo.
rustc --edition 2024 -o "$scratch/build-script" build.rs
generate() {
    env -u CARGO PLEXSPHERE_GENERATED_STRICT=1 CARGO_MANIFEST_DIR="$1" OUT_DIR="$PWD/$scratch/out" \
        "$scratch/build-script" >/dev/null
}

if [ "${1:-}" != --check ]; then
    rm -f generated/.openapi-generator/INPUTS
    generate "$PWD/generated"
    exit
fi

# A tree of its own, so that a check changes nothing.
mkdir -p "$scratch/tree/generated"
for name in api tools .venv; do
    ln -s "$PWD/$name" "$scratch/tree/$name"
done
cp generated/Cargo.toml generated/rustfmt.toml generated/.openapi-generator-ignore "$scratch/tree/generated/"
generate "$PWD/$scratch/tree/generated"
if ! diff --recursive --brief generated "$scratch/tree/generated"; then
    echo "generated/ is not what the contract and the generator settings give. 'make generate' renews it; never edit it by hand." >&2
    exit 1
fi
