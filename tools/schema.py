#!/usr/bin/env python3
"""Writes src/postgres/schema.rs, the tables as diesel sees them, from a database that has all migrations.

The database is a PostgreSQL of its own in a temporary folder, started from the programs of the folder named in
PLEXSPHERE_PG_BIN and thrown away afterwards. PostgreSQL refuses to run as root, so for root it runs as `nobody`.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "src/postgres/schema.rs"

# PostgreSQL's name of a type, and diesel's.
TYPES = {
    "bigint": "Int8",
    "boolean": "Bool",
    "bytea": "Bytea",
    "cidr": "Cidr",
    "double precision": "Float8",
    "inet": "Inet",
    "integer": "Int4",
    "jsonb": "Jsonb",
    "smallint": "Int2",
    "text": "Text",
    "timestamp with time zone": "Timestamptz",
    "uuid": "Uuid",
}

COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, null), a.attnotnull,
       coalesce(array_position(i.indkey::int2[], a.attnum), -1)
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_index i on i.indrelid = c.oid and i.indisprimary
where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace
order by c.relname, a.attnum
"""


class Server:
    """A PostgreSQL with one empty database, gone when the `with` block ends."""

    def __init__(self, programs: Path):
        self.programs = programs
        self.account = {}

    def __enter__(self):
        self.home = Path(tempfile.mkdtemp(prefix="plexsphere-schema-", dir="/tmp"))
        try:
            if os.geteuid() == 0:
                self.account = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
                self.programs = self.reachable_copy()
                shutil.chown(self.home, user="nobody")
            self.run("initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D", self.home / "data")
            options = f"-c listen_addresses= -c unix_socket_directories={self.home} -c fsync=off"
            self.run("pg_ctl", "start", "--wait", "-D", self.home / "data", "-l", self.home / "log", "-o", options)
        except BaseException:
            shutil.rmtree(self.home, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_):
        try:
            self.run("pg_ctl", "stop", "--mode=immediate", "-D", self.home / "data")
        finally:
            shutil.rmtree(self.home, ignore_errors=True)

    def reachable_copy(self) -> Path:
        """`nobody` cannot look into root's home. The programs find their libraries beside their package."""
        package = self.programs.parents[1]
        libraries = package.parent / f"{package.name}.libs"
        if not libraries.is_dir():
            return self.programs
        copy = self.home / package.name / self.programs.parent.name
        shutil.copytree(self.programs.parent, copy)
        shutil.copytree(libraries, self.home / libraries.name)
        return copy / "bin"

    def run(self, program, *arguments, given=None) -> str:
        done = subprocess.run(
            [self.programs / program, *arguments], input=given, text=True, cwd="/",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT if program != "psql" else subprocess.PIPE, **self.account,
        )
        if done.returncode != 0:
            sys.exit(f"schema: {program} failed: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def query(self, statements: str) -> str:
        return self.run("psql", "-h", self.home, "-U", "postgres", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-1", given=statements)


def render(rows: str) -> str:
    tables: dict[str, list[tuple[str, str, int]]] = {}
    for row in rows.strip().splitlines():
        table, column, of_type, required, position = row.split("|")
        if of_type not in TYPES:
            sys.exit(f"schema: {table}.{column} is {of_type}, which tools/schema.py has no diesel type for")
        kind = TYPES[of_type] if required == "t" else f"Nullable<{TYPES[of_type]}>"
        tables.setdefault(table, []).append((column, kind, int(position)))

    text = "//! The tables as diesel sees them: a mirror of the migrated database, written by `make schema`.\n#![allow(missing_docs)]\n"
    for table, columns in tables.items():
        key = ", ".join(name for name, _, position in sorted(columns, key=lambda column: column[2]) if position >= 0)
        members = "".join(f"        {name} -> {kind},\n" for name, kind, _ in columns)
        text += f"\ndiesel::table! {{\n    {table} ({key}) {{\n{members}    }}\n}}\n"
    names = "".join(f"    {table},\n" for table in tables)
    return text + f"\ndiesel::allow_tables_to_appear_in_same_query!(\n{names});\n"


def main():
    programs = os.environ.get("PLEXSPHERE_PG_BIN")
    if not programs:
        sys.exit("schema: PLEXSPHERE_PG_BIN must name the folder with PostgreSQL's programs; `make schema` sets it")
    with Server(Path(programs)) as server:
        for migration in sorted((ROOT / "migrations").glob("*/up.sql")):
            server.query(migration.read_text())
        text = render(server.query(COLUMNS))
    if text != SCHEMA.read_text():
        SCHEMA.write_text(text)
        print(f"schema: wrote {SCHEMA.relative_to(ROOT)}")


main()
