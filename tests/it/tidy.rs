//! The shape of `src/`: who may import whom, which file may name which library, and how long a file may get.
//! The lists of exceptions may only shrink: an entry that is not needed any more fails the test.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;

/// From low to high. A module imports only from the lines before its own, and from the others on its line.
const LAYERS: &[&[&str]] = &[
    &["ids"],
    &["clock"],
    &["problem"],
    &["page"],
    &["contract"],
    &["telemetry"],
    &["config"],
    &["invalid_field"],
    &["tls"],
    &["postgres"],
    &["background", "shared_commit"],
    &["signing"],
    &["event_log"],
    &["outbox"],
    &["audit"],
    &["access"],
    &["tenancy"],
    &["mesh"],
    &["serve"],
    // The edge dispatches into the api, and the api tells for each of the edge's operations whether it is provided.
    &["api", "edge"],
    &["ops"],
    &["housekeeping"],
    &["wiring"],
    &["shutdown"],
    &["main", "admin", "dev"],
    // The other end: nobody here names it.
    &["agent"],
];

/// Libraries that stay in their place, and the crates that each of them is.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("diesel", &["diesel", "diesel_async", "tokio_postgres"]),
    ("hyper", &["hyper", "hyper_util", "http", "http_body", "http_body_util"]),
    ("plexsphere_api", &["plexsphere_api", "swagger"]),
];

/// Who names a library outside its place, and why that is right.
const NAMED_ELSEWHERE: &[(&str, &str, &str)] = &[
    ("access/context.rs", "plexsphere_api", "makes the Problem models that every wire.rs answers with"),
    ("access/spicedb/client.rs", "hyper", "is the one client of another server, over HTTP/2 with trailers"),
    ("config.rs", "diesel", "reads the database's URL as the driver will, to refuse it before the start"),
    ("outbox/mod.rs", "diesel", "names the caller's connection, which it hands on to the store"),
    ("problem.rs", "plexsphere_api", "turns a Problem into its generated model"),
];

const LONGEST_FILE: usize = 700;
/// Longer than that, and why.
const LONG_FILES: &[(&str, &str)] = &[
    ("config.rs", "one table of settings with their reading, masking and rules"),
    ("postgres/embedded.rs", "the private server of `plexsphere dev`, and its tests"),
    ("tls.rs", "certificates: reading, reloading, making, and their tests"),
];

/// Where a library belongs: the slice table. `mod.rs` and the nouns of a slice name none of them.
fn at_home(library: &str, file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap();
    match library {
        "diesel" => name == "store.rs" || file.starts_with("postgres/"),
        "hyper" => ["edge/", "serve", "ops.rs", "agent/follow.rs"].iter().any(|place| file.starts_with(place)),
        "plexsphere_api" => name == "wire.rs" || file.starts_with("api") || file.starts_with("edge/"),
        other => panic!("no place for {other}"),
    }
}

struct Source {
    /// Its path below src/.
    file: String,
    lines: usize,
    /// Without comments and without its tests.
    code: String,
}

fn sources() -> Vec<Source> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut found);
    let sources: Vec<Source> = found
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let shipped = text.split("#[cfg(test)]\nmod ").next().unwrap();
            let code = shipped.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n");
            let file = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            Source { file, lines: text.lines().count(), code }
        })
        // The programs beside the server are worlds of their own.
        .filter(|source| !source.file.starts_with("bin/"))
        .collect();
    assert!(sources.len() > 50, "src/ is not where it was");
    sources
}

/// The top-level module that a file belongs to.
fn module(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// The top-level modules that `source` names: in `use crate::...` with or without braces, and in paths.
fn imports(source: &Source) -> BTreeSet<String> {
    let path = Regex::new(r"(?:\bcrate|\$crate|\bplexsphere)::(\w+)").unwrap();
    let group = Regex::new(r"\buse (?:crate|plexsphere)::\{([^;]*)\};").unwrap();
    let mut named: BTreeSet<String> = path.captures_iter(&source.code).map(|found| found[1].to_owned()).collect();
    for found in group.captures_iter(&source.code) {
        let mut depth = 0;
        let outer: String = found[1]
            .chars()
            .filter(|c| {
                depth += i32::from(*c == '{');
                let outside = depth == 0;
                depth -= i32::from(*c == '}');
                outside
            })
            .collect();
        named.extend(
            outer.split(',').map(|item| item.trim().split("::").next().unwrap().split(' ').next().unwrap().to_owned()),
        );
    }
    named
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

#[test]
fn imports_only_point_down() {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for source in sources().iter().filter(|source| source.file != "lib.rs") {
        let own = module(&source.file);
        let Some(height) = layer(own) else {
            faults.push(format!("{own} stands in no layer"));
            continue;
        };
        seen.insert(own.to_owned());
        for imported in imports(source) {
            // What is no module is a macro at the root of the crate.
            if layer(&imported).is_some_and(|other| other > height) {
                faults.push(format!("src/{} imports {imported}, which stands above {own}", source.file));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    let listed: BTreeSet<String> = LAYERS.iter().copied().flatten().map(|module| (*module).to_owned()).collect();
    assert_eq!(seen, listed, "a layer holds a module that is not there");
}

#[test]
fn libraries_stay_in_their_place() {
    let sources = sources();
    let mut faults = Vec::new();
    let mut excused: BTreeMap<(&str, &str), bool> =
        NAMED_ELSEWHERE.iter().map(|(file, library, _)| ((*file, *library), false)).collect();
    for source in &sources {
        for (library, crates) in LIBRARIES {
            let named = Regex::new(&format!(r"(?:^|[^:\w])(?:{})::", crates.join("|"))).unwrap().is_match(&source.code);
            if !named || at_home(library, &source.file) {
                continue;
            }
            match excused.get_mut(&(source.file.as_str(), *library)) {
                Some(needed) => *needed = true,
                None => faults.push(format!("src/{} names {library}", source.file)),
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    let stale: Vec<_> = excused.into_iter().filter(|(_, needed)| !needed).map(|(entry, _)| entry).collect();
    assert!(stale.is_empty(), "no longer needed in NAMED_ELSEWHERE: {stale:?}");
}

/// Files of a slice that do something. All others hold nouns: rules that take the time as an argument.
const VERBS: &[&str] = &[
    "mod.rs",
    "wire.rs",
    "store.rs",
    "sweeper.rs",
    "writer.rs",
    "puller.rs",
    "collaborators.rs",
    "replay.rs",
    "streams.rs",
    "tasks.rs",
];

#[test]
fn nouns_are_pure() {
    let acts = Regex::new(r"\basync\b|\btokio::|\bClock\b|\bUtc::now\b|\bInstant::now\b|\bDatabase\b").unwrap();
    let nouns = sources().into_iter().filter(|source| {
        let name = source.file.rsplit('/').next().unwrap();
        matches!(module(&source.file), "mesh" | "tenancy") && !VERBS.contains(&name)
    });
    let faults: Vec<String> = nouns
        .filter_map(|noun| acts.find(&noun.code).map(|found| format!("src/{}: {}", noun.file, found.as_str())))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The wall clock is read in one place, and by what deals with certificates and lock files of this machine.
#[test]
fn time_is_an_argument() {
    let reads = Regex::new(r"\b(?:Utc|Local|SystemTime)::now\b").unwrap();
    let readers: BTreeSet<String> =
        sources().into_iter().filter(|source| reads.is_match(&source.code)).map(|source| source.file).collect();
    let expected = ["clock.rs", "postgres/embedded.rs", "tls.rs"].map(str::to_owned);
    assert_eq!(readers, BTreeSet::from(expected));
}

#[test]
fn no_file_is_endless() {
    let sources = sources();
    let mut long: BTreeMap<&str, bool> = LONG_FILES.iter().map(|(file, _)| (*file, false)).collect();
    let mut faults = Vec::new();
    for source in &sources {
        if source.lines <= LONGEST_FILE {
            continue;
        }
        match long.get_mut(source.file.as_str()) {
            Some(needed) => *needed = true,
            None => faults.push(format!("src/{}: {} lines", source.file, source.lines)),
        }
    }
    assert!(faults.is_empty(), "over {LONGEST_FILE} lines: {faults:#?}");
    let stale: Vec<_> = long.into_iter().filter(|(_, needed)| !needed).map(|(file, _)| file).collect();
    assert!(stale.is_empty(), "no longer needed in LONG_FILES: {stale:?}");
}

#[test]
fn modules_are_named_for_what_they_are() {
    let drawers = ["domain", "utils", "util", "common", "helpers", "core", "types", "manager"];
    for source in sources() {
        // `domain.rs` inside tenancy/domains/ is the product's own noun, not a layer.
        let layer = module(&source.file);
        assert!(!drawers.contains(&layer), "src/{}", source.file);
        let name = source.file.rsplit('/').next().unwrap().trim_end_matches(".rs");
        assert!(name == "domain" || !drawers.contains(&name), "src/{}", source.file);
    }
}
